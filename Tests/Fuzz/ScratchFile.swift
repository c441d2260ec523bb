import Compute
import Foundation

/// The one file that readers of paths are given, overwritten for every mutation and kept open: the
/// library's way of writing waits for the disk each time.
struct ScratchFile: ~Copyable {
  let path: String
  private let descriptor: Int32

  init() throws {
    path =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("fuzz-readers-\(getpid()).bin").path
    descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    guard descriptor >= 0 else {
      throw ProgramError(.cannotCreate, "the scratch file cannot be created", file: path)
    }
  }

  func write(_ bytes: [UInt8]) throws {
    let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    guard written == bytes.count, ftruncate(descriptor, off_t(bytes.count)) == 0 else {
      throw ProgramError(.inputOutput, "the scratch file cannot be written", file: path)
    }
  }

  /// A run that fails does not come here: the file stays for the person who looks.
  deinit {
    close(descriptor)
    unlink(path)
  }
}
