import Compute
import Media

/// Where the mask of each pair comes from.
enum MaskSource {
  /// One for all pairs.
  case picture(String)
  /// One for each pair.
  case pictures([String])
  /// A frame for each pair.
  case video(VideoReader)

  /// - Parameters:
  ///   - names: of the pairs, where pictures are compared; nil for the frames of videos.
  ///   - count: of the pairs.
  /// - Throws: when a pair has no mask, or there are not as many as frames.
  init(_ path: String, names: [String]?, count: Int) throws {
    switch try ComparedInput(path) {
    case .picture(let path): self = .picture(path)
    case .video(let path):
      let found = try VideoReader.frameCount(path: path)
      guard names == nil, found == count else {
        throw ProgramError(
          .dataError, "the mask is a video that does not fit what is compared", file: path,
          expected: names == nil ? "\(count) frames" : "a picture, or a folder of pictures",
          found: "\(found) frames")
      }
      self = .video(try VideoReader(path: path))
    case .folder(let path):
      let masks = try FolderPairing.pictures(in: path)
      let folder = FolderPairing.folder(path)
      let byStem = Dictionary(masks.map { (PathParts($0).stem, $0) }) { one, _ in one }
      let stems = (names ?? []).map { PathParts($0).stem }
      if stems.contains(where: { byStem[$0] != nil }) || masks.count != count {
        let missing = (names ?? []).filter { byStem[PathParts($0).stem] == nil }
        guard names != nil, missing.isEmpty else {
          throw ProgramError(
            .noInput, names == nil ? "there is not a mask for each frame" : "masks are missing",
            file: path, expected: names == nil ? "\(count) masks" : "a mask for each pair",
            found: names == nil
              ? "\(masks.count)" : "none for \(missing.listed(most: 5))")
        }
        self = .pictures(stems.compactMap { byStem[$0].map { folder + $0 } })
      } else {
        self = .pictures(masks.map { folder + $0 })
      }
    }
  }

  /// The mask's file of a pair; nil for frames of a video.
  func path(_ index: Int) -> String? {
    switch self {
    case .picture(let path): path
    case .pictures(let paths): paths[index]
    case .video: nil
    }
  }
}
