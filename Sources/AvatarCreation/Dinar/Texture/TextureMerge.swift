import Compute

/// Puts what the photo shows over what was inpainted, with an edge that fades inside the islands.
///
/// Matches: DINAR's `merge`, in float32 in its order: two of its steps truncate to bytes.
public struct TextureMerge: Sendable {
  /// (1, 1, size, size) how much of the photo's texture is taken.
  public let mask: Tensor
  /// (1, C, size, size)
  public let texture: Tensor

  /// - Parameters:
  ///   - source: (1, C, size, size), the photo's texture with the generator's channels.
  ///   - inpainted: (1, C, size, size), decoded from the diffusion's result.
  ///   - known: where the photo shows something.
  ///   - islands: of the texture: (size, size).
  public init(source: Tensor, inpainted: Tensor, known: KnownTexture, islands: [Float]) {
    let size = known.size
    let count = size * size
    precondition(source.shape == inpainted.shape && islands.count == count)
    let share = Self.share(known.mask, islands: islands, size: size)
    let channels = source.shape[1]
    texture = source.withUnsafeBuffer { source in
      inpainted.withUnsafeBuffer { inpainted in
        Tensor(shape: [1, channels, size, size]) { result in
          for index in 0..<channels * count {
            let m = share[index % count]
            result[index] = (1 - m) * inpainted[index] + m * source[index]
          }
        }
      }
    }
    mask = Tensor(shape: [1, 1, size, size], share)
  }

  /// The known mask, shrunk by a texel and softened; on the border of islands it stays.
  static func share(_ known: [UInt8], islands: [Float], size: Int) -> [Float] {
    let outside = islands.map { 1 - $0 }
    func clipped(_ value: Float) -> Float { min(max(value, 0), 1) }
    let bytes = known.indices.map {
      UInt8(saturating: 255 * clipped(Float(known[$0]) + outside[$0]), .towardZero)
    }
    let soft = mean(Erosion.minimum(bytes, width: size, height: size, reach: 1), size: size)
    return soft.indices.map { clipped(Float(soft[$0]) / 255 - outside[$0]) }
  }

  /// The mean of 3 x 3, mirrored about the border's texels, rounded: `cv2.blur` of bytes.
  private static func mean(_ values: [UInt8], size: Int) -> [UInt8] {
    func mirrored(_ place: Int) -> Int {
      place < 0 ? -place : place >= size ? 2 * size - 2 - place : place
    }
    return values.indices.map { texel in
      var sum = 0
      for y in -1...1 {
        let row = mirrored(texel / size + y) * size
        for x in -1...1 { sum += Int(values[row + mirrored(texel % size + x)]) }
      }
      return UInt8(clamping: (sum + 4) / 9)
    }
  }
}
