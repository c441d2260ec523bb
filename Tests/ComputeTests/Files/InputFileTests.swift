import Compute
import Foundation
import Testing

/// Files that are read are regular ones; anything else is named at once, without waiting.
@Suite struct InputFileTests {
  private static func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("input-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private static func error(_ path: String) -> ProgramError? {
    do {
      close(try InputFile.open(path).descriptor)
      return nil
    } catch { return error as? ProgramError }
  }

  @Test func otherThanRegularFilesAreNamed() throws {
    try Self.withFolder { folder in
      let pipe = folder + "/pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      let link = folder + "/link"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: pipe)
      let socketPath = folder + "/s"
      let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(socket) }
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socketPath.utf8) }
      let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      #expect(bound == 0)
      for (path, words) in [
        (pipe, "a FIFO (a pipe)"), (link, "a FIFO (a pipe)"), (folder, "a folder"),
        ("/dev/zero", "a device"), ("/dev/null", "a device"), (socketPath, "a socket"),
      ] {
        let error = Self.error(path)
        #expect(error?.code == .noInput && error?.file == path)
        #expect(error?.what == "is not a regular file" && error?.found == words, "\(path)")
      }
      #expect(InputFile.isFolder(folder) && !InputFile.isFolder(pipe))
    }
  }

  @Test func missingAndCutNames() throws {
    try Self.withFolder { folder in
      let missing = Self.error(folder + "/none")
      #expect(missing?.code == .noInput && missing?.hint == "check the path")
      try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/a"))
      // C would open "a".
      let cut = Self.error(folder + "/a\0b")
      #expect(cut?.code == .noInput && cut?.found == "a path with a NUL in it")
      #expect(!InputFile.isFolder(folder + "\0/x"))
    }
  }

  @Test func theBeginningOfAFile() throws {
    try Self.withFolder { folder in
      let path = folder + "/a"
      for count in [0, 1, 511, 512, 5000] {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(try InputFile.head(path) == Array(bytes.prefix(FileKind.headLength)))
        let (descriptor, size) = try InputFile.open(path)
        close(descriptor)
        #expect(size == count)
      }
    }
  }
}
