import Compute

/// The part of a latent that is known, and that sampling keeps to while it makes the rest.
public struct KnownRegion: Sendable {
  /// N x C x H x W.
  public let latent: Tensor
  /// N x 1 x H x W: 1 where the latent is known, 0 where it is to be made, or between.
  public let mask: Tensor

  /// Throws `dataError` when the shapes do not belong together or a number is out of range.
  public init(latent: Tensor, mask: Tensor) throws {
    let shape = latent.shape
    guard shape.count == 4, mask.shape == [shape[0], 1, shape[2], shape[3]] else {
      throw ProgramError(
        .dataError, "the mask of the known region does not fit the latent",
        expected: "N x C x H x W and N x 1 x H x W", found: "\(shape) and \(mask.shape)")
    }
    try latent.checkFinite("the known latent", file: nil, key: nil)
    try mask.checkFinite("the mask of the known region", file: nil, key: nil, least: 0)
    self.latent = latent
    self.mask = mask
  }

  /// The region's own latent in a sample's known part, with noise as at a time.
  func renew(
    _ sample: UnsafeMutableBufferPointer<Float>, noise: UnsafeBufferPointer<Float>,
    signalShare: Float, noiseShare: Float
  ) {
    precondition(sample.count == latent.count && noise.count == latent.count)
    replace(in: sample) { latent, index in signalShare * latent + noiseShare * noise[index] }
  }

  /// The region's own latent in a sample's known part.
  func restore(_ sample: UnsafeMutableBufferPointer<Float>) {
    precondition(sample.count == latent.count)
    replace(in: sample) { latent, _ in latent }
  }

  @inline(__always)
  private func replace(
    in sample: UnsafeMutableBufferPointer<Float>, with known: (Float, Int) -> Float
  ) {
    let (planes, channels) = (latent.shape[0] * latent.shape[1], latent.shape[1])
    let pixels = latent.shape[2] * latent.shape[3]
    latent.withUnsafeBuffer { latent in
      mask.withUnsafeBuffer { mask in
        for plane in 0..<planes {
          let (first, row) = (plane * pixels, plane / channels * pixels)
          for pixel in 0..<pixels {
            let (index, share) = (first + pixel, mask[row + pixel])
            sample[index] = known(latent[index], index) * share + (1 - share) * sample[index]
          }
        }
      }
    }
  }
}
