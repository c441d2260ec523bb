import Compute

extension KnownTexture {
  /// The mask at the size of the compressed texture, as the diffusion's condition holds it: the nearest
  /// texel towards the upper left.
  ///
  /// - Returns: (1, 1, height, width), 0 or 1.
  public func conditionMask(width: Int, height: Int) -> Tensor {
    let nearest = (0..<width * height).map { index in
      Float(mask[(index / width * size / height) * size + index % width * size / width])
    }
    return Tensor(shape: [1, 1, height, width], nearest)
  }

  /// Where the diffusion keeps the compressed texture: the condition's mask without its edge.
  ///
  /// - Returns: (1, 1, height, width), 0 or 1.
  public func keptMask(width: Int, height: Int) -> Tensor {
    let mask = conditionMask(width: width, height: height).elements
    return Tensor(
      shape: [1, 1, height, width],
      Erosion.minimum(mask, width: width, height: height, reach: 1))
  }
}
