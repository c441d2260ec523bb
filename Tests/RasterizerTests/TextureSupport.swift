import Compute
import Foundation

@testable import Rasterizer

/// sRGB from linear light, as bytes but not rounded.
func encoded(_ linear: Double) -> Double {
  255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055)
}

/// Linear light of an sRGB byte.
func linear(_ byte: UInt8) -> Double {
  let value = Double(byte) / 255
  return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
}

/// The texture filter one point at a time in double precision, with unrounded texels.
struct ScalarMipmap {
  private var levels: [(width: Int, height: Int, texels: [SIMD3<Double>])] = []

  init(width: Int, height: Int, channels: Int, bytes: [UInt8]) {
    levels.append(
      (
        width, height,
        (0..<width * height).map { index in
          SIMD3(
            linear(bytes[index * channels]), linear(bytes[index * channels + 1]),
            linear(bytes[index * channels + 2]))
        }
      ))
    while let last = levels.last, max(last.width, last.height) > 1 {
      let (newWidth, newHeight) = (max(last.width / 2, 1), max(last.height / 2, 1))
      var texels: [SIMD3<Double>] = []
      for y in 0..<newHeight {
        for x in 0..<newWidth {
          var sum = SIMD3<Double>.zero
          for row in [2 * y, 2 * y + 1] {
            for column in [2 * x, 2 * x + 1] {
              sum +=
                last.texels[
                  min(row, last.height - 1) * last.width + min(column, last.width - 1)]
            }
          }
          texels.append(sum / 4)
        }
      }
      levels.append((newWidth, newHeight, texels))
    }
  }

  var levelCount: Int { levels.count }

  /// Trilinear; V up, edges repeat, the level is clamped to what there is.
  func sample(u: Double, v: Double, level: Double) -> SIMD3<Double> {
    let wanted = min(max(level, 0), Double(levels.count - 1))
    let near = Int(wanted)
    let t = wanted - Double(near)
    return bilinear(u, v, near) * (1 - t) + bilinear(u, v, min(near + 1, levels.count - 1)) * t
  }

  private func bilinear(_ u: Double, _ v: Double, _ level: Int) -> SIMD3<Double> {
    let (width, height, texels) = levels[level]
    let x = min(max(u * Double(width) - 0.5, 0), Double(width - 1))
    let y = min(max((1 - v) * Double(height) - 0.5, 0), Double(height - 1))
    let (column, row) = (Int(x), Int(y))
    let (ax, ay) = (x - Double(column), y - Double(row))
    func texel(_ column: Int, _ row: Int) -> SIMD3<Double> {
      texels[min(row, height - 1) * width + min(column, width - 1)]
    }
    let upper = texel(column, row) * (1 - ax) + texel(column + 1, row) * ax
    let lower = texel(column, row + 1) * (1 - ax) + texel(column + 1, row + 1) * ax
    return upper * (1 - ay) + lower * ay
  }
}

/// What a pixel asks of a texture.
struct TexturePoint {
  var u: Float
  var v: Float
  var level: Float = 0
  var du: Float = 0
  var dv: Float = 0
}

extension MipmappedTexture {
  /// Linear light at the points.
  func sampled(_ points: [TexturePoint]) -> [SIMD3<Float>] {
    let memory = AlignedBuffer<Float>(count: TextureProbes.words)
    let pixels = AlignedBuffer<SIMD4<Float>>(count: points.count, filledWith: .zero)
    var probes = TextureProbes(view, memory: memory.pointer, pixels: pixels.pointer)
    for first in stride(from: 0, to: points.count, by: 16) {
      func lanes(_ value: (TexturePoint) -> Float) -> SIMD16<Float> {
        var result = SIMD16<Float>.zero
        for lane in 0..<min(16, points.count - first) { result[lane] = value(points[first + lane]) }
        return result
      }
      var numbers = SIMD16<Int32>.zero
      for lane in 0..<16 { numbers[lane] = Int32(first + lane) }
      probes.append(
        u: lanes(\.u), v: lanes(\.v), level: lanes(\.level), du: lanes(\.du), dv: lanes(\.dv),
        weight: .one, pixel: numbers,
        active: UInt32(truncatingIfNeeded: (1 << min(16, points.count - first)) - 1))
    }
    probes.flush()
    return (0..<points.count).map { [pixels[$0].x, pixels[$0].y, pixels[$0].z] }
  }
}

/// Linear light of a textured surface, one footprint a sample; attributes 0 and 1 are u and v.
final class TexturedPicture: TileShader, @unchecked Sendable {
  // Sendable: tests draw on one thread.
  let texture: MipmappedTexture
  let width: Int
  /// Red of every sample, -1 where nothing is.
  private(set) var red: [Float]
  /// Level and long axis in texels of every sample.
  private(set) var level: [Float]
  private(set) var long: [Float]

  init(texture: MipmappedTexture, width: Int, height: Int) {
    self.texture = texture
    self.width = width
    red = [Float](repeating: -1, count: width * height)
    level = red
    long = red
  }

  func shade(_ tile: VisibleTile, worker: Int) {
    guard !tile.isEmpty else { return }
    for y in 0..<tile.height {
      for x in 0..<tile.width {
        let offset = y * tile.stride + x
        let record = tile.records[offset]
        guard record >= 0 else { continue }
        let footprint = tile.footprint(SIMD16(repeating: record))
        let distance = tile.distance(offset)[0]
        let sample = (tile.y0 + y) * width + tile.x0 + x
        let (du, dv) = (footprint.du[0], footprint.dv[0])
        let value = texture.sampled([
          TexturePoint(
            u: tile.attribute(0, offset)[0] * distance, v: tile.attribute(1, offset)[0] * distance,
            level: footprint.level[0], du: du, dv: dv)
        ])
        red[sample] = value[0].x
        level[sample] = footprint.level[0]
        let axis = SIMD2(du * Float(texture.width), dv * Float(texture.height))
        long[sample] = (axis * axis).sum().squareRoot()
      }
    }
  }
}
