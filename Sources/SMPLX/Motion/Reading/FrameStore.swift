/// Rows of floats of a motion, in memory while they are few and in an unlinked temporary file
/// when they are many, so that a long recording costs no more memory than a short one.
///
/// Written once, row after row, then read in any order and from any thread.
import Compute
import Foundation

/// `count` rows of `width` floats. Immutable once `finish` made it.
final class FrameStore: Sendable {
  /// Bytes a store may keep in memory. Larger ones go to a file and are read with `pread`, two
  /// rows a frame, which the page cache makes about as fast.
  static let memoryLimit = 24 << 20

  let count: Int
  let width: Int
  private let rows: [Float]
  /// -1 if the rows are in memory.
  private let descriptor: Int32

  var isInFile: Bool { descriptor >= 0 }
  var byteCount: Int { 4 * count * width }

  fileprivate init(count: Int, width: Int, rows: [Float], descriptor: Int32) {
    self.count = count
    self.width = width
    self.rows = rows
    self.descriptor = descriptor
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Copies row `index` to `row`.
  func read(_ index: Int, into row: UnsafeMutablePointer<Float>) throws {
    guard descriptor >= 0 else {
      rows.withUnsafeBufferPointer { rows in
        guard let base = rows.baseAddress else { return }
        row.update(from: base + index * width, count: width)
      }
      return
    }
    let size = 4 * width
    var done = 0
    while done < size {
      let got = pread(
        descriptor, UnsafeMutableRawPointer(row) + done, size - done, off_t(index * size + done))
      if got < 0, errno == EINTR { continue }
      guard got > 0 else {
        throw ProgramError(
          .inputOutput, "the temporary copy of a motion cannot be read",
          found: got < 0 ? String(cString: strerror(errno)) : "its end")
      }
      done += got
    }
  }

  /// Collects rows. Not for use from several threads.
  final class Writer {
    let width: Int
    private var rows: [Float] = []
    private var written = 0
    private var descriptor: Int32 = -1
    private let limit: Int

    /// `limit`: floats kept in memory before they are moved to a file.
    init(width: Int, limit: Int = FrameStore.memoryLimit / 4) {
      self.width = width
      self.limit = limit
    }

    deinit {
      if descriptor >= 0 { close(descriptor) }
    }

    /// Makes room for `count` floats at once, as far as they are kept in memory: growing takes every page twice.
    func reserve(_ count: Int) { rows.reserveCapacity(min(count, limit)) }

    /// Appends floats; rows need not be complete.
    func append(_ values: UnsafeBufferPointer<Float>) throws {
      rows.append(contentsOf: values)
      if rows.count > (descriptor >= 0 ? min(limit, 1 << 16) : limit) { try spill() }
    }

    /// The finished store, once; nil if the last row is incomplete.
    func finish() throws -> FrameStore? {
      let total = written + rows.count
      guard width > 0, total % width == 0 else { return nil }
      if descriptor >= 0 { try spill() }
      let store = FrameStore(
        count: total / width, width: width, rows: rows, descriptor: descriptor)
      descriptor = -1
      return store
    }

    private func spill() throws {
      if descriptor < 0 { descriptor = try Self.temporaryFile() }
      let file = descriptor
      try rows.withUnsafeBytes { bytes in
        var done = 0
        while done < bytes.count {
          let put = write(file, bytes.baseAddress.map { $0 + done }, bytes.count - done)
          if put < 0, errno == EINTR { continue }
          guard put > 0 else {
            throw ProgramError(
              .inputOutput, "a long motion cannot be kept in a temporary file",
              file: NSTemporaryDirectory(), found: String(cString: strerror(errno)),
              hint: "set TMPDIR to a folder with more space")
          }
          done += put
        }
      }
      written += rows.count
      rows.removeAll(keepingCapacity: rows.capacity <= 1 << 17)
    }

    /// A file without a name: it is gone when it is closed, whatever happens to the program.
    private static func temporaryFile() throws -> Int32 {
      let folder = NSTemporaryDirectory()
      var name = Array((folder + (folder.hasSuffix("/") ? "" : "/") + "motion.XXXXXX").utf8CString)
      let file = mkstemp(&name)
      guard file >= 0 else {
        throw ProgramError(
          .cannotCreate, "a temporary file for a long motion cannot be made", file: folder,
          found: String(cString: strerror(errno)), hint: "set TMPDIR to a writable folder")
      }
      unlink(name)
      _ = fcntl(file, F_SETFD, FD_CLOEXEC)
      return file
    }
  }
}
