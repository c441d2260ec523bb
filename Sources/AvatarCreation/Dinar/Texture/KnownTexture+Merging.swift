import Compute

extension KnownTexture {
  /// What several photos of one person show together: each texel from the photo that faces it most.
  ///
  /// A rule of ours; DINAR takes one photo. Of photos that face a texel alike, one that shows it itself goes
  /// before one that has a mean of its neighbours, and then the earlier one.
  ///
  /// - Parameter photos: of one size, at least one.
  /// - Returns: the texture, and how many texels each photo gave.
  public static func merging(_ photos: [KnownTexture]) throws -> (KnownTexture, shares: [Int]) {
    guard var result = photos.first else {
      throw ProgramError(.software, "no photo to merge")
    }
    let size = result.size
    if let other = photos.first(where: { $0.size != size }) {
      throw ProgramError(
        .software, "the textures of the photos have different sizes", expected: "\(size)",
        found: "\(other.size)")
    }
    let count = size * size
    var shares = [Int](repeating: 0, count: photos.count)
    for texel in 0..<count {
      var best: Int?
      for (index, photo) in photos.enumerated() where photo.mask[texel] > 0 {
        guard let known = best else {
          best = index
          continue
        }
        let (old, new) = (photos[known], photo)
        if new.angles[texel] > old.angles[texel]
          || new.angles[texel] == old.angles[texel] && new.inpainted[texel] < old.inpainted[texel]
        {
          best = index
        }
      }
      guard let best else { continue }
      shares[best] += 1
      let photo = photos[best]
      result.mask[texel] = 1
      result.inpainted[texel] = photo.inpainted[texel]
      result.angles[texel] = photo.angles[texel]
      for channel in 0..<3 {
        result.colors[channel * count + texel] = photo.colors[channel * count + texel]
      }
    }
    return (result, shares)
  }
}
