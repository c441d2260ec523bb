// How the kernels see an image of channels, and which of its pixels are to be computed.

/// A view of one image with its channels last: pixel (y, x) is `channels` floats at
/// base + y * rowStride + x * pixelStride.
///
/// Views of the same memory with other bases and strides are slices of channels and parts of a
/// concatenation. The memory belongs to the caller and must be readable to the end of the last
/// pixel; kernels write whole and partial vectors but never outside a pixel's `channels`.
public struct FeatureMap: @unchecked Sendable {
  // Sendable: a view without ownership; kernels write disjoint pixels and channels of it.
  public var base: UnsafeMutablePointer<Float>
  public var height: Int
  public var width: Int
  public var channels: Int
  /// Floats between neighbours in a row; at least `channels`.
  public var pixelStride: Int
  /// Floats between rows.
  public var rowStride: Int

  /// - Parameters:
  ///   - pixelStride: nil packs pixels, `channels` apart.
  ///   - rowStride: nil packs rows.
  public init(
    _ base: UnsafeMutablePointer<Float>, height: Int, width: Int, channels: Int,
    pixelStride: Int? = nil, rowStride: Int? = nil
  ) {
    self.base = base
    self.height = height
    self.width = width
    self.channels = channels
    self.pixelStride = pixelStride ?? channels
    self.rowStride = rowStride ?? width * self.pixelStride
  }

  @inline(__always)
  func pixel(_ y: Int, _ x: Int) -> UnsafeMutablePointer<Float> {
    base + (y * rowStride + x * pixelStride)
  }

  /// The channels from `first` on, as a view of the same pixels.
  public func slice(from first: Int, count: Int) -> FeatureMap {
    precondition(first >= 0 && count >= 0 && first + count <= pixelStride)
    var result = self
    result.base += first
    result.channels = count
    return result
  }
}

/// Pixels x0 ..< x1 of row y, and how many pixels the pieces before it hold.
public struct RowPiece: BitwiseCopyable, Sendable, Equatable {
  public var y: Int32
  public var x0: Int32
  public var x1: Int32
  public var start: Int32

  public init(y: Int32, x0: Int32, x1: Int32, start: Int32) {
    self.y = y
    self.x0 = x0
    self.x1 = x1
    self.start = start
  }
}

/// A list of pieces in order of rows, then columns, without overlap or empty pieces, each `start` the
/// sum of the lengths before it. The memory belongs to the caller.
public struct RowPieces: @unchecked Sendable {
  // Sendable: kernels only read it.
  public var pieces: UnsafePointer<RowPiece>
  public var count: Int

  public init(_ pieces: UnsafePointer<RowPiece>, count: Int) {
    self.pieces = pieces
    self.count = count
  }

  /// Pixels of all pieces.
  public var pixelCount: Int {
    guard count > 0 else { return 0 }
    let last = pieces[count - 1]
    return Int(last.start + last.x1 - last.x0)
  }

  /// The last piece whose `start` is at most `pixel`.
  func piece(containing pixel: Int) -> Int {
    var low = 0
    var high = count
    while high - low > 1 {
      let middle = (low + high) / 2
      if Int(pieces[middle].start) <= pixel { low = middle } else { high = middle }
    }
    return low
  }

  /// The first piece of row `y` or of a row after it.
  func firstPiece(ofRow y: Int) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if Int(pieces[middle].y) < y { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension [RowPiece] {
  /// Appends a piece and sets its `start`.
  public mutating func append(y: Int, x0: Int, x1: Int) {
    let start = last.map { $0.start + $0.x1 - $0.x0 } ?? 0
    append(RowPiece(y: Int32(y), x0: Int32(x0), x1: Int32(x1), start: start))
  }

  /// All pixels of an image, a piece a row.
  public static func all(height: Int, width: Int) -> [RowPiece] {
    var result: [RowPiece] = []
    if width > 0 {
      for y in 0..<height { result.append(y: y, x0: 0, x1: width) }
    }
    return result
  }
}
