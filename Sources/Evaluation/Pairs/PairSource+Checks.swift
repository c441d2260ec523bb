import Compute
import Media

extension PairSource {
  /// The pairs of two folders.
  static func pairs(
    _ a: String, _ b: String, _ reading: Reading, _ notes: inout [String]
  ) throws -> [(name: String, a: String, b: String)] {
    let pairing = try FolderPairing(a, b)
    if pairing.isByOrder, let first = pairing.pairs.first {
      notes.append(
        "no name is in both folders: \(pairing.pairs.count) pictures are paired in natural order "
          + "(\(PathParts(first.a).name) with \(PathParts(first.b).name), ...)")
    }
    let sides = [(b, pairing.missing.inSecond), (a, pairing.missing.inFirst)]
    for (folder, names) in sides where !names.isEmpty {
      guard reading.isPartial, !pairing.pairs.isEmpty else {
        throw ProgramError(
          .noInput,
          "\(names.count == 1 ? "a partner is" : "\(names.count) partners are") missing",
          file: folder, expected: "a picture for each of the other folder",
          found: "none for \(names.listed(most: 5))",
          hint: pairing.pairs.isEmpty
            ? "no name is in both folders" : "`partial` compares what both folders have")
      }
      notes.append("\(folder) has no partner for \(names.listed(most: 5)): left out")
    }
    return pairing.pairs
  }

  /// Sizes by what the files say of themselves; what they do not say is checked when they are decoded.
  static func checkSizes(
    _ pairs: [(name: String, a: String, b: String)], mask: MaskSource?
  ) throws {
    for (index, pair) in pairs.enumerated() {
      guard let size = try PictureFile.size(path: pair.a) else { continue }
      if let other = try PictureFile.size(path: pair.b), other != size {
        throw ProgramError(
          .dataError, "the two pictures have different sizes", file: pair.b,
          expected: "\(size.width) x \(size.height), as \(pair.a) has",
          found: "\(other.width) x \(other.height)", hint: "only pictures of one size are compared")
      }
      if let path = mask?.path(index), let other = try PictureFile.size(path: path), other != size {
        throw ProgramError(
          .dataError, "the mask has another size than the pictures", file: path,
          expected: "\(size.width) x \(size.height), as \(pair.a) has",
          found: "\(other.width) x \(other.height)")
      }
    }
  }

  /// The number of frames that two videos have in common.
  static func frames(
    _ a: VideoReader, _ b: VideoReader, _ reading: Reading, _ notes: inout [String]
  ) throws -> Int {
    guard (a.info.width, a.info.height) == (b.info.width, b.info.height) else {
      throw ProgramError(
        .dataError, "the two videos have different sizes", file: b.path,
        expected: "\(a.info.width) x \(a.info.height), as \(a.path) has",
        found: "\(b.info.width) x \(b.info.height)")
    }
    let counts = (
      try VideoReader.frameCount(path: a.path), try VideoReader.frameCount(path: b.path)
    )
    guard counts.0 > 0, counts.1 > 0 else {
      throw ProgramError(
        .dataError, "the video has no frame", file: counts.0 == 0 ? a.path : b.path)
    }
    if counts.0 != counts.1 {
      guard reading.isPartial else {
        throw ProgramError(
          .dataError, "the two videos have different numbers of frames", file: b.path,
          expected: "\(counts.0), as \(a.path) has", found: "\(counts.1)",
          hint: "`partial` compares the frames that both have")
      }
      notes.append(
        "\(counts.0) and \(counts.1) frames: the first \(min(counts.0, counts.1)) are compared")
    }
    if let one = a.info.frameRate, let other = b.info.frameRate, one != other {
      notes.append("\(one) and \(other) frames a second: frames are compared by their number")
    }
    return min(counts.0, counts.1)
  }
}
