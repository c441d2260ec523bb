import Compute

/// Opacity over a surface, for `CutOut`; bilinear between texels.
///
/// A texel is a word of four bytes: its own opacity, its right neighbour's, its lower one's and that of
/// the texel right of and below it, so that a sample is one load. What lies beyond an edge is written
/// into these words. Texture coordinates have V up: row 0 of the picture is v = 1.
public final class OpacityTexture: @unchecked Sendable {
  // Sendable: written only by `init`.

  /// What lies beyond the picture's edges.
  public enum Addressing: Sendable, CaseIterable {
    /// The edge texels.
    case clamped
    /// The picture again.
    case repeated
  }

  public let width: Int
  public let height: Int
  public let addressing: Addressing
  private let texels: AlignedBuffer<UInt32>

  static let greatestSide = 16384

  /// - Parameter bytes: (height, width), 0 for a hole to 255 for what is there.
  /// - Throws: `ProgramError` when the sizes do not fit or so much memory is not there.
  public init(width: Int, height: Int, bytes: [UInt8], addressing: Addressing) throws {
    guard (1...Self.greatestSide).contains(width), (1...Self.greatestSide).contains(height),
      bytes.count == width * height
    else {
      throw ProgramError(
        .dataError, "the opacity texture's size does not fit its data",
        expected: "\(width) x \(height) bytes", found: "\(bytes.count)")
    }
    self.width = width
    self.height = height
    self.addressing = addressing
    texels = try AlignedBuffer(count: width * height, for: "an opacity texture")
    let repeats = addressing == .repeated
    func next(_ index: Int, _ count: Int) -> Int {
      index + 1 < count ? index + 1 : repeats ? 0 : index
    }
    for y in 0..<height {
      let (upper, lower) = (y * width, next(y, height) * width)
      for x in 0..<width {
        let right = next(x, width)
        texels[upper + x] =
          UInt32(bytes[upper + x]) | UInt32(bytes[upper + right]) << 8
          | UInt32(bytes[lower + x]) << 16 | UInt32(bytes[lower + right]) << 24
      }
    }
  }

  /// What kernels read; the texture must outlive it.
  var view: OpacityView {
    OpacityView(
      texels: UnsafePointer(texels.pointer), width: Int32(width), height: Int32(height),
      repeats: addressing == .repeated)
  }
}
