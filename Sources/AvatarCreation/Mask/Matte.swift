import Compute

/// How much of each pixel of a picture the person covers.
public struct Matte: Sendable {
  /// Pixels.
  public let width: Int
  public let height: Int
  /// (height, width), 0 background to 1 person.
  public var coverage: [Float]

  public init(width: Int, height: Int, coverage: [Float]) {
    precondition(coverage.count == width * height)
    self.width = width
    self.height = height
    self.coverage = coverage
  }
}

extension Matte {
  /// The same of a picture with another number of pixels: the mean over what each covers; enlarged, between
  /// two at a time.
  func resized(width outWidth: Int, height outHeight: Int, pool: WorkerPool) -> Matte {
    guard outWidth != width || outHeight != height else { return self }
    func taps(_ from: Int, _ to: Int) -> FilterTaps {
      to < from ? FilterTaps(meansFrom: from, to: to) : FilterTaps(from: from, to: to)
    }
    let (columns, rows) = (taps(width, outWidth), taps(height, outHeight))
    let narrow = Plane<Float>(count: max(outWidth * height, 1), filledWith: 0)
    let result = Plane<Float>(count: max(outWidth * outHeight, 1), filledWith: 0)
    let (width, coverage) = (width, coverage)
    pool.inChunks(height, of: 32) { lines in
      for y in lines {
        for x in 0..<outWidth {
          narrow[y * outWidth + x] = columns.range(x).reduce(0) {
            $0 + columns.weights[$1] * coverage[y * width + columns.source($1, of: x)]
          }
        }
      }
    }
    pool.inChunks(outHeight, of: 32) { lines in
      for y in lines {
        for x in 0..<outWidth {
          result[y * outWidth + x] = rows.range(y).reduce(0) {
            $0 + rows.weights[$1] * narrow[rows.source($1, of: y) * outWidth + x]
          }
        }
      }
    }
    return Matte(
      width: outWidth, height: outHeight,
      coverage: (0..<outWidth * outHeight).map { result[$0] })
  }
}
