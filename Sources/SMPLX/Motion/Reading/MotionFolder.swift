import Compute
import Foundation
import TensorFiles

/// A folder of files of one motion, a frame each, or of several motions.
struct MotionFolder {
  let path: String

  /// Endings of files that are looked into: a folder may hold pictures and videos too.
  static let endings: Set<String> = ["npz", "npy", "pkl", "pickle", "json", "pt", "pth", "p"]
  static let mostFiles = 1 << 20
  /// Folders of frames that systems write beside their pictures.
  private static let inner = [
    "smplx_params", "smpl_params", "smplx", "smpl", "params", "keyframes",
  ]

  init(_ path: String) {
    let path = String(path.reversed().drop { $0 == "/" }.reversed())
    self.path = path.isEmpty ? "/" : path
  }

  /// nil for a folder without motions.
  ///
  /// - Throws: `noInput` for a folder that cannot be read, and for damaged files of it.
  func tree(_ coordinates: MotionCoordinates) throws -> MotionTree? {
    var folder = path
    var names = try files(folder)
    if names.isEmpty {
      for inner in Self.inner where InputFile.isFolder(path + "/" + inner) {
        folder = path + "/" + inner
        names = try files(folder)
        if !names.isEmpty { break }
      }
    }
    guard names.count <= Self.mostFiles else {
      throw ProgramError(
        .dataError, "the folder holds too many files", file: path,
        expected: "at most \(Self.mostFiles)", found: "\(names.count)")
    }
    // Opening, reading and looking through are work for all processors.
    let trees = try WorkerPool().map(names.count) { [folder, names, path] index in
      try ArrayFile.open(path: folder + "/" + names[index]).flatMap {
        MotionSearch(file: path, coordinates: coordinates).tree(of: $0)
      }
    }
    var children: [MotionTree.Child] = []
    var strangers: [String] = []
    for (name, tree) in zip(names, trees) {
      if let tree { children.append(.init(name: name, tree: tree)) } else { strangers.append(name) }
    }
    guard !children.isEmpty else { return nil }
    guard children.allSatisfy({ $0.tree.isSingleFrame }) else {
      return children.count == 1 ? children[0].tree : .sequences(children)
    }
    // A frame that is not understood must not shift those behind it; files of other names are others'.
    func pattern(_ name: String) -> String { name.filter { !($0.isASCII && $0.isNumber) } }
    if let stranger = strangers.first(where: { pattern($0) == pattern(children[0].name) }) {
      throw ProgramError(
        .dataError, "the frame has no pose, while others of its folder have one",
        file: folder + "/" + stranger, hint: "repair it, or take it out of the folder")
    }
    return FrameRun.tree(Self.persons(children), file: path)
  }

  private func files(_ folder: String) throws -> [String] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw ProgramError(
        .noInput, "the folder cannot be read", file: folder, hint: "check its permissions")
    }
    return names.filter { name in
      guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return false }
      return Self.endings.contains(name[name.index(after: dot)...].lowercased())
    }.sorted(by: FrameNames.precede)
  }

  /// SMPLer-X names files `FRAME_PERSON`: the persons of a frame are put together where there are several.
  private static func persons(_ children: [MotionTree.Child]) -> [MotionTree.Child] {
    let split = children.map { child -> (frame: Substring, person: Substring)? in
      let stem = child.name.prefix { $0 != "." }
      guard let line = stem.lastIndex(of: "_"), case .arrays = child.tree else { return nil }
      let (frame, person) = (stem[..<line], stem[stem.index(after: line)...])
      let areNumbers = [frame, person].allSatisfy { text in
        !text.isEmpty && text.allSatisfy { $0.isASCII && $0.isNumber }
      }
      return areNumbers ? (frame, person) : nil
    }
    guard split.allSatisfy({ $0 != nil }),
      Set(split.compactMap { $0?.person }).count < split.count,
      Set(split.compactMap { $0?.frame }).count < split.count
    else { return children }
    var frames: [(name: String, persons: [MotionTree.Child])] = []
    for (child, place) in zip(children, split) {
      guard let place else { continue }
      if frames.last?.name != String(place.frame) { frames.append((String(place.frame), [])) }
      frames[frames.count - 1].persons.append(.init(name: String(place.person), tree: child.tree))
    }
    return frames.map { .init(name: $0.name, tree: .persons($0.persons)) }
  }
}
