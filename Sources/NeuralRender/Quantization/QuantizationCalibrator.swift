import Compute
import Foundation

/// Finds how a network's convolutions can be computed in bytes, from frames that it draws.
///
///     let calibrator = try QuantizationCalibrator(
///       graph, parameters: parameters, pool: pool, pictures: [.init(output: "rgb", peak: 2)])
///     for frame in frames {
///       // write its inputs to calibrator.input("uv"), ...
///       try calibrator.observe()
///     }
///     let result = calibrator.finish(budget: 40)
///     let plan = try Plan(
///       graph, parameters: parameters, pool: pool, precision: .fast(result.plan))
public final class QuantizationCalibrator {
  /// Where errors are measured: an output, the distance between its extremes, and the input that is
  /// above 0 where errors count (nil: everywhere).
  public struct Picture: Sendable {
    public var output: String
    public var peak: Float
    public var mask: String?

    public init(output: String, peak: Float, mask: String? = nil) {
      self.output = output
      self.peak = peak
      self.mask = mask
    }
  }

  let plan: Plan
  let pictures: [Picture]
  let pool: WorkerPool
  let layers: [CalibrationStep]
  /// By layer and image of it, an index of `statistics`.
  let valueOf: [[Int]]
  private(set) var statistics: [ValueStatistics]
  private(set) var frames: [CalibrationFrame] = []
  private let inputNames: [String]

  /// - Parameter pictures: outputs that must keep the budget, each of them.
  /// - Throws: `ProgramError` as `Plan` does, and when a picture is no output of the network.
  public init(
    _ graph: Graph, parameters: Parameters, pool: WorkerPool, pictures: [Picture]
  ) throws {
    let plan = try Plan(graph, parameters: parameters, pool: pool, compiling: .calibrating)
    self.plan = plan
    for picture in pictures
    where plan.outputPlaces[picture.output] == nil
      || picture.mask.map({ plan.inputPlaces[$0] == nil }) ?? false
    {
      throw ProgramError(
        .software, "the network has no such picture to compare", key: picture.output,
        expected: graph.outputs.map(\.name).joined(separator: ", "))
    }
    self.pictures = pictures
    self.pool = pool
    inputNames = graph.inputs.map(\.name)
    layers = plan.steps.compactMap(\.calibration)
    var values: [Place] = []
    valueOf = layers.map { layer in
      layer.images.map { image in
        if let found = values.firstIndex(where: {
          $0.buffer == image.buffer && $0.offset == image.offset && $0.channels == image.channels
        }) {
          return found
        }
        values.append(image)
        return values.count - 1
      }
    }
    statistics = values.map { ValueStatistics(channels: $0.channels) }
  }

  /// Where an input of the next frame is to be written; it keeps its values from frame to frame.
  public func input(_ name: String, image: Int = 0) -> FeatureMap? {
    plan.input(name, image: image)
  }

  /// Draws the frame whose inputs were written, and learns from it.
  ///
  /// - Throws: when the network's picture holds what is not a number: nothing can be measured from it.
  public func observe() throws {
    for layer in layers { layer.isQuantized = false }
    var inputs: [String: [Float]] = [:]
    for name in inputNames { inputs[name] = plan.images(plan.inputPlaces[name]) }
    var seen = Set<Int>()
    for (position, step) in plan.steps.enumerated() {
      if let number = layers.firstIndex(where: { $0 === step }) {
        for (place, value) in zip(layers[number].images, valueOf[number])
        where seen.insert(value).inserted {
          for image in 0..<place.images {
            statistics[value].add(plan.memory.map(place, image: image), pool: pool)
          }
        }
      }
      plan.runWhole(position)
    }
    let drawn = pictures.map { plan.images(plan.outputPlaces[$0.output]) }
    for (picture, values) in zip(pictures, drawn) {
      guard let bad = values.first(where: { !$0.isFinite }) else { continue }
      throw ProgramError(
        .dataError, "the network's output is not finite", key: picture.output,
        expected: "weights and a texture whose layers stay within the range of float32",
        found: bad.isNaN ? "nan" : "\(bad)")
    }
    frames.append(CalibrationFrame(inputs: inputs, pictures: drawn))
  }

  /// Chooses scales, and which layers are computed in bytes: all that gain time, or as many as the picture
  /// allows.
  ///
  /// - Parameter budget: PSNR in decibels that the pictures of the observed frames must keep.
  public func finish(budget: Double = 40) -> QuantizationResult {
    let quantizations = chooseQuantizations()
    // Where a layer overflows without a trace in the picture, its inputs have no scale.
    let isFinite = layers.indices.map { valueOf[$0].allSatisfy { statistics[$0].isFinite } }
    let candidates = layers.indices.filter { layers[$0].gainsFromBytes && isFinite[$0] }
    for index in candidates {
      layers[index].quantize(
        LayerQuantization(inputs: valueOf[index].map { quantizations[$0] }), pool: pool)
    }
    var reasons: [Int: String] = [:]
    for index in layers.indices where !candidates.contains(index) {
      reasons[index] =
        isFinite[index] ? "too few channels to gain time" : "its inputs are not finite"
    }
    let own = candidates.isEmpty ? [:] : ownErrors(of: candidates)
    var chosen = Set(candidates)
    var decibels = psnr(chosen, frames)
    if decibels < budget {
      // Alone, each layer's noise reaches the picture almost as it does among the others', and adds up.
      let alone = candidates.map { index in
        (index: index, decibels: psnr([index], Array(frames.suffix(1))))
      }
      let order = alone.sorted { a, b in
        pow(10, -a.decibels / 10) / Double(layers[a.index].operations)
          > pow(10, -b.decibels / 10) / Double(layers[b.index].operations)
      }
      for (index, itsOwn) in order where decibels < budget {
        chosen.remove(index)
        reasons[index] = String(
          format: "in bytes the picture was at %.1f dB, alone it brings it to %.1f", decibels,
          itsOwn)
        let expected = alone.filter { chosen.contains($0.index) }
          .reduce(0) { $0 + pow(10, -$1.decibels / 10) }
        // Measuring pays where the rest may do.
        if -10 * log10(expected) > budget - 0.3 { decibels = psnr(chosen, frames) }
      }
    }
    let plan = QuantizationPlan(
      layers: Dictionary(
        chosen.compactMap { index in
          layers[index].quantization.map { (layers[index].name, $0) }
        }, uniquingKeysWith: { first, _ in first }))
    return QuantizationResult(
      plan: plan, decibels: decibels.limited(to: -200...200), budget: budget,
      layers: layers.indices.map { index in
        .init(
          name: layers[index].name,
          kernel: chosen.contains(index) ? layers[index].byteKernel : layers[index].kernel,
          decibels: own[index].flatMap { $0.isFinite ? $0 : nil }, reason: reasons[index])
      })
  }
}
