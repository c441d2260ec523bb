import Foundation
import Testing

@testable import Compute
@testable import Media

@Suite struct PendingFileTests {
  private func write(_ text: String, to path: String, overwrite: Bool, named: Bool = false) throws {
    let file = try PendingFile(path: path, overwrite: overwrite, named: named)
    try Array(text.utf8).withUnsafeBytes { try file.write($0) }
    try file.commit()
  }

  /// - Parameter named: with a hidden name, as where the file system knows no files without one.
  @Test(arguments: [false, true]) func appearsOnlyWhenCommitted(named: Bool) throws {
    let folder = try ScratchFolder()
    let path = folder.file("a")
    let file = try PendingFile(path: path, overwrite: false, named: named)
    try [UInt8(65)].withUnsafeBytes { try file.write($0) }
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(FileManager.default.contents(atPath: file.temporaryPath) == Data([65]))
    try file.commit()
    #expect(try folder.names() == ["a"])
    #expect(FileManager.default.contents(atPath: path) == Data([65]))
  }

  @Test(arguments: [false, true]) func nothingStaysAfterDiscardOrLoss(named: Bool) throws {
    let folder = try ScratchFolder()
    let file = try PendingFile(path: folder.file("a"), overwrite: false, named: named)
    if named { #expect(try folder.names().count == 1) }
    file.discard()
    _ = try PendingFile(path: folder.file("b"), overwrite: false, named: named)
    #expect(try folder.names() == [])
  }

  @Test(arguments: [false, true]) func overwritesOnlyWhenAsked(named: Bool) throws {
    let folder = try ScratchFolder()
    let path = folder.file("a")
    try write("one", to: path, overwrite: false, named: named)
    let error = thrownError { try write("two", to: path, overwrite: false, named: named) }
    #expect(error.code == .cannotCreate && error.what == "exists already" && error.file == path)
    #expect(FileManager.default.contents(atPath: path) == Data("one".utf8))
    try write("two", to: path, overwrite: true, named: named)
    #expect(FileManager.default.contents(atPath: path) == Data("two".utf8))
    // Taken while we were writing.
    let late = try PendingFile(path: folder.file("late"), overwrite: false, named: named)
    try write("theirs", to: folder.file("late"), overwrite: false, named: named)
    #expect(thrownError { try late.commit() }.what == "exists already")
    #expect(FileManager.default.contents(atPath: folder.file("late")) == Data("theirs".utf8))
    #expect(try folder.names() == ["a", "late"])
  }

  @Test func aLinkStaysALink() throws {
    let folder = try ScratchFolder()
    try write("one", to: folder.file("real"), overwrite: false)
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("link"), withDestinationPath: folder.file("real"))
    try write("two", to: folder.file("link"), overwrite: true)
    #expect(FileManager.default.contents(atPath: folder.file("real")) == Data("two".utf8))
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("link"))
        == folder.file("real"))
  }

  /// A link to a file that is not there yet: that file is written, if links may be written through.
  @Test(arguments: [false, true]) func aLostLinkStaysALink(named: Bool) throws {
    let folder = try ScratchFolder()
    try FileManager.default.createDirectory(
      atPath: folder.file("deep"), withIntermediateDirectories: false)
    for (name, target) in [
      ("absolute", folder.file("a")), ("relative", "deep/b"), ("chain", "relative"),
    ] {
      try FileManager.default.createSymbolicLink(
        atPath: folder.file(name), withDestinationPath: target)
    }
    let refused = thrownError {
      try write("x", to: folder.file("chain"), overwrite: false, named: named)
    }
    #expect(refused.code == .cannotCreate && refused.what.contains("symbolic link"))
    try write("one", to: folder.file("absolute"), overwrite: true, named: named)
    try write("two", to: folder.file("chain"), overwrite: true, named: named)
    #expect(FileManager.default.contents(atPath: folder.file("a")) == Data("one".utf8))
    #expect(FileManager.default.contents(atPath: folder.file("deep/b")) == Data("two".utf8))
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("chain")) == "relative")
    #expect(try folder.names() == ["a", "absolute", "chain", "deep", "relative"])
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("loop"), withDestinationPath: "loop")
    #expect(
      thrownError { try write("x", to: folder.file("loop"), overwrite: true) }.code == .cannotCreate
    )
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("away"), withDestinationPath: "no/such/folder")
    let away = thrownError { try write("x", to: folder.file("away"), overwrite: true) }
    #expect(away.hint == "create the folder first")
  }

  @Test(arguments: [false, true], [0o600, 0o640, 0o755]) func permissionsAreHandedOn(
    named: Bool, mode: Int
  ) throws {
    let folder = try ScratchFolder()
    let path = folder.file("a")
    try write("one", to: path, overwrite: false, named: named)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    try write("two", to: path, overwrite: true, named: named)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == mode)
    #expect(FileManager.default.contents(atPath: path) == Data("two".utf8))
  }

  /// The incomplete output's name fits where the complete one's did.
  @Test(arguments: [false, true], ["x", "\u{4e16}"]) func longestNames(
    named: Bool, letter: String
  ) throws {
    let folder = try ScratchFolder()
    let stem = String(repeating: letter, count: (255 - 4) / letter.utf8.count)
    for suffix in [".partial.mp4", ".partial-2.mp4"] {
      let file = try PendingFile(
        path: folder.file(stem + ".mp4"), overwrite: false, named: named)
      let name = try file.commitPartial()
      #expect(name.hasPrefix(folder.file(letter)) && name.hasSuffix(suffix))
      #expect((name as NSString).lastPathComponent.utf8.count > 255 - 4)
      #expect(FileManager.default.fileExists(atPath: name))
    }
    #expect(try folder.names().count == 2)
    let tooLong = thrownError {
      _ = try PendingFile(path: folder.file(stem + "xxxxx.mp4"), overwrite: false, named: named)
    }
    #expect(tooLong.hint == "choose a shorter name")
    // Without an extension, with a dot in front: the name as a whole is the stem.
    let hidden = try PendingFile(path: folder.file(".mp4"), overwrite: false, named: named)
    #expect(try hidden.commitPartial() == folder.file(".mp4.partial"))
  }

  /// The system would end the name there.
  @Test func refusesNULInNames() throws {
    let folder = try ScratchFolder()
    let error = thrownError {
      _ = try PendingFile(path: folder.file("a\0b"), overwrite: true)
    }
    #expect(error.code == .cannotCreate && error.description.contains("a\\u{0}b"))
    #expect(try folder.names() == [])
  }

  @Test func refusesWhatIsNoFile() throws {
    let folder = try ScratchFolder()
    for overwrite in [false, true] {
      let device = thrownError { _ = try PendingFile(path: "/dev/null", overwrite: overwrite) }
      #expect(device.what == "exists and is not a regular file")
      let isFolder = thrownError { _ = try PendingFile(path: folder.path, overwrite: overwrite) }
      #expect(isFolder.what == "is a folder")
    }
    let lost = thrownError {
      _ = try PendingFile(path: folder.file("no/such/a"), overwrite: false)
    }
    #expect(lost.code == .cannotCreate && lost.hint == "create the folder first")
    try write("", to: folder.file("plain"), overwrite: false)
    let under = thrownError {
      _ = try PendingFile(path: folder.file("plain/a"), overwrite: false)
    }
    #expect(under.hint == "a part of the path is a file, not a folder")
    #expect(throws: ProgramError.self) { try PendingFile(path: "", overwrite: false) }
    // Not writable: /proc refuses new files from everybody, root too.
    let refused = thrownError { _ = try PendingFile(path: "/proc/avatar.png", overwrite: false) }
    #expect(refused.code == .cannotCreate && refused.file == "/proc/avatar.png")
  }

  @Test func fullDiskIsReported() throws {
    let descriptor = open("/dev/full", O_RDWR)
    try #require(descriptor >= 0)
    let file = PendingFile(path: "out.png", writingTo: descriptor)
    let error = thrownError { try [UInt8(1)].withUnsafeBytes { try file.write($0) } }
    #expect(error.code == .inputOutput && error.file == "out.png")
    #expect(error.found == "No space left on device")
    #expect(error.hint == "free some space, or write to another disk")
  }
}
