import Compute
import Media
import TensorFiles
import TestSupport
import Testing

@testable import AvatarCreation

@Suite struct IUVTests {
  /// The golden data's table: parts in a grid of 6 x 4 cells, each with a margin.
  static func table() -> TensorData {
    var table: [Double] = []
    for part in 0..<24 {
      for u in 0..<256 {
        for v in 0..<256 {
          table.append((Double(part % 6) + 0.08 + 0.84 * Double(u) / 255) / 6)
          table.append((Double(part / 6) + 0.08 + 0.84 * Double(v) / 255) / 4)
        }
      }
    }
    return TensorData(shape: SurfaceLookup.shape, doubles: table)
  }

  static func picture(_ pixels: [(UInt8, UInt8, UInt8)], width: Int) throws -> Picture {
    try Picture(
      width: width, height: pixels.count / width, channels: 3,
      bytes: pixels.flatMap { [$0.0, $0.1, $0.2] })
  }

  @Test func channelsAreToldApart() throws {
    // V, U, I: red, green, blue.
    let right = try Self.picture([(200, 100, 2), (30, 77, 24), (0, 0, 0), (90, 250, 5)], width: 2)
    let iuv = try IUVPicture(right)
    #expect(
      iuv.parts == [2, 24, 0, 5] && iuv.u == [100, 77, 0, 250] && iuv.v == [200, 30, 0, 90])
    let reversed = try Self.picture(
      [(2, 100, 200), (24, 77, 30), (0, 0, 0), (5, 250, 90)], width: 2)
    var found: ProgramError?
    do { _ = try IUVPicture(reversed) } catch let error as ProgramError { found = error }
    #expect(found?.found == "the part in red" && found?.code == .dataError)
    let photo = try Self.picture([(99, 100, 200), (24, 77, 30), (0, 0, 0), (5, 250, 90)], width: 2)
    #expect(throws: ProgramError.self) { try IUVPicture(photo) }
    let nobody = try Self.picture([(9, 3, 0), (0, 0, 0)], width: 2)
    #expect(throws: ProgramError.self) { try IUVPicture(nobody) }
  }

  @Test func tablesAreChecked() {
    #expect(throws: ProgramError.self) {
      try SurfaceLookup(TensorData(shape: [24, 4, 4, 2], doubles: .init(repeating: 0, count: 768)))
    }
    let empty = [Double](repeating: .nan, count: 24 * 65536 * 2)
    #expect(throws: ProgramError.self) {
      try SurfaceLookup(TensorData(shape: SurfaceLookup.shape, doubles: empty))
    }
  }

  /// Two triangles that fill a chart, the atlas's cell of the golden table: the drawn table is the formula.
  @Test func tablesAreDrawnFromCharts() throws {
    var (vt, ft, parts, uv) = ([Float](), [Int32](), [Int32](), [Float]())
    for part in 0..<24 {
      for (u, v) in [(0, 0), (1, 0), (1, 1), (0, 1)] as [(Float, Float)] {
        vt.append((Float(part % 6) + 0.08 + 0.84 * u) / 6)
        vt.append((Float(part / 6) + 0.08 + 0.84 * v) / 4)
      }
      let first = Int32(4 * part)
      ft += [first, first + 1, first + 2, first, first + 2, first + 3]
      parts += [Int32(part + 1), Int32(part + 1)]
      uv += [0, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1]
    }
    let folder = try TemporaryFolder()
    func write(_ parts: [Int32], _ vt: [Float]) throws -> String {
      let path = "\(folder.path)/\(parts.hashValue ^ vt.hashValue).npz"
      try NPZ.write(
        [
          ("vt", TensorData(shape: [vt.count / 2, 2], floats: vt)),
          ("ft", TensorData(shape: [ft.count / 3, 3], int32s: ft)),
          ("densepose_parts", TensorData(shape: [parts.count], int32s: parts)),
          ("densepose_uv", TensorData(shape: [ft.count / 3, 3, 2], floats: uv)),
        ], to: path)
      return path
    }
    let drawn = try SurfaceLookup(path: write(parts, vt))
    let formula = try SurfaceLookup(Self.table())
    for (part, u, v) in [(1, 0, 0), (7, 255, 3), (13, 128, 200), (24, 255, 255)]
      as [(UInt8, UInt8, UInt8)]
    {
      let found = try #require(drawn.place(part: part, u: u, v: v, size: 512))
      let wanted = try #require(formula.place(part: part, u: u, v: v, size: 512))
      #expect(abs(found.x - wanted.x) < 1e-3 && abs(found.y - wanted.y) < 1e-3)
    }
    for (parts, vt) in [
      (parts.map { $0 - 1 }, vt), (Array(parts.dropLast()), vt), (parts, [.nan] + vt.dropFirst()),
      (parts, Array(vt.dropLast(2))),
    ] {
      #expect(throws: ProgramError.self) { try SurfaceLookup(path: write(parts, vt)) }
    }
  }

  @Test func sizesMustAgree() throws {
    let iuv = IUVPicture(
      width: 4, height: 1, parts: [1, 2, 0, 0], u: [0, 9, 0, 0], v: [0, 9, 0, 0])
    let coordinates = try AtlasCoordinates(
      iuv, lookup: SurfaceLookup(Self.table()), size: 32, pool: PreparedParityTests.pool)
    let photo = Photo(width: 3, height: 1, pixels: [UInt8](repeating: 9, count: 9))
    #expect(throws: ProgramError.self) {
      try IUVTexture(coordinates, of: iuv, photo: photo, pool: PreparedParityTests.pool)
    }
  }

  @Test func threadsChangeNothing() throws {
    let count = 40 * 30
    let parts = (0..<count).map { UInt8($0 * 7 % 25) }
    let (u, v) = (
      (0..<count).map { UInt8($0 * 31 % 256) }, (0..<count).map { UInt8($0 * 17 % 251) }
    )
    let iuv = IUVPicture(width: 40, height: 30, parts: parts, u: u, v: v)
    let lookup = try SurfaceLookup(Self.table())
    let all = try [1, 2, 5].map {
      try AtlasCoordinates(iuv, lookup: lookup, size: 64, pool: WorkerPool(threads: $0)).pixels
    }
    #expect(all[0] == all[1] && all[0] == all[2])
  }

  /// A table with entries that are no numbers is refused, with the first one's place.
  @Test func tablesHaveNumbersEverywhere() throws {
    var values = try Self.table().doubles()
    for wrong in [Double.nan, .infinity] {
      values[2 * (3 * 65536 + 7 * 256 + 9) + 1] = wrong
      let folder = try TemporaryFolder()
      let path = "\(folder.path)/table.npy"
      try NPY.write(TensorData(shape: SurfaceLookup.shape, doubles: values), to: path)
      let error = #expect(throws: ProgramError.self) { try SurfaceLookup(path: path) }
      #expect(error?.code == .dataError && error?.key == "part 4, U 7, V 9")
    }
  }
}
