import Compute
import Foundation
import Testing

@testable import Rasterizer

/// Which part of a texture a pixel averages: drawn surfaces neither shimmer nor blur.
@Suite struct TextureFootprintTests {
  /// Draws a grid of cells of a plane: `place` gives the camera-axes position of (0...1, 0...1), and
  /// uv is `origin + extent * (s, t)`.
  func draw(
    _ texture: MipmappedTexture, width: Int, height: Int, cells: Int, origin: SIMD2<Float>,
    extent: SIMD2<Float>, focal: Float, place: (Float, Float) -> SIMD3<Float>
  ) throws -> TexturedPicture {
    let count = (cells + 1) * (cells + 1)
    let padded = (count + 15) & ~15
    let planes = AlignedBuffer<Float>(count: 5 * padded, filledWith: 0)
    var triangles: [UInt32] = []
    for j in 0...cells {
      for i in 0...cells {
        let (s, t) = (Float(i) / Float(cells), Float(j) / Float(cells))
        let index = j * (cells + 1) + i
        let p = place(s, t)
        let values = [p.x, p.y, p.z, origin.x + extent.x * s, origin.y + extent.y * t]
        for (plane, value) in values.enumerated() { planes[plane * padded + index] = value }
        guard i < cells, j < cells else { continue }
        let (a, b) = (UInt32(index), UInt32(index + cells + 1))
        triangles += [a, a + 1, b, a + 1, b + 1, b]
      }
    }
    let base = planes.pointer
    let instance = MeshInstance(
      mesh: try Mesh(vertexCount: count, triangles: triangles), x: base, y: base + padded,
      z: base + 2 * padded, cull: .none,
      attributes: (3..<5).map { VertexAttribute(values: base + $0 * padded, indexing: .vertex) })
    let picture = TexturedPicture(texture: texture, width: width, height: height)
    Rasterizer(pool: WorkerPool(threads: 1)).render(
      [instance],
      camera: .aligned(
        focalLength: [focal, focal], principalPoint: [Float(width) / 2, Float(height) / 2]),
      width: width, height: height,
      footprints: FootprintRequest(
        texels: [Float(texture.width), Float(texture.height)], samplesPerPixel: 1),
      shader: picture)
    return picture
  }

  /// A square that fills the picture, `texels` of the texture to a pixel along u and v.
  func flat(
    _ texture: MipmappedTexture, size: Int, texels: SIMD2<Float>, shift: SIMD2<Float> = .zero
  ) throws -> TexturedPicture {
    let whole = SIMD2(Float(texture.width), Float(texture.height))
    return try draw(
      texture, width: size, height: size, cells: 1, origin: shift / whole,
      extent: Float(size) * texels / whole, focal: Float(size)
    ) { [$0 - 0.5, $1 - 0.5, 1] }
  }

  func texture(_ side: Int, _ isWhite: (Int, Int) -> Bool) throws -> MipmappedTexture {
    try MipmappedTexture(
      width: side, height: side, channels: 3,
      bytes: (0..<side * side).flatMap { index in
        [UInt8](repeating: isWhite(index % side, index / side) ? 255 : 0, count: 3)
      })
  }

  /// The level is log2 of the short axis, linear between powers of two: at most 0.05 off. The long axis
  /// is kept when it is 1.5 times as long, and is at most four times what the level's texel measures.
  @Test(arguments: [
    (SIMD2<Float>(1, 1), 0.0, 0.0), (SIMD2(2, 2), 1, 0), (SIMD2(3, 3), 1.585, 0),
    (SIMD2(16, 16), 4, 0), (SIMD2(1, 3), 0, 3), (SIMD2(3, 1), 0, 3), (SIMD2(2, 8), 1, 8),
    (SIMD2(1, 16), 2, 16), (SIMD2(16, 4), 2, 16), (SIMD2(4, 5), 2, 0), (SIMD2(0.25, 0.25), -2, 0),
  ])
  func levelAndLongAxis(texels: SIMD2<Float>, level: Double, long: Double) throws {
    let picture = try flat(try texture(512) { x, _ in x < 256 }, size: 16, texels: texels)
    for sample in 0..<256 {
      #expect(abs(Double(picture.level[sample]) - level) <= 0.051, "\(picture.level[sample])")
      #expect(abs(Double(picture.long[sample]) - long) <= 1e-2 * max(long, 1))
    }
  }

  /// Sixteen texels a pixel of a checkerboard with cells of c: a window of sixteen has at most c of a
  /// colour too many each way, so the mean is within (c / 16)^2 / 2 of middle grey.
  @Test(arguments: [1, 2, 3]) func aMinifiedCheckerboardIsGrey(cell: Int) throws {
    let board = try texture(512) { x, y in (x / cell + y / cell) % 2 == 0 }
    let grey = encoded(0.5)
    for step in 0..<12 {
      let shift = SIMD2<Float>(0.37 * Float(step), 0.21 * Float(step))
      let picture = try flat(board, size: 16, texels: [16, 16], shift: shift)
      for sample in 0..<256 {
        let value = encoded(Double(picture.red[sample]))
        #expect(abs(value - grey) <= 4, "step \(step), sample \(sample): \(value)")
      }
    }
  }

  /// Sixteen texels a pixel one way and four the other: what lies along the long axis is averaged, and
  /// stripes across the short one, four pixels wide, stay black and white.
  @Test func aGrazingFootprintDoesNotBlur() throws {
    let stripes = try texture(512) { x, _ in x / 8 % 2 == 0 }
    for step in 0..<8 {
      let shift = Float(step) * 0.25
      // One texel a pixel across the stripes, four along them.
      let picture = try flat(stripes, size: 32, texels: [1, 4], shift: [shift, 0])
      for x in 0..<32 {
        // Pixels at least one and a half texels away from the next stripe.
        let position = (Float(x) + 0.5 + shift).truncatingRemainder(dividingBy: 16)
        let phase = position.truncatingRemainder(dividingBy: 8)
        guard phase > 1.5, phase < 6.5 else { continue }
        let expected: Float = position < 8 ? 1 : 0
        for y in 0..<32 {
          #expect(abs(picture.red[y * 32 + x] - expected) <= 0.02, "step \(step), column \(x)")
        }
      }
    }
    // Fine stripes across the long axis are grey, wherever they lie.
    let fine = try texture(512) { _, y in y % 2 == 0 }
    for step in 0..<8 {
      let picture = try flat(fine, size: 32, texels: [1, 4], shift: [0, Float(step) * 0.13])
      for value in picture.red { #expect(abs(encoded(Double(value)) - encoded(0.5)) <= 4) }
    }
  }

  /// A tiled floor towards the horizon, moved by parts of a texel: where a footprint's short side is
  /// several tiles, each pixel stays grey from step to step.
  @Test func aFloorTowardsTheHorizonDoesNotShimmer() throws {
    let board = try texture(1024) { x, y in (x / 2 + y / 2) % 2 == 0 }
    let grey = encoded(0.5)
    var seen = 0
    for step in 0..<6 {
      let picture = try draw(
        board, width: 96, height: 96, cells: 64,
        origin: SIMD2(0.31, 0.17) * Float(step) / 1024, extent: [0.99, 0.99], focal: 100
      ) { [30 * $0 - 15, 1.6, 10 + 30 * $1] }
      for sample in 0..<96 * 96 where picture.red[sample] >= 0 && picture.level[sample] > 3.2 {
        seen += 1
        let value = encoded(Double(picture.red[sample]))
        #expect(abs(value - grey) <= 6, "step \(step), sample \(sample): \(value)")
      }
    }
    #expect(seen > 300)
  }
}
