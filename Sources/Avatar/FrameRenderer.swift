import Media
import SMPLX

/// Turns a posed body into a frame; one at a time, its memory reused.
protocol FrameRenderer: AnyObject, Sendable {
  /// - Parameters:
  ///   - vertices: the posed body, world coordinates.
  ///   - frame: number in the sequence, for the camera.
  ///   - mask: also filled, with the opacity as grey, by renderers that know one.
  func render(_ vertices: PlanarVertices, frame: Int, into buffer: FrameBuffer, mask: FrameBuffer?)
}
