import CSIMD
import Compute
import Foundation

/// An RGB texture with mip levels, for sampling many points at once (`TextureProbes`).
///
/// Texels are four half-precision floats of linear light, the fourth 0: finer than sRGB bytes
/// everywhere. Levels are means of 2 x 2 texels. Every level has one column and one row more than its
/// size, which repeat the last ones, so that the four neighbours of a point are always there. Texture
/// coordinates have V up: row 0 of the picture is v = 1; beyond the edges the edge texels repeat.
public final class MipmappedTexture: @unchecked Sendable {
  // Sendable: written only by `init`.

  public let width: Int
  public let height: Int
  let levelCount: Int
  private let texels: AlignedBuffer<UInt16>
  private let offsets: [Int]

  static let greatestSide = 16384

  /// - Parameters:
  ///   - channels: 3 or 4; the fourth is not used.
  ///   - bytes: (height, width, channels) sRGB.
  /// - Throws: `ProgramError` when the sizes do not fit.
  public init(width: Int, height: Int, channels: Int, bytes: [UInt8]) throws {
    guard (1...Self.greatestSide).contains(width), (1...Self.greatestSide).contains(height),
      (3...4).contains(channels), bytes.count == width * height * channels
    else {
      throw ProgramError(
        .dataError, "the texture's size does not fit its data",
        expected: "\(width) x \(height) x \(channels) bytes", found: "\(bytes.count)")
    }
    self.width = width
    self.height = height
    var levels = 1
    while max(width, height) >> levels > 0 { levels += 1 }
    levelCount = levels
    var starts: [Int] = []
    var total = 0
    for level in 0..<levels {
      starts.append(total)
      total += (max(width >> level, 1) + 1) * (max(height >> level, 1) + 1)
    }
    offsets = starts
    // Loads and stores of a few texels at the last one reach beyond it.
    texels = AlignedBuffer(count: 4 * (total + 4), filledWith: 0)
    fillFirstLevel(bytes, channels)
    for level in 1..<max(levels, 1) { halve(into: level) }
  }

  private func extent(_ level: Int) -> (width: Int, height: Int) {
    (max(width >> level, 1), max(height >> level, 1))
  }

  private func start(_ level: Int) -> UnsafeMutablePointer<UInt16> {
    texels.pointer + 4 * offsets[level]
  }

  private func fillFirstLevel(_ bytes: [UInt8], _ channels: Int) {
    let table: [UInt16] = (0..<256).map { byte in
      let s = Float(byte) / 255
      return Float16(s <= 0.04045 ? s / 12.92 : pow((s + 0.055) / 1.055, 2.4)).bitPattern
    }
    let base = start(0)
    bytes.withUnsafeBufferPointer { source in
      table.withUnsafeBufferPointer { table in
        for y in 0..<height {
          let row = base + 4 &* (y &* (width &+ 1))
          var p = y &* width &* channels
          for x in 0..<width {
            row[4 &* x] = table[Int(source[p])]
            row[4 &* x &+ 1] = table[Int(source[p &+ 1])]
            row[4 &* x &+ 2] = table[Int(source[p &+ 2])]
            p &+= channels
          }
        }
      }
    }
    repeatEdges(0)
  }

  /// Means of 2 x 2 texels; an odd last row or column is left out, a single one is repeated.
  private func halve(into level: Int) {
    let (oldWidth, oldHeight) = extent(level - 1)
    let (newWidth, newHeight) = extent(level)
    let source = start(level - 1)
    let target = start(level)
    let quarter = SIMD16<Float>(repeating: 0.25)
    for y in 0..<newHeight {
      let upper = source + 4 * (min(2 * y, oldHeight - 1) * (oldWidth + 1))
      let lower = source + 4 * (min(2 * y + 1, oldHeight - 1) * (oldWidth + 1))
      let row = target + 4 * (y * (newWidth + 1))
      // Four texels of two rows give two; the padding column stands in for a missing neighbour. Each
      // store writes two texels too many, which later ones overwrite.
      for x in stride(from: 0, to: newWidth, by: 2) {
        let (first, second) = (8 * x, 4 * min(2 * x + 2, oldWidth - 1))
        let sum =
          csimd_load_halves(upper + first, upper + second)
          + csimd_load_halves(lower + first, lower + second)
        csimd_store_halves(row + 4 * x, csimd_pair_sums_f32(sum) * quarter)
      }
    }
    repeatEdges(level)
  }

  private func repeatEdges(_ level: Int) {
    let (width, height) = extent(level)
    let base = start(level)
    let pitch = 4 * (width + 1)
    for y in 0..<height {
      (base + y * pitch + 4 * width).update(from: base + y * pitch + 4 * (width - 1), count: 4)
    }
    (base + height * pitch).update(from: base + (height - 1) * pitch, count: pitch)
  }

  /// What kernels read.
  public var view: MipmappedTextureView {
    var view = MipmappedTextureView(
      texels: UnsafePointer(texels.pointer), lastLevel: Int32(levelCount - 1))
    for level in 0..<levelCount {
      let (width, height) = extent(level)
      view.offset[level] = Int32(offsets[level])
      view.width[level] = Int32(width)
      view.height[level] = Int32(height)
    }
    return view
  }
}
