// How the kernels see an image of channels.

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

  /// The pixels of an image whose rows follow each other, as one row.
  var asRow: FeatureMap {
    precondition(rowStride == width * pixelStride || height == 1)
    return FeatureMap(
      base, height: 1, width: height * width, channels: channels, pixelStride: pixelStride)
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
