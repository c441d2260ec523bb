import Compute

/// torch's zip container: `NAME/data.pkl` describes the object, `NAME/data/KEY` holds the elements
/// of each storage.
///
/// Matches: torch's `_load` (files since torch 1.6). Stored entries stay in the mapped file;
/// `ZipArchive` has already compared sizes, offsets and overlaps with the file.
final class TorchArchive: TorchStorageSource {
  private let archive: ZipArchive
  private let entries: [String: ZipArchive.Entry]
  private let pickle: ZipArchive.Entry
  /// What the entries' names begin with, `NAME/`.
  private let prefix: String
  private var storages: [String: TorchStorage] = [:]

  static let pickleName = "data.pkl"
  /// Elements lie outside of the pickle: those of the largest networks have a few megabytes.
  static let longestPickle = 1 << 28

  private static func isPickle(_ entry: ZipArchive.Entry) -> Bool {
    let parts = entry.name.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 2 && parts[1] == pickleName
  }

  init(_ archive: ZipArchive) throws {
    self.archive = archive
    var entries: [String: ZipArchive.Entry] = [:]
    for entry in archive.entries {
      guard entries.updateValue(entry, forKey: entry.name) == nil else {
        throw ProgramError(
          .dataError, "two entries of the archive have one name", key: entry.name.shortened())
      }
    }
    let pickles = archive.entries.filter(Self.isPickle)
    guard let pickle = pickles.first, pickles.count == 1 else {
      throw ProgramError(
        .dataError, "this archive is not a PyTorch checkpoint", expected: "one NAME/data.pkl",
        found: pickles.isEmpty ? "none" : pickles.map(\.name).listed())
    }
    self.pickle = pickle
    self.entries = entries
    prefix = String(pickle.name.dropLast(Self.pickleName.count))
    if entries[prefix + "constants.pkl"] != nil {
      throw ProgramError(
        .dataError, "this is a TorchScript program, not a checkpoint",
        hint: "save the module's state_dict() with torch.save")
    }
  }

  /// The object of `data.pkl`; nothing of a storage is read yet.
  func read(_ makeHeap: (_ inputCount: Int) -> PickleHeap) throws -> (PickleHeap, PickleItem) {
    if let entry = entries[prefix + "byteorder"] {
      guard entry.size <= 16, let order = try? archive.content(entry),
        order == Array("little".utf8)
      else {
        throw ProgramError(
          .dataError, "the checkpoint's byte order is not read", key: entry.name,
          expected: "little")
      }
    }
    guard pickle.size <= Self.longestPickle else {
      throw ProgramError(
        .dataError, "the description of the checkpoint's tensors is too long", key: pickle.name,
        expected: "at most \(Self.longestPickle) bytes", found: "\(pickle.size)")
    }
    let content = try archive.content(pickle)
    return try content.withUnsafeBytes { bytes in
      let heap = makeHeap(bytes.count)
      var machine = PickleMachine(bytes, heap: heap, storages: self)
      return (heap, try machine.run())
    }
  }

  func storage(key: String, scalarType: ScalarType, count: Int) throws -> TorchStorage {
    if let storage = storages[key] {
      guard storage.scalarType == scalarType, storage.count == count else {
        throw ProgramError(.dataError, "a storage is named in two ways", key: key.shortened())
      }
      return storage
    }
    guard let entry = entries[prefix + "data/" + key] else {
      throw ProgramError(
        .dataError, "the archive lacks the elements of a storage",
        key: (prefix + "data/" + key).shortened())
    }
    let (size, overflow) = count.multipliedReportingOverflow(by: scalarType.size)
    guard count >= 0, !overflow, size == entry.size else {
      throw ProgramError(
        .dataError, "a storage's size contradicts its entry", key: entry.name.shortened(),
        expected: "\(count) elements of \(scalarType)", found: "\(entry.size) bytes")
    }
    let storage = TorchStorage(scalarType: scalarType, count: count)
    storage.elements = TorchElements(
      entry.method == 0
        ? .mapped(archive.file, entry.offset..<entry.offset + entry.size)
        : .deflated(archive, entry))
    storages[key] = storage
    return storage
  }
}
