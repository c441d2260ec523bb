import Compute
import Media

/// A picture as it lies in a file, brought to the networks' size as the authors' program does it.
public struct PreparedPicture: Sendable {
  public let picture: Picture
  /// Pillow takes the nearest pixel of pictures of one bit, whatever filter it is asked for.
  public let isOfOneBit: Bool

  public init(_ picture: Picture, isOfOneBit: Bool = false) {
    (self.picture, self.isOfOneBit) = (picture, isOfOneBit)
  }

  public init(path: String) throws {
    let bytes = try FileBytes.read(path: path)
    picture = try ProgramError.locating(file: path) { try PictureFile.read(bytes: bytes) }
    isOfOneBit = PNGFile.isOfOneBit(bytes)
  }

  /// (channels, size, size) bytes, at most three channels; proportions are not kept.
  ///
  /// Matches: `img2tensor` with Pillow 10.4 times 255: Lanczos, horizontal first, each pass rounded to
  /// bytes, alpha premultiplied and then dropped.
  func planes(size: Int, pool: WorkerPool) throws -> [UInt8] {
    let small =
      isOfOneBit
      ? try picture.nearest(width: size, height: size)
      : try picture.resampled(width: size, height: size, filter: .lanczos, pool: pool)
    let (bytes, step, count) = (small.bytes(), small.channels, size * size)
    let kept = step == 2 ? 1 : min(step, 3)
    return (0..<kept).flatMap { channel in (0..<count).map { bytes[$0 * step + channel] } }
  }
}
