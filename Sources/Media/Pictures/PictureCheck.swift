// Whether a picture that is there already is the one that would be written.

import Compute

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension PNGFile {
  /// What the first and last bytes of a PNG file say of it.
  package struct Outline: Equatable {
    package var width: Int
    package var height: Int
    package var bitDepth: Int
    package var channels: Int

    package init(width: Int, height: Int, bitDepth: Int, channels: Int) {
      self.width = width
      self.height = height
      self.bitDepth = bitDepth
      self.channels = channels
    }
  }

  /// Looks whether a complete picture of an outline is at a path; reads its ends only.
  ///
  /// - Throws: `cannotCreate` for anything else that is there.
  package static func isPresent(_ outline: Outline, at path: String) throws -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return false }
      throw systemError(errno, "cannot be opened", path, .cannotCreate)
    }
    defer { close(descriptor) }
    func inTheWay(_ found: String) -> ProgramError {
      ProgramError(
        .cannotCreate, "something else has the name of a picture", file: path,
        expected: "a PNG picture of \(outline.width) x \(outline.height), "
          + "\(outline.channels) channels of \(outline.bitDepth) bits",
        found: found, hint: "remove it, or choose another name")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw inTheWay("no regular file")
    }
    var head = [UInt8](repeating: 0, count: 29)
    var tail = [UInt8](repeating: 0, count: 12)
    guard status.st_size >= 57, pread(descriptor, &head, 29, 0) == 29,
      pread(descriptor, &tail, 12, status.st_size - 12) == 12
    else { throw inTheWay("\(status.st_size) bytes") }
    let signature: [UInt8] = [137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82]
    guard head.starts(with: signature) else { throw inTheWay("no PNG picture") }
    // An empty chunk IEND and its check sum.
    guard tail == [0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130] else {
      throw inTheWay("a picture that is cut off")
    }
    func word(_ at: Int) -> Int { head[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
    let found = Outline(
      width: word(16), height: word(20), bitDepth: Int(head[24]),
      channels: [0: 1, 2: 3, 4: 2, 6: 4][Int(head[25])] ?? 0)
    guard found == outline else {
      throw inTheWay(
        "\(found.width) x \(found.height), \(found.channels) channels of \(found.bitDepth) bits")
    }
    return true
  }
}
