import Compute
import Evaluation
import Media
import TensorFiles
import TestSupport
import Testing

@testable import AvatarCreation

/// A picture of coordinates as DensePose would give it, of a body whose atlas is known: charts of the atlas
/// itself, so that U and V are its u and v.
@Suite struct IUVRoundTripTests {
  static let pool = WorkerPool(threads: 2)

  @Test func aPhotoComesBackToItsTexture() throws {
    let person = try PaintedPerson(height: 900, pool: Self.pool)
    let atlas = try TextureAtlas(of: person.model)
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/atlas.npz"
    try NPZ.write(Self.charts(atlas), to: path)
    let lookup = try SurfaceLookup(path: path)
    let bytes = try person.coordinates(pool: Self.pool).flatMap { place -> [UInt8] in
      guard let place else { return [0, 0, 0] }
      return [UInt8(saturating: place.y * 255 + 0.5), UInt8(saturating: place.x * 255 + 0.5), 1]
    }
    let iuv = try IUVPicture(
      Picture(width: person.photo.width, height: person.photo.height, channels: 3, bytes: bytes))
    // A byte tells one of 256 places.
    let size = 256
    let coordinates = try AtlasCoordinates(
      iuv, lookup: lookup, size: size, isSymmetric: false, pool: Self.pool)
    let made = try IUVTexture(coordinates, of: iuv, photo: person.photo, pool: Self.pool)
    let own = try SurfaceTextureTests.reduced(person.texture, person.model, size: size)
    let seen = try SurfaceProjection(
      model: person.model, atlas: atlas, size: size, pool: Self.pool
    ).texture(of: person.photo, matte: person.matte, fit: person.fit, pool: Self.pool)
    let (known, direct) = (made.mask.bytes(), seen.mask.bytes())
    let all = direct.indices.filter { direct[$0] == 255 && !seen.mirrored[$0] }
    let both = all.filter { known[$0] == 255 }
    #expect(Double(both.count) > 0.97 * Double(all.count), "\(both.count) of \(all.count)")
    let decibels = try SurfaceTextureTests.psnr(made.texture, own) {
      known[$0] == 255 && direct[$0] == 255 && !seen.mirrored[$0]
    }
    // Places that bytes tell are half a texel off: stripes and letters suffer, 22.2 dB are left.
    #expect(decibels >= 21, "\(decibels)")
  }

  /// `vt`, `ft`, `densepose_parts`, `densepose_uv`.
  static func charts(_ atlas: TextureAtlas) -> [(String, TensorData)] {
    let count = atlas.faces.count / 3
    let corners = atlas.faces.flatMap { row in
      [0, 1].map { min(max(atlas.coordinates[2 * Int(row) + $0], 0), 1) }
    }
    return [
      ("vt", TensorData(shape: [atlas.coordinates.count / 2, 2], floats: atlas.coordinates)),
      ("ft", TensorData(shape: [count, 3], int32s: atlas.faces.map { Int32($0) })),
      ("densepose_parts", TensorData(shape: [count], int32s: [Int32](repeating: 1, count: count))),
      ("densepose_uv", TensorData(shape: [count, 3, 2], floats: corners)),
    ]
  }
}
