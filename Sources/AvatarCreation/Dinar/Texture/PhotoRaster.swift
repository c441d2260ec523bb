import Avatar
import Compute
import Rasterizer

/// What a body's surface shows at each pixel of a sample: texture coordinates and normals.
///
/// Matches: DINAR's uv rasterizer and, for normals, its colour rasterizer, which loses pixels whose three
/// components are all below zero. Both in one pass: they draw the same faces.
public struct PhotoRaster: Sendable {
  public let side: Int
  /// (2, side, side) in [-1, 1], -10 where the body is not.
  public let uv: [Float]
  /// (side, side) 1 where the body is.
  public let mask: [UInt8]
  /// (rows, 3) unit normals of the uv rows.
  let rowNormals: [Float]
  /// (3, side, side) zeros where nothing faces the camera.
  let normals: [Float]

  public init(_ sample: DinarSample, surface: SurfaceTable, pool: WorkerPool) throws {
    let rows = surface.rowCount
    let side = sample.side
    let count = side * side
    guard sample.vertices.count == 3 * rows else {
      throw ProgramError(
        .software, "the sample was made with other uv tables", expected: "\(rows) rows",
        found: "\(sample.vertices.count / 3)")
    }
    rowNormals = SurfaceNormals.normals(
      of: sample.vertices, calibration: sample.calibration, faces: surface.faces)
    var values: [Float] = []
    values.reserveCapacity(5 * rows)
    for row in 0..<rows {
      values += surface.coordinates[2 * row..<2 * row + 2]
      values += rowNormals[3 * row..<3 * row + 3]
    }
    let rasterizer = try DinarRasterizer(
      faces: surface.faces, values: values, channels: 5, width: side, height: side, pool: pool)
    sample.vertices.withUnsafeBufferPointer { rasterizer.rasterize($0) }
    self.side = side
    var uv = [Float](repeating: DinarRasterizer.emptyUV, count: 2 * count)
    var mask = [UInt8](repeating: 0, count: count)
    let drawn = rasterizer.result.pointer
    for pixel in 0..<count {
      let (u, v) = (drawn[pixel], drawn[count + pixel])
      if u > 0 || v > 0 {
        mask[pixel] = 1
        uv[pixel] = 2 * u - 1
        uv[count + pixel] = 2 * v - 1
      }
    }
    normals = Self.positiveColors(
      [Float](UnsafeBufferPointer(start: drawn + 2 * count, count: 3 * count)), count: count)
    withExtendedLifetime(rasterizer) {}
    (self.uv, self.mask) = (uv, mask)
  }

  /// (3, pixels) colours, and zeros where none of the three is above zero.
  static func positiveColors(_ colors: [Float], count: Int) -> [Float] {
    colors.indices.map { index in
      let pixel = index % count
      return (0..<3).contains { colors[$0 * count + pixel] > 0 } ? colors[index] : 0
    }
  }

  /// (side, side) how much the surface faces the camera, 0 to 1.
  var angles: [Float] {
    // What is not a number faces nothing.
    (2 * side * side..<3 * side * side).map { normals[$0] > 0 ? min(normals[$0], 1) : 0 }
  }
}
