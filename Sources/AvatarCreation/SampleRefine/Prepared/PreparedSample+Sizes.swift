import Compute
import Media

extension PreparedSample {
  /// Sides that are no texture: nothing of an atlas can be seen on fewer.
  private static let leastSide = 16

  /// Looks at the pictures' sizes, without decoding them.
  ///
  /// - Parameter mayDiffer: the authors' program resizes each picture alone, whatever their sizes.
  /// - Throws: `dataError` for pictures that are hardly any, and for pictures of different sizes, which are
  ///   of different textures; what cannot be read is left to whoever reads it.
  public func checkSizes(mayDiffer: Bool) throws {
    let names = [("texture", texture), ("mask", mask), ("normal map", normals)]
    let sizes = try names.map { try PictureFile.size(path: $0.1) }
    for ((what, path), size) in zip(names, sizes) {
      guard let size, size.width > 0, size.height > 0 else { continue }
      guard min(size.width, size.height) >= Self.leastSide else {
        throw ProgramError(
          .dataError, "the \(what) is too small", file: path,
          expected: "\(Self.leastSide) pixels a side at least, 512 as published",
          found: "\(size.width) x \(size.height)")
      }
      guard !mayDiffer, let first = sizes[0], size != first else { continue }
      throw ProgramError(
        .dataError, "the \(what) has another size than its texture", file: path,
        expected: "\(first.width) x \(first.height), as \(texture)",
        found: "\(size.width) x \(size.height)",
        hint:
          "pictures of a person have one size; `like` sample-refine takes any, as its authors do")
    }
  }
}
