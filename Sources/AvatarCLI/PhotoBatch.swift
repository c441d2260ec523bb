import ArgumentParser
import Avatar
import AvatarCreation
import Compute
import Foundation
import Media

/// Photos and what is to be made of each: one file, or a folder of files named after the photos.
struct PhotoBatch {
  struct Item {
    let photo: String
    let output: String
  }

  /// What is left to do.
  private(set) var items: [Item]
  /// Photos whose output was there already.
  private(set) var finished = 0
  let isFolder: Bool

  /// - Parameters:
  ///   - photos: files, bundled names, and folders of files.
  ///   - output: a file whose name ends with `ending`, or a folder.
  ///   - force: makes again what is there.
  init(
    _ photos: [String], output: String, ending: String, force: Bool, assets: Assets
  ) throws {
    let files = try photos.flatMap { try Self.files($0, assets) }
    let parts = PathParts(output)
    let isFile = parts.pathExtension.lowercased() == ending
    if !isFile, !output.hasSuffix("/"), !InputFile.isFolder(output), !parts.pathExtension.isEmpty {
      throw ProgramError(
        .usage, "the output's kind is not known by its name", file: output,
        expected: "NAME\(ending) or a folder", hint: "a folder's name ends with a slash")
    }
    if isFile, files.count > 1 {
      throw ProgramError(
        .usage, "several photos do not fit one file", file: output,
        expected: "a folder for \(files.count) photos", hint: "-o people/")
    }
    isFolder = !isFile
    let folder = output.hasSuffix("/") ? output : output + "/"
    let all = files.map {
      Item(photo: $0, output: isFile ? output : "\(folder)\(PathParts($0).stem)\(ending)")
    }
    var owners: [String: Item] = [:]
    for item in all {
      if let other = owners.updateValue(item, forKey: FileName.folded(item.output)) {
        throw ProgramError(
          .usage, "two photos would make one file", file: item.output,
          found: "\(other.photo), \(item.photo)", hint: "give them two folders")
      }
    }
    let exists = { (path: String) in FileManager.default.fileExists(atPath: path) }
    if isFile, !force, exists(output) { throw PendingFile.alreadyExists(output) }
    items = all.filter { force || !exists($0.output) }
    finished = all.count - items.count
    if isFolder { try OutputFolder.create(output) }
    if let first = items.first { try OutputProbe.check(first.output) }
  }

  /// Calls `body` for each photo and goes on after failures, which are said at once.
  ///
  /// - Parameter body: gets the item and, with several, "2 of 5, " for progress.
  /// - Throws: the failure of a single photo; with several the status of the first one at the end.
  func forEach(quiet: Bool, _ body: (Item, _ place: String) throws -> Void) throws {
    if finished > 0, !quiet {
      Terminal.note("\(finished) of \(finished + items.count) photos are finished already")
    }
    guard isFolder, finished + items.count > 1 else {
      for item in items { try body(item, "") }
      return
    }
    var failures: [ProgramError] = []
    for (index, item) in items.enumerated() {
      do {
        try body(item, "\(index + 1) of \(items.count), ")
      } catch let error as ProgramError {
        if error.code == .interrupted { throw error }
        Terminal.error(AvatarCommand.named(error.inFile(item.photo)))
        failures.append(error)
      }
    }
    if let first = failures.first {
      if !quiet { Terminal.note("\(failures.count) of \(items.count) photos failed") }
      throw ExitCode(first.code.rawValue)
    }
  }

  /// The photos that an argument names: a file, a bundled one, or all of a folder.
  static func files(_ photo: String, _ assets: Assets) throws -> [String] {
    let path = try assets.resolve(photo, .photo)
    guard InputFile.isFolder(path) else { return [path] }
    let folder = path.hasSuffix("/") ? path : path + "/"
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path).sorted() else {
      throw ProgramError(
        .noInput, "the folder cannot be read", file: path, hint: "check its permissions")
    }
    let photos = names.filter { name in
      !name.hasPrefix(".") && StillFile.endings.contains { name.lowercased().hasSuffix($0) }
        && !InputFile.isFolder(folder + name)
    }
    guard !photos.isEmpty else {
      throw ProgramError(.noInput, "there is no photo in the folder", file: path)
    }
    return photos.map { folder + $0 }
  }
}
