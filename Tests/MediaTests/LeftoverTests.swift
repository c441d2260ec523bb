import Foundation
import Testing

@testable import Compute
@testable import Media

/// What killed processes left in a folder, and what only looks like it.
@Suite struct LeftoverTests {
  /// The number of a process that has ended.
  private static func endedProcess() throws -> pid_t {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/true")
    try process.run()
    process.waitUntilExit()
    return process.processIdentifier
  }

  private static func makeOld(_ path: String) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -2 * 86_400)], ofItemAtPath: path)
  }

  @Test func goesWithItsWriter() throws {
    let folder = try ScratchFolder()
    let ended = try Self.endedProcess()
    let host = TemporaryName.host
    let lost = [".avatar-\(host)-\(ended)-0.tmp", ".avatar-\(host)-\(ended)-1007.tmp"]
    // Earlier names.
    let lostBefore = ".avatar-\(ended)-3.tmp"
    let stay = [
      ".avatar-\(getpid())-3.tmp", ".avatar-00000000-\(ended)-0.tmp", ".avatar-\(ended).tmp",
      ".avatar-\(host)-\(ended)-0-0.tmp", ".avatar-\(host)-x-0.tmp", "avatar-\(ended)-0.tmp",
      ".avatar-\(host)-\(ended)-0.png", ".avatar-\(host)--1-0.tmp", ".avatar-.tmp",
    ]
    for name in lost + [lostBefore] + stay {
      try Data("x".utf8).write(to: URL(fileURLWithPath: folder.file(name)))
    }
    // Neither folders nor links are anybody's temporary files.
    let others = [".avatar-\(host)-\(ended)-5.tmp", ".avatar-\(host)-\(ended)-6.tmp"]
    try FileManager.default.createDirectory(
      atPath: folder.file(others[0]), withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(
      atPath: folder.file(others[1]), withDestinationPath: "avatar-\(ended)-0.tmp")
    // Any output into the folder removes them.
    try PendingFile.write([65], to: folder.file("a"), overwrite: false)
    #expect(try folder.names() == (["a"] + stay + others).sorted())
  }

  /// A lock says that the writer lives, whatever its number.
  @Test func aLockedFileStays() throws {
    let folder = try ScratchFolder()
    let path = folder.file(".avatar-\(TemporaryName.host)-\(try Self.endedProcess())-0.tmp")
    try Data("x".utf8).write(to: URL(fileURLWithPath: path))
    let descriptor = open(path, O_RDWR)
    try #require(descriptor >= 0 && flock(descriptor, LOCK_EX) == 0)
    Leftovers.remove(in: folder.path + "/")
    #expect(FileManager.default.fileExists(atPath: path))
    close(descriptor)
    Leftovers.remove(in: folder.path + "/")
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  /// Locks may not reach from host to host: theirs go after a day without a byte.
  @Test func anotherHostsFileStaysForADay() throws {
    let folder = try ScratchFolder()
    let path = folder.file(".avatar-0badcafe-\(getpid())-0.tmp")
    try Data("x".utf8).write(to: URL(fileURLWithPath: path))
    Leftovers.remove(in: folder.path + "/")
    #expect(FileManager.default.fileExists(atPath: path))
    try Self.makeOld(path)
    let descriptor = open(path, O_RDWR)
    try #require(descriptor >= 0 && flock(descriptor, LOCK_EX) == 0)
    Leftovers.remove(in: folder.path + "/")
    #expect(FileManager.default.fileExists(atPath: path))
    close(descriptor)
    Leftovers.remove(in: folder.path + "/")
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  /// Files that are being written are never taken for lost ones, also by this very process.
  @Test func ownFilesStay() throws {
    let folder = try ScratchFolder()
    let files = try (0..<20).map {
      try PendingFile(path: folder.file("\($0)"), overwrite: false, named: true)
    }
    Leftovers.remove(in: folder.path + "/")
    #expect(try folder.names().count == 20)
    for file in files { try file.commit() }
    #expect(try folder.names() == (0..<20).map { "\($0)" }.sorted())
  }

  /// More files at once than the table of a process has places, twice: places are given back.
  @Test func manyFilesAtOnce() throws {
    let folder = try ScratchFolder()
    for _ in 0..<2 {
      let files = try (0..<300).map {
        try PendingFile(path: folder.file("\($0)"), overwrite: true, named: true)
      }
      #expect(Set(files.map(\.temporaryPath)).count == 300)
      for file in files { file.discard() }
    }
    #expect(try folder.names() == [])
  }

  /// Somebody's file of the name that is next stays, and does not stop us.
  @Test func aTakenNameIsLeftAlone() throws {
    let folder = try ScratchFolder()
    let first = try PendingFile(path: folder.file("a"), overwrite: false, named: true)
    let name = first.temporaryPath
    first.discard()
    try Data("theirs".utf8).write(to: URL(fileURLWithPath: name))
    try PendingFile.write([65], to: folder.file("b"), overwrite: false)
    let second = try PendingFile(path: folder.file("a"), overwrite: false, named: true)
    try second.commit()
    #expect(FileManager.default.contents(atPath: name) == Data("theirs".utf8))
    #expect(try folder.names().contains("a"))
  }
}
