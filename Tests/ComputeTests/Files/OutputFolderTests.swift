import Foundation
import Testing

@testable import Compute

@Suite(.serialized) struct OutputFolderTests {
  /// Folders that were made and hold nothing go; those that were there, and those that hold something, stay.
  @Test func whatStayedEmptyIsRemoved() throws {
    let base = FileManager.default.temporaryDirectory
      .appendingPathComponent("folders-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: base) }
    try FileManager.default.createDirectory(
      atPath: base + "/old", withIntermediateDirectories: true)
    for path in ["old", "old/", "new/deep/er/", "used/in", "other"] {
      try OutputFolder.create("\(base)/\(path)")
    }
    try Data("x".utf8).write(to: URL(fileURLWithPath: base + "/used/x"))
    OutputFolder.removeEmpty()
    let left = try FileManager.default.subpathsOfDirectory(atPath: base).sorted()
    #expect(left == ["old", "used", "used/x"])
    // Once and no more: others may have made them anew.
    try FileManager.default.createDirectory(
      atPath: base + "/other", withIntermediateDirectories: true)
    OutputFolder.removeEmpty()
    #expect(FileManager.default.fileExists(atPath: base + "/other"))
  }
}
