// An output that gets its name only when it is complete.

import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file written under a temporary name beside its destination and renamed by `commit`.
///
/// Whatever goes wrong before that, `discard` (or losing the last reference) removes it, so nothing
/// half-written is ever seen under the final name.
public final class PendingFile {
  /// The final name.
  public let path: String
  /// The name while it is written, in the same folder.
  public let temporaryPath: String
  /// The open file, for reading and writing.
  public let descriptor: Int32
  private let overwrite: Bool
  private var isOpen = true
  private var isPending: Bool

  /// Creates the temporary file.
  ///
  /// - Parameter overwrite: whether `commit` may replace a file of that name.
  /// - Throws: `cannotCreate` when the destination exists and may not be replaced, is not a regular
  ///   file, or its folder cannot be written to.
  public init(path: String, overwrite: Bool) throws {
    let destination = try PendingFile.checkDestination(path, overwrite: overwrite)
    let folder = destination.lastIndex(of: "/").map { destination[...$0] } ?? ""
    var descriptor: Int32 = -1
    var name = ""
    repeat {
      let serial = PendingFile.serial.wrappingAdd(1, ordering: .relaxed).oldValue
      name = "\(folder).avatar-\(getpid())-\(serial).tmp"
      descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    } while descriptor < 0 && (errno == EEXIST || errno == EINTR)
    guard descriptor >= 0 else {
      throw systemError(errno, "cannot be created", path, .cannotCreate)
    }
    self.path = destination
    self.overwrite = overwrite
    self.descriptor = descriptor
    temporaryPath = name
    isPending = true
  }

  /// A file whose bytes go to another descriptor and which cannot be committed: tests of full disks
  /// hand in /dev/full.
  package init(path: String, writingTo descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
    overwrite = false
    temporaryPath = path
    isPending = false
  }

  deinit { discard() }

  /// Writes a whole file and gives it its name.
  ///
  /// - Parameter overwrite: whether a file of that name may be replaced.
  public static func write(_ bytes: [UInt8], to path: String, overwrite: Bool) throws {
    let file = try PendingFile(path: path, overwrite: overwrite)
    defer { file.discard() }
    try bytes.withUnsafeBytes { try file.write($0) }
    try file.commit()
  }

  private static let serial = Atomic<Int>(0)

  /// - Throws: when a file of that name is in the way.
  /// - Returns: the path with a symbolic link followed, so that the link stays one.
  static func checkDestination(_ path: String, overwrite: Bool) throws -> String {
    guard !path.isEmpty else {
      throw ProgramError(.cannotCreate, "the output has an empty name")
    }
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return path }
      throw systemError(errno, "cannot be created", path, .cannotCreate)
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw ProgramError(
        .cannotCreate, "is a folder", file: path, expected: "the name of a file to write")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ProgramError(.cannotCreate, "exists and is not a regular file", file: path)
    }
    guard overwrite else { throw alreadyExists(path) }
    guard let resolved = realpath(path, nil) else {
      throw systemError(errno, "cannot be created", path, .cannotCreate)
    }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  package static func alreadyExists(_ path: String) -> ProgramError {
    ProgramError(
      .cannotCreate, "exists already", file: path, hint: "choose another name, or use --force")
  }

  /// Appends bytes.
  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    guard let base = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
      let put = systemWrite(descriptor, base + done, bytes.count - done)
      if put < 0 && errno == EINTR { continue }
      guard put > 0 else { throw systemError(errno, "cannot be written", path, .inputOutput) }
      done += put
    }
  }

  /// Closes the file and gives it its final name.
  public func commit() throws {
    guard isPending else { return }
    try closeDescriptor()
    try giveName(path, overwrite: overwrite)
  }

  /// Closes the file and gives it a name that says it is incomplete: `NAME.partial.EXTENSION`, or
  /// with a number when that is taken.
  ///
  /// - Returns: the name.
  public func commitPartial() throws -> String {
    try closeDescriptor()
    let nameStart = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    let dot = path[nameStart...].lastIndex(of: ".") ?? nameStart
    let extensionStart = dot > nameStart ? dot : path.endIndex
    func name(_ number: Int) -> String {
      let suffix = number == 1 ? "" : "-\(number)"
      return path[..<extensionStart] + ".partial\(suffix)" + path[extensionStart...]
    }
    var number = 1
    while access(name(number), F_OK) == 0 { number += 1 }
    try giveName(name(number), overwrite: false)
    return name(number)
  }

  private func closeDescriptor() throws {
    guard isOpen else { return }
    // close() is where some network file systems report a full disk.
    isOpen = false
    guard close(descriptor) == 0 else {
      let error = systemError(errno, "cannot be written", path, .inputOutput)
      discard()
      throw error
    }
  }

  private func giveName(_ target: String, overwrite: Bool) throws {
    // A link fails when the name is taken, also when somebody took it a moment ago; a file system
    // without hard links is left with looking first.
    if !overwrite {
      if link(temporaryPath, target) == 0 {
        discard()
        return
      }
      if errno == EEXIST || access(target, F_OK) == 0 {
        discard()
        throw PendingFile.alreadyExists(target)
      }
    }
    guard rename(temporaryPath, target) == 0 else {
      let error = systemError(errno, "cannot be created", target, .cannotCreate)
      discard()
      throw error
    }
    isPending = false
  }

  /// Removes the temporary file; does nothing after `commit`.
  public func discard() {
    if isOpen { close(descriptor) }
    isOpen = false
    if isPending { unlink(temporaryPath) }
    isPending = false
  }
}
