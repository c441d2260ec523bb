// An output that gets its name only when it is complete.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file written beside its destination, without a name or under a hidden one, and named by `commit`.
///
/// Whatever goes wrong before that, `discard` (or losing the last reference) removes it, so nothing
/// half-written is ever seen under the final name. A file that is replaced hands its permissions on;
/// a symbolic link stays one, its target is what is written.
public final class PendingFile {
  /// The final name.
  public let path: String
  /// The open file, for reading and writing.
  public let descriptor: Int32
  /// Opens the unfinished file in this process.
  public var temporaryPath: String { file?.path ?? path }
  private let folder: String
  private let overwrite: Bool
  private var isOpen = true
  /// Nil once it has its name, or is gone.
  private var file: TemporaryFile?

  /// Opens the unfinished file, and removes what killed processes left in its folder.
  ///
  /// - Parameter overwrite: whether `commit` may replace a file of that name.
  /// - Throws: `cannotCreate` when the destination exists and may not be replaced, is not a regular
  ///   file, or its folder cannot be written to.
  public convenience init(path: String, overwrite: Bool) throws {
    try self.init(path: path, overwrite: overwrite, named: false)
  }

  /// - Parameter named: with a hidden name, as on file systems that know no files without one.
  package init(path: String, overwrite: Bool, named: Bool) throws {
    let destination = try OutputDestination(path, overwrite: overwrite)
    let folder = PathParts(destination.path).folder
    Leftovers.sweep(folder)
    guard let file = TemporaryFile(in: folder, named: named) else {
      throw systemError(errno, "cannot be created", path, .cannotCreate)
    }
    destination.handOn(to: file.descriptor)
    self.path = destination.path
    self.folder = folder
    self.overwrite = overwrite
    self.file = file
    descriptor = file.descriptor
  }

  /// A file whose bytes go to another descriptor and which cannot be committed: tests of full disks
  /// hand in /dev/full.
  package init(path: String, writingTo descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
    folder = ""
    overwrite = false
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

  package static func alreadyExists(_ path: String) -> ProgramError {
    ProgramError(
      .cannotCreate, "exists already", file: path,
      hint: "choose another name, or allow it to be replaced")
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

  /// Replaces bytes that were written before; what is appended follows the others as ever.
  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    guard let base = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
      let put = pwrite(descriptor, base + done, bytes.count - done, off_t(offset + done))
      if put < 0 && errno == EINTR { continue }
      guard put > 0 else { throw systemError(errno, "cannot be written", path, .inputOutput) }
      done += put
    }
  }

  /// Gives the file its final name and closes it.
  ///
  /// - Parameter synchronized: after its content has reached the disk, so that a power failure leaves
  ///   the whole file or none. Costs milliseconds; writers of many files call
  ///   `synchronize(folder:)` once at their end instead.
  public func commit(synchronized: Bool = true) throws {
    guard file != nil else { return }
    try finish(synchronized: synchronized)
    try giveName(path, overwrite: overwrite, synchronized: synchronized)
  }

  /// Closes the file and gives it a name that says it is incomplete: `NAME.partial.EXTENSION`, or
  /// with a number when that is taken; NAME is cut where the file system has no room for it.
  ///
  /// - Returns: the name.
  public func commitPartial() throws -> String {
    try finish(synchronized: true)
    let parts = PathParts(path)
    let longest = pathconf(folder.isEmpty ? "." : folder, Int32(_PC_NAME_MAX))
    let room = longest > 0 ? longest : 255
    var number = 1
    while true {
      let suffix = ".partial\(number == 1 ? "" : "-\(number)")" + parts.pathExtension
      let name = folder + parts.stem.prefix(utf8: max(room - suffix.utf8.count, 1)) + suffix
      do {
        try giveName(name, overwrite: false, synchronized: true, keepsWhenTaken: true)
        return name
      } catch let error as ProgramError where error.what == Self.alreadyExists(name).what {
        number += 1
      }
    }
  }

  /// Waits until files that were committed in a folder have reached the disk.
  ///
  /// - Parameter folder: empty, or ending with a slash.
  public static func synchronize(folder: String) throws {
    guard let descriptor = openFolder(folder) else { return }
    defer { close(descriptor) }
    try checkSynchronized(syncFileSystem(descriptor), folder.isEmpty ? "." : folder)
  }

  private func finish(synchronized: Bool) throws {
    if synchronized {
      do {
        try Self.checkSynchronized(fsync(descriptor), path)
      } catch {
        discard()
        throw error
      }
    }
    // A file without a name would be gone with its descriptor.
    guard file?.name != nil, isOpen else { return }
    isOpen = false
    // close() is where some network file systems report a full disk.
    guard close(descriptor) == 0 else {
      let error = systemError(errno, "cannot be written", path, .inputOutput)
      discard()
      throw error
    }
  }

  private func giveName(
    _ target: String, overwrite: Bool, synchronized: Bool, keepsWhenTaken: Bool = false
  ) throws {
    // A link fails when the name is taken, also when somebody took it a moment ago; a file system
    // without hard links is left with looking first.
    if file?.link(to: target) == true {
      file?.unlinkName()
    } else if !overwrite && (errno == EEXIST || access(target, F_OK) == 0) {
      if !keepsWhenTaken { discard() }
      throw Self.alreadyExists(target)
    } else if file?.replace(target) != true {
      let error = systemError(errno, "cannot be created", target, .cannotCreate)
      discard()
      throw error
    }
    file = nil
    discard()
    if synchronized, let opened = Self.openFolder(folder) {
      // The content is on the disk; a folder that cannot be synchronized is no reason to say
      // otherwise.
      _ = fsync(opened)
      close(opened)
    }
  }

  /// Removes the unfinished file; does nothing after `commit`.
  public func discard() {
    file?.unlinkName()
    file = nil
    if isOpen { close(descriptor) }
    isOpen = false
  }

  private static func openFolder(_ folder: String) -> Int32? {
    let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    return descriptor >= 0 ? descriptor : nil
  }

  /// What cannot be synchronized at all (pipes, some network file systems) is no error.
  private static func checkSynchronized(_ status: Int32, _ path: String) throws {
    if status == 0 || [EINVAL, ENOSYS, EOPNOTSUPP, EROFS, EINTR].contains(errno) { return }
    throw systemError(errno, "cannot be written", path, .inputOutput)
  }
}
