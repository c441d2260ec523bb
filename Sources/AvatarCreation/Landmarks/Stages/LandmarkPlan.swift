import Compute
import Foundation
import NeuralRender
import TensorFiles

/// A network of landmarks, ready to look at regions.
final class LandmarkPlan: Sendable {
  let network: LandmarkNetwork
  private let plan: Plan
  private let input: FeatureMap
  private let outputs: [String: FeatureMap]
  private let parts: [Purpose: PlanPart]
  private let pool: WorkerPool

  /// What a region is looked at for: the mask alone, or all the rest.
  enum Purpose { case landmarks, mask }

  /// - Parameter folder: of the weights.
  init(_ network: LandmarkNetwork, in folder: String, pool: WorkerPool) throws {
    let path = folder + "/" + network.fileName
    let file = try SafetensorsFile(path: path)
    let graph = try network.graph(of: file)
    plan = try Plan(graph, parameters: Parameters(of: graph, from: file), pool: pool)
    guard let input = plan.input("image") else {
      throw ProgramError(.software, "the network has no input", file: path, key: "image")
    }
    self.network = network
    self.input = input
    let plan = self.plan
    outputs = Dictionary(
      uniqueKeysWithValues: graph.outputs.compactMap { output in
        plan.output(output.name).map { (output.name, $0) }
      })
    let names = graph.outputs.map(\.name)
    parts = [
      .landmarks: plan.part(for: names.filter { $0 != "mask" }),
      .mask: plan.part(for: names.filter { $0 == "mask" }),
    ]
    self.pool = pool
  }

  /// Looks at a region; the outputs for its purpose have values from then on.
  func run(
    _ photo: Photo, _ region: Region, for purpose: Purpose = .landmarks,
    border: RegionCrop.Border = .nearest, isMirrored: Bool = false
  ) throws {
    RegionCrop(
      photo: photo, region: region, border: border, range: network.inputRange,
      isMirrored: isMirrored
    ).write(to: input, on: pool)
    if let part = parts[purpose] { try plan.run(part) }
  }

  /// An output of the last run: pixels, then channels.
  func values(_ name: String) -> [Float] {
    guard let map = outputs[name] else { return [] }
    var values: [Float] = []
    values.reserveCapacity(map.height * map.width * map.channels)
    for y in 0..<map.height {
      for x in 0..<map.width {
        let pixel = map.base + (y * map.rowStride + x * map.pixelStride)
        values += UnsafeBufferPointer(start: pixel, count: map.channels)
      }
    }
    return values
  }

  /// An output of triples: pixels of the region for x and y, as places of 0 to 1.
  func points(_ name: String) -> [SIMD3<Float>] { Self.triples(values(name)).map { $0 / size } }

  /// Pixels of the region.
  var size: Float { Float(network.inputSize) }

  static func triples(_ values: [Float]) -> [SIMD3<Float>] {
    stride(from: 0, to: values.count - 2, by: 3).map {
      SIMD3(values[$0], values[$0 + 1], values[$0 + 2])
    }
  }
}
