import Compute

/// The rows that a band of windows is computed from: each row of pixels is filtered along itself once
/// and kept until no window needs it.
///
/// Four maps are enough: means of x and y, of x^2 + y^2 and of x y.
struct WindowScratch: ~Copyable {
  private typealias Lanes = SIMD8<Double>

  private let filter: WindowFilter
  /// Windows in a row, and the same rounded up to whole vectors.
  private let windows: Int
  private let stride: Int
  /// (filter.count, 4, stride); then x^2 + y^2 and x y of one row of pixels.
  private let memory: AlignedBuffer<Double>
  private var ring: UnsafeMutablePointer<Double> { memory.pointer }
  private var products: UnsafeMutablePointer<Double> {
    memory.pointer + filter.count * 4 * stride
  }

  init(width: Int, _ filter: WindowFilter) throws {
    self.filter = filter
    windows = width - filter.count + 1
    stride = (windows + 7) & ~7
    memory = try AlignedBuffer(
      count: filter.count * 4 * stride + 2 * productStride(width), for: "a picture's windows")
  }

  /// Sums over the windows whose first rows are `rows`.
  func sums(_ x: Plane, _ y: Plane, rows: Range<Int>, weights: Plane?) -> WindowSimilarity {
    let taps = filter.count
    var sums = WindowSimilarity()
    for row in rows.lowerBound..<rows.upperBound + taps - 1 {
      filterRow(x.row(row), y.row(row), x.width, into: ring + row % taps * 4 * stride)
      let first = row - taps + 1
      guard first >= rows.lowerBound else { continue }
      let weightRow = weights.map { UnsafePointer($0.row(first + filter.radius)) + filter.radius }
      let sum = rowSums(first, weightRow)
      sums = WindowSimilarity(
        similarity: sums.similarity + sum.similarity, contrast: sums.contrast + sum.contrast,
        count: sums.count + sum.count)
    }
    return sums
  }

  private func filterRow(
    _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ width: Int,
    into target: UnsafeMutablePointer<Double>
  ) {
    let (squares, crossed) = (products, products + productStride(width))
    for start in Swift.stride(from: 0, to: productStride(width), by: 8) {
      let (a, b) = (lanes(x, start), lanes(y, start))
      store(multiplyAdd(a, a, b * b), squares, start)
      store(a * b, crossed, start)
    }
    filter.weights.withUnsafeBufferPointer { weights in
      for start in Swift.stride(from: 0, to: stride, by: 8) {
        var (a, b, c, d) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        for tap in 0..<weights.count {
          let weight = Lanes(repeating: weights[tap])
          a = multiplyAdd(lanes(x, start + tap), weight, a)
          b = multiplyAdd(lanes(y, start + tap), weight, b)
          c = multiplyAdd(lanes(squares, start + tap), weight, c)
          d = multiplyAdd(lanes(crossed, start + tap), weight, d)
        }
        store(a, target, start)
        store(b, target, stride + start)
        store(c, target, 2 * stride + start)
        store(d, target, 3 * stride + start)
      }
    }
  }

  private func rowSums(_ first: Int, _ weightRow: UnsafePointer<Double>?) -> WindowSimilarity {
    let taps = filter.count
    let scale = Lanes(repeating: filter.covarianceScale)
    let (c1, c2) = (
      Lanes(repeating: WindowSimilarity.c1), Lanes(repeating: WindowSimilarity.c2)
    )
    var (similarity, contrast, count) = (Lanes.zero, Lanes.zero, Lanes.zero)
    // Where the rows of pixels lie in the ring.
    let rows = (0..<taps).map { UnsafePointer(ring + (first + $0) % taps * 4 * stride) }
    filter.weights.withUnsafeBufferPointer { weights in
      rows.withUnsafeBufferPointer { rows in
        for start in Swift.stride(from: 0, to: stride, by: 8) {
          var (mx, my, squares, crossed) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
          for tap in 0..<taps {
            let weight = Lanes(repeating: weights[tap])
            let source = rows[tap] + start
            mx = multiplyAdd(lanes(source, 0), weight, mx)
            my = multiplyAdd(lanes(source, stride), weight, my)
            squares = multiplyAdd(lanes(source, 2 * stride), weight, squares)
            crossed = multiplyAdd(lanes(source, 3 * stride), weight, crossed)
          }
          let (power, product) = (mx * mx + my * my, mx * my)
          let variance = (squares - power) * scale
          let covariance = (crossed - product) * scale
          let ratio = (covariance + covariance + c2) / (variance + c2)
          let value = (product + product + c1) / (power + c1) * ratio
          let present = start + 8 <= windows ? Lanes(repeating: 1) : present(windows - start)
          let share = weightRow.map { lanes($0, start) * present } ?? present
          similarity = multiplyAdd(value, share, similarity)
          contrast = multiplyAdd(ratio, share, contrast)
          count += share
        }
      }
    }
    return WindowSimilarity(
      similarity: similarity.sum(), contrast: contrast.sum(), count: count.sum())
  }

  /// 1 in the first lanes, 0 in the others.
  private func present(_ count: Int) -> Lanes {
    var lanes = Lanes.zero
    for lane in 0..<8 where lane < count { lanes[lane] = 1 }
    return lanes
  }
}

/// Products are kept for as many pixels as windows of whole vectors reach.
private func productStride(_ width: Int) -> Int { (width + 7) & ~7 + 16 }

@inline(__always)
private func lanes(_ source: UnsafePointer<Double>, _ start: Int) -> SIMD8<Double> {
  UnsafeRawPointer(source + start).loadUnaligned(as: SIMD8<Double>.self)
}

@inline(__always)
private func store(
  _ lanes: SIMD8<Double>, _ target: UnsafeMutablePointer<Double>, _ start: Int
) {
  UnsafeMutableRawPointer(target + start).storeBytes(of: lanes, as: SIMD8<Double>.self)
}
