import AvatarCreation
import Compute
import Foundation

/// The files that are wanted of a person, and which of them are to be made.
///
/// What is there stays, unless it is to be made again: a second run with other wishes makes what is missing.
struct DinarOutputs {
  let avatar: String
  let sheet: String?
  let still: String?
  let turntable: String?
  let video: String?
  /// Where DINAR's own files go.
  let folder: String
  private let record: [String]
  private let force: Bool

  init(
    _ results: CreateDinar.Results, avatar: String, name: String, number: Int, force: Bool
  ) {
    let parts = PathParts(avatar)
    let base = parts.folder + parts.stem
    self.avatar = avatar
    sheet = results.noSheet ? nil : "\(base).sheet.png"
    still = results.still ? "\(base).png" : nil
    turntable = results.turntable ? "\(base).turntable.mp4" : nil
    video = results.video == nil ? nil : "\(base).mp4"
    folder = parts.folder.isEmpty ? "." : parts.folder
    record =
      results.like == nil
      ? [] : DinarRecord.paths(under: folder, name: name, number: number)
    self.force = force
  }

  func isMissing(_ path: String) -> Bool {
    force || !FileManager.default.fileExists(atPath: path)
  }

  var lacksRecord: Bool { record.contains(where: isMissing) }

  /// Whether something is missing that needs the texture, not the avatar alone.
  var needsTexture: Bool {
    lacksRecord || ([avatar] + [sheet].compactMap { $0 }).contains(where: isMissing)
  }

  var areFinished: Bool {
    !needsTexture && ![still, turntable, video].compactMap { $0 }.contains(where: isMissing)
  }
}
