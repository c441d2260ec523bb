import Compute
import Synchronization

/// The elements of one storage of torch: a range of the mapped file, bytes of our own, or an entry
/// that somebody deflated, which is inflated when it is first asked for.
///
/// Shared by the tensors that look into it.
final class TorchElements: Sendable {
  enum Source: Sendable {
    case mapped(MappedFile, Range<Int>)
    case owned([UInt8])
    case deflated(ZipArchive, ZipArchive.Entry)
  }

  let source: Source
  private let inflated = Mutex<[UInt8]?>(nil)

  init(_ source: Source) { self.source = source }

  func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    switch source {
    case .mapped(let file, let range):
      return try withExtendedLifetime(file) {
        try body(UnsafeRawBufferPointer(rebasing: file.bytes[range]))
      }
    case .owned(let bytes): return try bytes.withUnsafeBytes(body)
    case .deflated(let archive, let entry):
      let bytes = try inflated.withLock { cached in
        if let cached { return cached }
        let bytes: [UInt8]
        do {
          bytes = try archive.content(entry)
        } catch let error as ProgramError {
          throw error.inFile(archive.file.path)
        }
        cached = bytes
        return bytes
      }
      return try bytes.withUnsafeBytes(body)
    }
  }
}
