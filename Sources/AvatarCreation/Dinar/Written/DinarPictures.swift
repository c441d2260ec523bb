import Compute
import Media

extension DinarRecord {
  /// The pictures that DINAR's test run writes under `images/test`, by their folders.
  ///
  /// Matches: DINAR's image logger: [-1, 1] or [0, 1] to bytes, limited and truncated.
  public func pictures() throws -> [(folder: String, picture: Picture)] {
    let colors = texture.shape[1] - 5
    return [
      ("real_rgb", try Self.picture(sample.realRGB, channels: 0..<3, isSigned: true)),
      ("fake_rgb", try Self.picture(picture, channels: 0..<3, isSigned: true)),
      ("real_segm", try Self.picture(sample.mask, channels: 0..<1, isSigned: false)),
      ("fake_segm", try Self.picture(segmentation, channels: 0..<1, isSigned: false)),
      ("textures", try Self.picture(texture, channels: colors..<colors + 3, isSigned: false)),
    ]
  }

  /// A run's first step and epoch, the person's number in the folder, the first loader.
  static func pictureName(_ number: Int) -> String {
    let digits = String(number)
    let padded = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    return "000000_e-000000_b-\(padded)-loader=000000.png"
  }

  /// Writes the pictures under a folder as `images/test/KIND/NUMBER.png`, in DINAR's names.
  ///
  /// - Parameters:
  ///   - number: of the person in the folder, from 0.
  ///   - overwrite: whether files of these names may be replaced.
  ///   - isWanted: asked for each path.
  public func writePictures(
    under folder: String, number: Int, overwrite: Bool = false,
    where isWanted: (String) -> Bool = { _ in true }
  ) throws {
    for (kind, picture) in try pictures() {
      let path = Self.picturePath(under: folder, kind: kind, number: number)
      guard isWanted(path) else { continue }
      try OutputFolder.create(PathParts(path).folder)
      try PNGFile.write(picture, to: path, overwrite: overwrite)
    }
  }

  static func picturePaths(under folder: String, number: Int) -> [String] {
    pictureKinds.map { picturePath(under: folder, kind: $0, number: number) }
  }

  /// The folders of `pictures`.
  private static let pictureKinds = ["real_rgb", "fake_rgb", "real_segm", "fake_segm", "textures"]

  private static func picturePath(under folder: String, kind: String, number: Int) -> String {
    "\(folder)/images/test/\(kind)/\(pictureName(number))"
  }

  /// One channel becomes three.
  private static func picture(
    _ tensor: Tensor, channels: Range<Int>, isSigned: Bool
  ) throws -> Picture {
    let (height, width) = (tensor.shape[2], tensor.shape[3])
    let count = width * height
    let bytes = tensor.withUnsafeBuffer { values in
      (0..<3 * count).map { index in
        let channel = min(channels.lowerBound + index % 3, channels.upperBound - 1)
        let value = values[channel * count + index / 3]
        let level = isSigned ? (value + 1) / 2 : value
        return UInt8(saturating: level.limited(to: 0...1) * 255, .towardZero)
      }
    }
    return try Picture(width: width, height: height, channels: 3, bytes: bytes)
  }
}
