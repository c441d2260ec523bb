import Compute
import Media
import SMPLX

/// A table that carries textures from one atlas of a body to another one, through the surface: where each
/// texel of the one lies in the other.
public struct AtlasTransfer: Sendable {
  /// Texels along either side of the textures that are made.
  public let size: Int
  private let texels: AtlasTexels
  /// By texel: u to the right and v downwards in the source's atlas, 0 to 1.
  private let sources: Plane<SIMD2<Float>>
  private let source: TextureAtlas
  private let model: BodyModel

  public init(
    from source: TextureAtlas, to target: TextureAtlas, model: BodyModel, size: Int,
    pool: WorkerPool
  ) {
    self.size = size
    self.source = source
    self.model = model
    let texels = AtlasTexels(target, model: model, size: size, pool: pool)
    let sources = Plane<SIMD2<Float>>(count: max(texels.count, 1), filledWith: .zero)
    pool.inChunks(texels.count, of: AtlasTexels.chunk) { range in
      for texel in range {
        let (face, weight) = (Int(texels.faces[texel]), texels.weights[texel])
        func corner(_ number: Int) -> SIMD2<Float> {
          let row = Int(source.faces[3 * face + number])
          return SIMD2(source.coordinates[2 * row], 1 - source.coordinates[2 * row + 1])
        }
        let first = corner(0)
        sources[texel] =
          first + (corner(1) - first) * weight.x + (corner(2) - first) * weight.y
      }
    }
    (self.texels, self.sources) = (texels, sources)
  }

  /// A texture of the source's atlas in the target's, continued over the gutter of both.
  ///
  /// - Parameter texture: square, of any size.
  public func carry(_ texture: Picture, pool: WorkerPool) throws -> Picture {
    guard texture.width == texture.height else {
      throw ProgramError(
        .dataError, "the texture is not square", found: "\(texture.width) x \(texture.height)")
    }
    let own = AtlasTexels(source, model: model, size: texture.width, pool: pool)
    var picture = try AtlasGutter.filled(texture, texels: own, pool: pool)
    // Enlarged by Lanczos first: straight lines between few texels show.
    let side = min(max(size, texture.width), 8 * texture.width)
    picture = try picture.resampled(width: side, height: side, filter: .lanczos, pool: pool)
    let bytes = picture.bytes()
    let plane = Plane<SIMD4<Float>>(count: size * size, filledWith: .zero)
    let (texels, sources) = (texels, sources)
    pool.inChunks(texels.count, of: AtlasTexels.chunk) { range in
      for texel in range {
        let place = (sources[texel] * Float(side) - 0.5)
          .clamped(lowerBound: .zero, upperBound: SIMD2(repeating: Float(side - 1)))
        let (column, row) = (min(Int(place.x), side - 2), min(Int(place.y), side - 2))
        let share = place - SIMD2(Float(column), Float(row))
        func color(_ dx: Int, _ dy: Int) -> SIMD4<Float> {
          let at = 3 * ((row + dy) * side + column + dx)
          return SIMD4(Float(bytes[at]), Float(bytes[at + 1]), Float(bytes[at + 2]), 1)
        }
        let upper = color(0, 0) + (color(1, 0) - color(0, 0)) * share.x
        let lower = color(0, 1) + (color(1, 1) - color(0, 1)) * share.x
        plane[Int(texels.places[texel])] = upper + (lower - upper) * share.y
      }
    }
    return try AtlasGutter.picture(plane, size: size, pool: pool)
  }
}
