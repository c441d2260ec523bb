import CSIMD
import Compute

/// DINAR's rasterizer: its rule for coverage, depth and ties, to the last bit of plain float32.
///
/// Matches: `project_mesh` of the minimal PyTorch rasterizer that DINAR uses, and its uv and colour
/// rasterizers. Inclusive edges, faces that are clockwise on the screen culled, faces with a corner
/// nearer than 1e-5 dropped, nearest depth first and then, of all faces less than 1e-5 behind it, the
/// last in order.
/// Differs: on a GPU the winner among such faces is a race and multiply-adds are fused, so last bits
/// differ there. No multiply-add is fused here in any build.
public final class DinarRasterizer: @unchecked Sendable {
  // Sendable: bands of rows are written by one worker each; members change only between passes.

  /// Depth of a pixel where nothing is.
  public static let emptyDepth: Float = 1e10
  /// Value of uv where nothing is.
  public static let emptyUV: Float = -10

  public let width: Int
  public let height: Int
  /// (height, width): metres, `emptyDepth` where nothing is.
  public let depth: AlignedBuffer<Float>
  /// (height, width): row of the faces, -1 where nothing is.
  public let faceIDs: AlignedBuffer<Int32>
  /// (channels, height, width): interpolated values, 0 where nothing is.
  public let result: AlignedBuffer<Float>

  private let pool: WorkerPool
  private let faces: [UInt32]
  private let values: [Float]
  private let channels: Int
  private let columnCentres: [Float]
  private let rowCentres: [Float]
  private var setups: AlignedBuffer<Face>
  private var bandFaces: [[Int32]]
  private var bandPass: WorkerPool.Body = { _, _ in }

  static let bandHeight = 16

  /// A face on the screen: normalised coordinates, depths, and its box of pixels.
  private struct Face: BitwiseCopyable {
    var x: (Float, Float, Float)
    var y: (Float, Float, Float)
    var z: (Float, Float, Float)
    var left: Int32
    var right: Int32
    var top: Int32
    var bottom: Int32
  }

  /// - Parameters:
  ///   - faces: (F, 3) rows of the vertices.
  ///   - values: (V, channels), interpolated over the faces.
  /// - Throws: `ProgramError` when a face names a vertex without values.
  public init(
    faces: [UInt32], values: [Float], channels: Int, width: Int, height: Int, pool: WorkerPool
  ) throws {
    let vertexCount = channels > 0 ? values.count / channels : 0
    if let bad = faces.first(where: { Int($0) >= vertexCount }) {
      throw ProgramError(
        .dataError, "a face names a vertex that does not exist", key: "faces",
        expected: "0 to \(vertexCount - 1)", found: "\(bad)")
    }
    guard (1...RasterConstants.largestSide).contains(width),
      (1...RasterConstants.largestSide).contains(height)
    else {
      throw ProgramError(
        .usage, "the picture's size cannot be drawn",
        expected: "1 to \(RasterConstants.largestSide)", found: "\(width) x \(height)")
    }
    self.faces = faces
    self.values = values
    self.channels = channels
    self.width = width
    self.height = height
    self.pool = pool
    depth = AlignedBuffer(count: width * height)
    faceIDs = AlignedBuffer(count: width * height)
    result = AlignedBuffer(count: width * height * max(channels, 1))
    setups = AlignedBuffer(count: faces.count / 3)
    let bands = (height + Self.bandHeight - 1) / Self.bandHeight
    bandFaces = [[Int32]](repeating: [], count: bands)
    // Pixel centres in double precision, rounded once.
    func centres(_ count: Int) -> [Float] {
      (0..<count).map { Float(2 * (Double($0) + 0.5) / Double(count) - 1) }
        + [Float](repeating: 0, count: 16)
    }
    columnCentres = centres(width)
    rowCentres = centres(height)
    bandPass = { [unowned self] band, _ in self.draw(band: band) }
  }

  /// Draws one frame.
  ///
  /// - Parameter vertices: (V, 3) homogeneous pixel coordinates (x z, y z, z).
  public func rasterize(_ vertices: UnsafeBufferPointer<Float>) {
    precondition(vertices.count * channels == values.count * 3)
    for band in bandFaces.indices { bandFaces[band].removeAll(keepingCapacity: true) }
    for face in 0..<faces.count / 3 { setUp(face, vertices) }
    pool.run(bandFaces.count, bandPass)
  }

  private func setUp(_ face: Int, _ vertices: UnsafeBufferPointer<Float>) {
    func corner(_ k: Int) -> (x: Float, y: Float, z: Float) {
      let row = 3 * Int(faces[3 * face + k])
      let z = vertices[row + 2]
      let x = 2 * (vertices[row] / (z + 1e-9)) / Float(width) - 1
      let y = 2 * (vertices[row + 1] / (z + 1e-9)) / Float(height) - 1
      return (x, y, z)
    }
    let (a, b, c) = (corner(0), corner(1), corner(2))
    // Written so that a NaN drops the face.
    guard a.z >= 1e-5, b.z >= 1e-5, c.z >= 1e-5 else { return }
    func box(_ p: Float, _ q: Float, _ r: Float, _ size: Int) -> (Int32, Int32)? {
      let low = ((min(p, q, r) + 1) / 2 * Float(size)).rounded(.down)
      let high = ((max(p, q, r) + 1) / 2 * Float(size)).rounded(.up)
      guard low.isFinite, high.isFinite else { return nil }
      let last = Float(size - 1)
      return (Int32(max(0, min(last, low))), Int32(max(0, min(last, high))))
    }
    guard let columns = box(a.x, b.x, c.x, width), let rows = box(a.y, b.y, c.y, height)
    else { return }
    setups[face] = Face(
      x: (a.x, b.x, c.x), y: (a.y, b.y, c.y), z: (a.z, b.z, c.z), left: columns.0,
      right: columns.1, top: rows.0, bottom: rows.1)
    for band in Int(rows.0) / Self.bandHeight...Int(rows.1) / Self.bandHeight {
      bandFaces[band].append(Int32(face))
    }
  }

  private func draw(band: Int) {
    let top = band * Self.bandHeight
    let bottom = min(top + Self.bandHeight, height)
    let start = top * width
    let count = (bottom - top) * width
    (depth.pointer + start).update(repeating: Self.emptyDepth, count: count)
    (faceIDs.pointer + start).update(repeating: -1, count: count)
    for channel in 0..<channels {
      (result.pointer + channel * width * height + start).update(repeating: 0, count: count)
    }
    for pass in 0..<2 {
      for number in bandFaces[band] {
        let face = setups[Int(number)]
        columnCentres.withUnsafeBufferPointer { columns in
          guard let columns = columns.baseAddress else { return }
          for y in max(Int(face.top), top)...min(Int(face.bottom), bottom - 1) {
            drawRow(face, number, y, columns, pass: pass)
          }
        }
      }
    }
  }

  @inline(__always)
  private func drawRow(
    _ face: Face, _ number: Int32, _ row: Int, _ columns: UnsafePointer<Float>, pass: Int
  ) {
    typealias V = SIMD16<Float>
    let lanes = SIMD16<Int32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    let (x0, x1, x2) = face.x
    let (y0, y1, y2) = face.y
    let (z0, z1, z2) = face.z
    let y = rowCentres[row]
    let denominator = x2 * (y0 - y1) + x0 * (y1 - y2) + x1 * (y2 - y0)
    @inline(__always)
    func weights(_ xa: Float, _ ya: Float, _ xb: Float, _ yb: Float) -> (Float, Float, Float) {
      ((ya - yb) / denominator, (xb - xa) / denominator, (xa * yb - xb * ya) / denominator)
    }
    let first = weights(x1, y1, x2, y2)
    let second = weights(x2, y2, x0, y0)
    let third = weights(x0, y0, x1, y1)
    for start in stride(from: Int(face.left), through: Int(face.right), by: 16) {
      let x = UnsafeRawPointer(columns + start).loadUnaligned(as: V.self)
      @inline(__always)
      func inside(_ xa: Float, _ ya: Float, _ xb: Float, _ yb: Float)
        -> SIMDMask<SIMD16<Int32>>
      {
        .!(V(repeating: (y - ya) * (xb - xa)) .> (x - xa) * (yb - ya))
      }
      let valid = lanes .<= Int32(Int(face.right) - start)
      let covered =
        inside(x0, y0, x1, y1) .& inside(x1, y1, x2, y2) .& inside(x2, y2, x0, y0) .& valid
      if csimd_sign_bits(unsafeBitCast(covered, to: SIMD16<Int32>.self)) == 0 { continue }
      @inline(__always) func weight(_ w: (Float, Float, Float)) -> V { x * w.0 + w.1 * y + w.2 }
      var (w0, w1, w2) = (weight(first), weight(second), weight(third))
      let sum = w0 + w1 + w2
      w0 = w0 / sum / z0
      w1 = w1 / sum / z1
      w2 = w2 / sum / z2
      let perspective = w0 + w1 + w2
      w0 /= perspective
      w1 /= perspective
      w2 /= perspective
      let distance = w0 * z0 + w1 * z1 + w2 * z2
      let offset = row * width + start
      for lane in 0..<16 where covered[lane] {
        if pass == 0 {
          if distance[lane] < depth[offset + lane] { depth[offset + lane] = distance[lane] }
        } else if distance[lane] - 1e-5 < depth[offset + lane] {
          faceIDs[offset + lane] = number
          let f = 3 * Int(number)
          let (a, b, c) = (
            Int(faces[f]) * channels, Int(faces[f + 1]) * channels, Int(faces[f + 2]) * channels
          )
          for channel in 0..<channels {
            result[channel * width * height + offset + lane] =
              w0[lane] * values[a + channel] + w1[lane] * values[b + channel]
              + w2[lane] * values[c + channel]
          }
        }
      }
    }
  }

  /// A row of the uv rasterizer's output of the last frame: mask is 1 where any value is above 0; uv
  /// is 2 value - 1 there and `emptyUV` elsewhere. The first two channels are used.
  ///
  /// - Parameters:
  ///   - uv: (width, 2).
  ///   - mask: (width).
  /// - Returns: whether the row holds any pixel of the mask.
  @discardableResult
  public func readUV(
    row y: Int, uv: UnsafeMutablePointer<Float>, mask: UnsafeMutablePointer<Float>
  ) -> Bool {
    let u = result.pointer + y * width
    let v = u + width * height
    var found = false
    for x in 0..<width {
      let isInside = u[x] > 0 || v[x] > 0
      found = found || isInside
      mask[x] = isInside ? 1 : 0
      uv[2 * x] = isInside ? 2 * u[x] - 1 : Self.emptyUV
      uv[2 * x + 1] = isInside ? 2 * v[x] - 1 : Self.emptyUV
    }
    return found
  }
}
