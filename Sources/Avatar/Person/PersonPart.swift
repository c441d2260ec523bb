import Compute
import Rasterizer
import SMPLX

/// A piece of a person that is drawn as one mesh with one appearance: the body.
///
/// What moves it is `PersonPoser`'s; meshes and appearances are the same in every frame.
public struct PersonPart: Sendable {
  public let name: String
  public let mesh: Mesh
  let normalTopology: NormalTopology
  /// Texture coordinates as two planes, u then v, `stride` apart.
  let coordinates: SharedPlanes
  public let appearance: any Appearance
  /// Whether the coordinates say where the surface lies in a texture.
  public let hasTextureCoordinates: Bool

  /// The body as a part.
  ///
  /// - Parameter isBare: whether it is shown without a texture, so that it needs no coordinates.
  /// - Throws: `dataError` for a body without texture coordinates that wants some, and what
  ///   `Appearance.check` throws.
  init(body model: BodyModel, appearance: any Appearance, isBare: Bool = false) throws {
    name = "body"
    try appearance.check(model)
    normalTopology = try NormalTopology(faces: model.faces, vertexCount: model.vertexCount)
    hasTextureCoordinates = appearance.layout != nil || model.uv != nil
    let layout = try appearance.layout ?? Self.layout(of: model, isBare: isBare)
    mesh = try Mesh(
      vertexCount: model.vertexCount, triangles: model.faces, uv: layout.coordinates,
      uvTriangles: layout.faces, vertexParts: model.parts ?? model.dominantJoints())
    coordinates = SharedPlanes(interleaved: layout.coordinates, channels: 2)
    self.appearance = appearance
  }

  /// The body's own texture coordinates; of a bare body without any, one point for everything.
  private static func layout(of model: BodyModel, isBare: Bool) throws -> SurfaceLayout {
    guard let uv = model.uv, let faces = model.uvFaces else {
      if isBare {
        return SurfaceLayout(
          coordinates: [0.5, 0.5], faces: [UInt32](repeating: 0, count: model.faces.count))
      }
      throw ProgramError(
        .dataError, "the body has no texture coordinates", file: model.path, key: "vt, ft",
        hint: "use a body file with vt and ft, such as the official .npz or a bundled body")
    }
    return SurfaceLayout(coordinates: uv, faces: faces)
  }
}

/// Interleaved values as planes padded to sixteen, for kernels.
final class SharedPlanes: @unchecked Sendable {
  // Sendable: written only by `init`.
  private let buffer: AlignedBuffer<Float>
  let stride: Int

  init(interleaved values: [Float], channels: Int) {
    let count = values.count / channels
    stride = (count + 15) & ~15
    buffer = AlignedBuffer(count: max(channels * stride, 16), filledWith: 0)
    for index in 0..<count {
      for channel in 0..<channels {
        buffer[channel * stride + index] = values[index * channels + channel]
      }
    }
  }

  var pointer: UnsafePointer<Float> { UnsafePointer(buffer.pointer) }
}
