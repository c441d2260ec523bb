import Compute
import NeuralRender
import Rasterizer
import SMPLX

/// What a neural avatar's network sees of a posed body: texture coordinates and mask, by DINAR's rule.
final class DinarSurface: @unchecked Sendable {
  // Sendable: one frame at a time; its workers write disjoint rows.

  let rasterizer: DinarRasterizer
  /// (rows, 3): x z, y z, z in pixels.
  let homogeneous: AlignedBuffer<Float>
  private let vertexOfRow: [UInt32]
  private let pool: WorkerPool
  private var maps: (uv: FeatureMap, mask: FeatureMap)?
  private var writePass: WorkerPool.Body = { _, _ in }

  /// Rows that one piece of work writes.
  private let band = 16

  init(_ surface: SurfaceTable, width: Int, height: Int, pool: WorkerPool) throws {
    vertexOfRow = surface.vertices
    homogeneous = AlignedBuffer(count: 3 * vertexOfRow.count)
    rasterizer = try DinarRasterizer(
      faces: surface.faces, values: surface.coordinates, channels: 2, width: width, height: height,
      pool: pool)
    self.pool = pool
    writePass = { [unowned self] index, _ in self.write(band: index) }
  }

  /// The rows' vertices in homogeneous pixel coordinates.
  func project(_ vertices: PlanarVertices, _ camera: PinholeCamera) {
    let (focal, principal) = (camera.focalLength, camera.principalPoint)
    for (row, vertex) in vertexOfRow.enumerated() {
      let index = Int(vertex)
      let point = camera.transform([vertices.x[index], vertices.y[index], vertices.z[index]])
      homogeneous[3 * row] = focal.x * point.x + principal.x * point.z
      homogeneous[3 * row + 1] = focal.y * point.y + principal.y * point.z
      homogeneous[3 * row + 2] = point.z
    }
  }

  /// Draws what was projected.
  ///
  /// - Parameters:
  ///   - uv: (height, width, 2) in [-1, 1], -10 where nothing is.
  ///   - mask: (height, width, 1), 1 where the body is.
  func draw(uv: FeatureMap, mask: FeatureMap) {
    rasterizer.rasterize(
      UnsafeBufferPointer(start: homogeneous.pointer, count: homogeneous.count))
    maps = (uv, mask)
    pool.run((rasterizer.height + band - 1) / band, writePass)
    maps = nil
  }

  private func write(band: Int) {
    guard let maps else { return }
    for y in band * self.band..<min((band + 1) * self.band, rasterizer.height) {
      rasterizer.readUV(
        row: y, uv: maps.uv.base + y * maps.uv.rowStride,
        mask: maps.mask.base + y * maps.mask.rowStride)
    }
  }

  /// Writes a frame without a body.
  func clear(uv: FeatureMap, mask: FeatureMap) {
    for y in 0..<rasterizer.height {
      (uv.base + y * uv.rowStride).update(
        repeating: DinarRasterizer.emptyUV, count: uv.rowStride)
      (mask.base + y * mask.rowStride).update(repeating: 0, count: mask.rowStride)
    }
  }
}
