import Compute

/// The values of one pair of pictures.
public struct PairMeasurement: Sendable {
  /// Metrics that the pictures are too small for are missing.
  public var values: [Metric: Double] = [:]
  /// Sum of squared differences, and of how many values: what pools several pairs.
  public internal(set) var squares = 0.0
  public internal(set) var count = 0.0

  init() {}

  /// Measures a pair.
  ///
  /// - Parameters:
  ///   - a, b: of one size.
  ///   - mask: what counts; nil for all of the picture.
  ///   - metrics: those without a network; others are passed over.
  ///   - pool: runs over bands of rows; the values do not depend on its threads.
  /// - Throws: `dataError` for two sizes or a mask of another; `osError` without memory.
  public init(
    _ a: ComparedPicture, _ b: ComparedPicture, mask: PictureMask? = nil, metrics: [Metric],
    pool: WorkerPool
  ) throws {
    try a.requireSize(of: b)
    try mask?.requireSize(of: a)
    let wanted = Set(metrics)
    let inside = try mask?.insidePlane()
    var differences = DifferenceSums()
    var sums: [Metric: (sum: Double, count: Int)] = [:]
    for channel in 0..<ComparedPicture.channels {
      let (x, y) = (try a.plane(channel), try b.plane(channel))
      mask?.multiply(x, y)
      let measures = try ChannelMeasures(x, y, mask: inside, metrics: wanted, pool: pool)
      differences.add(measures.differences)
      for (metric, value) in measures.similarities {
        sums[metric, default: (0, 0)].sum += value
        sums[metric, default: (0, 0)].count += 1
      }
    }
    squares = differences.squares
    count = differences.count
    for metric in metrics {
      if let value = differences.value(of: metric) {
        values[metric] = value
      } else if let sum = sums[metric], sum.count == ComparedPicture.channels {
        values[metric] = sum.sum / Double(sum.count)
      }
    }
  }
}
