import Compute
import Foundation
import Testing

@testable import Media

@Suite struct PendingFileTests {
  private func write(_ text: String, to path: String, overwrite: Bool) throws {
    let file = try PendingFile(path: path, overwrite: overwrite)
    try Array(text.utf8).withUnsafeBytes { try file.write($0) }
    try file.commit()
  }

  @Test func appearsOnlyWhenCommitted() throws {
    let folder = try ScratchFolder()
    let path = folder.file("a")
    let file = try PendingFile(path: path, overwrite: false)
    try [UInt8(65)].withUnsafeBytes { try file.write($0) }
    #expect(!FileManager.default.fileExists(atPath: path))
    try file.commit()
    #expect(try folder.names() == ["a"])
    #expect(FileManager.default.contents(atPath: path) == Data([65]))
  }

  @Test func nothingStaysAfterDiscardOrLoss() throws {
    let folder = try ScratchFolder()
    let file = try PendingFile(path: folder.file("a"), overwrite: false)
    #expect(try folder.names().count == 1)
    file.discard()
    _ = try PendingFile(path: folder.file("b"), overwrite: false)
    #expect(try folder.names() == [])
  }

  @Test func overwritesOnlyWhenAsked() throws {
    let folder = try ScratchFolder()
    let path = folder.file("a")
    try write("one", to: path, overwrite: false)
    let error = thrownError { try write("two", to: path, overwrite: false) }
    #expect(error.code == .cannotCreate && error.what == "exists already" && error.file == path)
    #expect(FileManager.default.contents(atPath: path) == Data("one".utf8))
    try write("two", to: path, overwrite: true)
    #expect(FileManager.default.contents(atPath: path) == Data("two".utf8))
    // Taken while we were writing.
    let late = try PendingFile(path: folder.file("late"), overwrite: false)
    try write("theirs", to: folder.file("late"), overwrite: false)
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
