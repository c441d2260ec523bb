import Compute
import Media

/// Which texels of an atlas are of the body, and of which of its parts, as the authors' pictures say.
public struct AtlasMasks: Sendable, Equatable {
  /// Texels along a side.
  public let size: Int
  /// (size, size) how much of a texel is of the body, 0 to 255.
  public let coverage: [UInt8]
  /// (size, size) bit i is set where `TexturePart` i is.
  public let parts: [UInt8]

  /// Reads `_mask.png` and `uv_masks/*.png`, the authors' folder `utils`.
  public init(folder: String, size: Int, pool: WorkerPool) throws {
    let parts = try TexturePart.allCases.map {
      try PreparedPicture(path: "\(folder)/uv_masks/\($0.fileName)")
    }
    try self.init(
      mask: PreparedPicture(path: "\(folder)/_mask.png"), parts: parts, size: size, pool: pool)
  }

  /// Matches: the authors' `_get_part_mask_bn`: a part is where its resized mask and all channels of the
  /// whole mask are above 0.
  ///
  /// - Parameter parts: in the order of `TexturePart`.
  init(mask: PreparedPicture, parts: [PreparedPicture], size: Int, pool: WorkerPool) throws {
    precondition(parts.count == TexturePart.allCases.count)
    let count = size * size
    let planes = try mask.planes(size: size, pool: pool)
    let isCovered = (0..<count).map { texel in
      stride(from: texel, to: planes.count, by: count).allSatisfy { planes[$0] > 0 }
    }
    var bits = [UInt8](repeating: 0, count: count)
    for (index, part) in parts.enumerated() {
      let plane = try part.planes(size: size, pool: pool)
      for texel in 0..<count {
        let isWhole = stride(from: texel, to: plane.count, by: count).allSatisfy { plane[$0] > 0 }
        if isCovered[texel], isWhole { bits[texel] |= 1 << UInt8(index) }
      }
    }
    self.size = size
    coverage = Array(planes.prefix(count))
    self.parts = bits
  }
}
