import Compute
import NeuralRender
import TensorFiles

/// LPIPS of pairs, by weights that the user has.
public final class PerceptualNetwork {
  public let kind: PerceptualTrunk.Kind
  private let distance: PerceptualDistance
  private let range: PerceptualDistance.InputRange
  private let pool: WorkerPool
  private var plan: (width: Int, height: Int, plan: Plan)?

  public init(
    _ distance: PerceptualDistance, range: PerceptualDistance.InputRange, pool: WorkerPool
  ) {
    kind = distance.trunk.kind
    self.distance = distance
    self.range = range
    self.pool = pool
  }

  /// The sum of the layers first, then each.
  public var metrics: [Metric] {
    let name = kind == .alexNet ? "lpips-alex" : "lpips-vgg"
    let side = (1...1024).first { distance.trunk.accepts(side: $0) } ?? .max
    return [
      Metric(
        name,
        "LPIPS of \(kind.rawValue), version 0.1"
          + (range == .unsigned ? ", given values of 0 to 1 as they are" : ""),
        isHigherBetter: false, leastSide: side)
    ]
      + distance.trunk.channels.indices.map {
        Metric(
          "\(name)-\($0)", "LPIPS of \(kind.rawValue), layer \($0) of the sum",
          isHigherBetter: false, leastSide: side, isPart: true)
      }
  }

  /// Values of `metrics` for a pair; none for pictures that are too small.
  ///
  /// A mask blackens both pictures outside of it, whatever it is used for.
  func values(
    _ a: ComparedPicture, _ b: ComparedPicture, mask: PictureMask?
  ) throws -> [Metric: Double] {
    let metrics = metrics
    guard min(a.width, a.height) >= metrics[0].leastSide else { return [:] }
    let results = try plan(width: a.width, height: a.height)
      .run(["a": Self.tensor(a, mask), "b": Self.tensor(b, mask)])
    let layers = metrics.indices.dropLast().map { Double(results["layer\($0)"]?[0] ?? .nan) }
    return Dictionary(
      uniqueKeysWithValues: zip(metrics, [layers.reduce(0, +)] + layers))
  }

  /// Packing weights takes longer than a picture: pictures of the last size find their plan.
  private func plan(width: Int, height: Int) throws -> Plan {
    if let plan, plan.width == width, plan.height == height { return plan.plan }
    plan = nil
    let made = try Plan(
      distance.graph(height: height, width: width, range: range),
      parameters: distance.parameters, pool: pool)
    plan = (width, height, made)
    return made
  }

  private static func tensor(_ picture: ComparedPicture, _ mask: PictureMask?) throws -> Tensor {
    let planes = try (0..<ComparedPicture.channels).map { channel in
      let plane = try picture.plane(channel)
      try mask?.blacken(plane)
      return plane
    }
    let (width, height) = (picture.width, picture.height)
    return Tensor(shape: [1, planes.count, height, width]) { buffer in
      var at = 0
      for plane in planes {
        for y in 0..<height {
          let row = plane.row(y)
          for x in 0..<width { buffer[at + x] = Float(row[x]) }
          at += width
        }
      }
    }
  }
}
