import Compute

/// Points in planes, as kernels read them, with the memory that holds them.
package final class PlanarPoints: Sendable {
  private let buffer: AlignedBuffer<Float>
  /// Valid as long as this object is.
  package let vertices: PlanarVertices

  package init(_ points: [SIMD3<Float>]) {
    let stride = padded(points.count)
    buffer = AlignedBuffer(count: 3 * stride, filledWith: 0)
    for (index, point) in points.enumerated() {
      buffer[index] = point.x
      buffer[stride + index] = point.y
      buffer[2 * stride + index] = point.z
    }
    vertices = PlanarVertices(
      planes: UnsafePointer(buffer.pointer), count: points.count, paddedCount: stride)
  }
}
