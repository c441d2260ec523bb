// The memory of a yuv420p picture.

/// Three planes: luma (height, width), and two of chroma (height / 2, width / 2), bytes.
///
/// Width and height are even; a picture of odd size has its last column and row repeated.
struct YUVPlanes: @unchecked Sendable {
  // Sendable: bands of an even first row touch disjoint rows of every plane, and who shares the
  // planes gives each worker its own bands.
  let y: UnsafeMutablePointer<UInt8>
  let u: UnsafeMutablePointer<UInt8>
  let v: UnsafeMutablePointer<UInt8>
  /// Bytes from a luma row to the next.
  let yStride: Int
  /// Bytes from a chroma row to the next, in both planes.
  let chromaStride: Int
  let width: Int
  let height: Int
}
