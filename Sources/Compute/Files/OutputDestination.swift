// The place where an output will be.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What is under an output's name before it is written.
struct OutputDestination {
  /// The path with symbolic links of its last part followed, so that a link stays one.
  let path: String
  /// Owner and permissions of the file that is replaced; nil when there is none.
  private var replaced: (owner: uid_t, group: gid_t, mode: mode_t)?

  /// - Throws: `cannotCreate` when something is in the way.
  init(_ path: String, overwrite: Bool) throws {
    guard !path.isEmpty else {
      throw ProgramError(.cannotCreate, "the output has an empty name")
    }
    // The system would write under the name before it.
    guard !path.utf8.contains(0) else {
      throw ProgramError(.cannotCreate, "the output's name has a NUL in it", file: path)
    }
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard errno == ENOENT || errno == ENOTDIR else {
        throw systemError(errno, "cannot be created", path, .cannotCreate)
      }
      self.path = try Self.targetOfLostLink(path, overwrite: overwrite)
      return
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw ProgramError(
        .cannotCreate, "is a folder", file: path, expected: "the name of a file to write")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ProgramError(.cannotCreate, "exists and is not a regular file", file: path)
    }
    guard overwrite else { throw PendingFile.alreadyExists(path) }
    guard let resolved = realpath(path, nil) else {
      throw systemError(errno, "cannot be created", path, .cannotCreate)
    }
    defer { free(resolved) }
    self.path = String(cString: resolved)
    replaced = (status.st_uid, status.st_gid, status.st_mode & 0o777)
  }

  /// The path itself, or where a symbolic link leads that leads to no file yet.
  private static func targetOfLostLink(_ path: String, overwrite: Bool) throws -> String {
    var target = path
    // As many as the system follows.
    for _ in 0..<40 {
      var status = stat()
      guard lstat(target, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return target }
      guard overwrite else {
        throw ProgramError(
          .cannotCreate, "is a symbolic link to a file that does not exist", file: path,
          hint: "choose another name, or allow it to be replaced: that file is written then")
      }
      var bytes = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
      let count = readlink(target, &bytes, bytes.count)
      guard count > 0, count < bytes.count else { break }
      let next = String(decoding: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
      target = next.utf8.first == UInt8(ascii: "/") ? next : PathParts(target).folder + next
    }
    throw systemError(ELOOP, "cannot be created", path, .cannotCreate)
  }

  /// Gives the new file the owner (where we may) and the permissions of the one it replaces.
  func handOn(to descriptor: Int32) {
    guard let replaced else { return }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return }
    var mode = replaced.mode
    let isOthers = status.st_uid != replaced.owner || status.st_gid != replaced.group
    if isOthers, fchown(descriptor, replaced.owner, replaced.group) != 0,
      status.st_gid != replaced.group,
      fchown(descriptor, status.st_uid, replaced.group) != 0
    {
      // What the old group might do is not for ours.
      mode &= 0o707
    }
    _ = fchmod(descriptor, mode)
  }
}
