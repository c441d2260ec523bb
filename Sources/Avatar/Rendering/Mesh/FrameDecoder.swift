import Compute
import Rasterizer
import SMPLX

/// The last stage: turns visible tiles into the pixels of a frame.
protocol FrameDecoder: TileShader {
  /// Values per vertex or texture coordinate the rasterizer is to interpolate, at most four; the
  /// vertex values are those of the last `prepare`.
  var attributes: [VertexAttribute] { get }
  /// Asked of the rasterizer for every frame.
  var footprints: FootprintRequest? { get }
  /// Samples per pixel and axis that the decoder wants.
  var samples: Int { get }
  /// Called before each frame.
  func prepare(_ frame: FrameGeometry, target: FrameTarget)
}

/// What a decoder may want to know of a posed body.
struct FrameGeometry {
  /// World coordinates.
  var vertices: PlanarVertices
  var camera: PinholeCamera
}
