// The memory of a picture as an encoder takes it.

import CMedia

/// The memory of one picture in an encoder's form. Columns and rows beyond the picture, up to whole
/// chroma samples, are a conversion's to fill.
public struct FramePlanes: @unchecked Sendable {
  // Sendable: bands touch disjoint rows of every plane, and who shares the planes gives each worker
  // its own bands.
  struct Plane {
    let base: UnsafeMutablePointer<UInt8>
    /// Bytes from a row to the next.
    let stride: Int
  }

  /// In the order of the pixel format: luma, two of chroma, alpha; or one of interleaved samples.
  let planes: [Plane]
  /// Of the stored picture: whole chroma samples.
  let width: Int
  let height: Int
}

extension FramePlanes {
  init(_ frame: cmedia_frame, width: Int, height: Int) {
    let (bases, strides) = (frame.planes, frame.strides)
    planes = [
      (bases.0, strides.0), (bases.1, strides.1), (bases.2, strides.2), (bases.3, strides.3),
    ].compactMap { base, stride in base.map { Plane(base: $0, stride: Int(stride)) } }
    self.width = width
    self.height = height
  }
}
