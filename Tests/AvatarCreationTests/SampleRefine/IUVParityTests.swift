import Compute
import Media
import TensorFiles
import TestSupport
import Testing

@testable import AvatarCreation

/// Against the authors' preparation with scipy, their table replaced by a formula.
@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct IUVParityTests {
  struct Golden {
    let file: NPZFile
    let iuv: IUVPicture
    let photo: Photo
    let lookup: SurfaceLookup

    init() throws {
      file = try NPZFile(path: Fixtures.path("sample_refine/iuv.npz"))
      iuv = try Self.picture(file.tensor("iuv"))
      let pixels = try file.tensor("photo")
      photo = Photo(width: pixels.shape[1], height: pixels.shape[0], pixels: try pixels.bytes())
      lookup = try SurfaceLookup(IUVTests.table())
    }

    static func picture(_ array: TensorData) throws -> IUVPicture {
      let bytes = try array.bytes()
      func plane(_ channel: Int) -> [UInt8] {
        stride(from: channel, to: bytes.count, by: 3).map { bytes[$0] }
      }
      return IUVPicture(
        width: array.shape[1], height: array.shape[0], parts: plane(0), u: plane(1), v: plane(2))
    }

    /// Names and sizes of what was recorded: "r64_sym".
    var runs: [(name: String, size: Int, isSymmetric: Bool)] {
      file.names.filter { $0.hasSuffix("_coor_xy") }.map { name in
        let run = String(name.dropLast("_coor_xy".count))
        return (run, (try? file.header(name).shape[0]) ?? 0, run.hasSuffix("_sym"))
      }
    }
  }

  @Test func flippingIsTheirs() throws {
    let golden = try Golden()
    let flipped = try Golden.picture(golden.file.tensor("iuv_flipped"))
    #expect(golden.iuv.flipped == flipped)
    #expect(flipped.flipped == golden.iuv)
  }

  @Test func placesInTheAtlas() throws {
    let golden = try Golden()
    let (u, v) = (
      try golden.file.tensor("mapper64_u").floats(), try golden.file.tensor("mapper64_v").floats()
    )
    let iuv = golden.iuv
    let places = iuv.parts.indices.filter { iuv.parts[$0] > 0 }.compactMap {
      golden.lookup.place(part: iuv.parts[$0], u: iuv.u[$0], v: iuv.v[$0], size: 64)
    }
    try #require(places.count == u.count)
    for index in places.indices {
      #expect(abs(Float(places[index].x) - u[index]) < 1e-5)
      #expect(abs(Float(places[index].y) - v[index]) < 1e-5)
    }
  }

  @Test func coordinatesAndTextures() throws {
    let golden = try Golden()
    try #require(!golden.runs.isEmpty)
    for run in golden.runs {
      let coordinates = try AtlasCoordinates(
        golden.iuv, lookup: golden.lookup, size: run.size, isSymmetric: run.isSymmetric,
        pool: PreparedParityTests.pool)
      func tensor(_ key: String) throws -> TensorData {
        try golden.file.tensor("\(run.name)_\(key)")
      }
      #expect(coordinates.mask.map { $0 ? 1 : 0 } == (try tensor("mask").bytes()), "\(run.name)")
      if run.isSymmetric {
        let mirrored = coordinates.mirrored.map { $0 ? UInt8(1) : 0 }
        #expect(try mirrored == tensor("sym_only_mask").bytes(), "\(run.name)")
      }
      let (xy, stable) = (try tensor("coor_xy").floats(), try tensor("stable").bytes())
      let texture = try IUVTexture(
        coordinates, of: golden.iuv, photo: golden.photo, pool: PreparedParityTests.pool)
      let (bytes, expected) = (texture.texture.bytes(), try tensor("texture").bytes())
      var (worst, levels) = (0.0, 0)
      for texel in stable.indices where stable[texel] > 0 {
        let place = coordinates.pixels[texel]
        worst = max(
          worst, abs(place.x - Double(xy[2 * texel])), abs(place.y - Double(xy[2 * texel + 1])))
        for channel in 0..<3 {
          levels = max(
            levels, abs(Int(bytes[3 * texel + channel]) - Int(expected[3 * texel + channel])))
        }
      }
      #expect(worst < 0.05, "\(run.name)")
      #expect(levels <= 1, "\(run.name)")
    }
  }
}
