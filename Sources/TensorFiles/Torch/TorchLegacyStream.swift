/// Torch's old stream of tensors: five pickles (magic number, version, machine, object, keys), then
/// the elements of each key.
///
/// Tensors within plain pickles hold their storage as such a stream (`torch.storage
/// ._load_from_bytes`). Matches: torch's `_legacy_load`.
import Compute

/// Collects the storages that the object of a stream names.
private final class LegacyStorages: TorchStorageSource {
  private(set) var storages: [String: TorchStorage] = [:]

  func storage(key: String, scalarType: ScalarType, count: Int) throws -> TorchStorage {
    guard count >= 0, count < 1 << 42 else {
      throw ProgramError(.dataError, "a storage's size is not possible", found: "\(count)")
    }
    if let storage = storages[key] {
      guard storage.scalarType == scalarType, storage.count == count else {
        throw ProgramError(.dataError, "a storage is named in two ways", key: key.shortened())
      }
      return storage
    }
    let storage = TorchStorage(scalarType: scalarType, count: count)
    storages[key] = storage
    return storage
  }
}

/// Reads such a stream: the object, and where the elements of each storage lie.
struct TorchLegacyStream {
  let heap: PickleHeap
  /// How many loads of nested streams lead here.
  let level: Int

  static let magic = "119547037146038801333356"

  private func fail(_ what: String, expected: String? = nil, found: String? = nil) -> ProgramError {
    ProgramError(.dataError, what, expected: expected, found: found)
  }

  /// The object of a stream. elements: makes the elements of a storage, given their bytes' range.
  func read(
    _ raw: UnsafeRawBufferPointer, elements: (Range<Int>) -> TorchElements
  ) throws -> PickleItem {
    var position = 0
    let source = LegacyStorages()
    func next() throws -> PickleItem {
      var machine = PickleMachine(raw, from: position, heap: heap, level: level, storages: source)
      let item = try machine.run()
      position = machine.position
      return item
    }
    guard case .bigInteger(Self.magic)? = try heap.content(next()) else {
      throw fail(
        "the tensor's stream does not begin with torch's number", expected: Self.magic,
        found: raw.starts(with: [0x50, 0x4b]) ? "a zip archive" : "another")
    }
    guard case .int(1001) = try next() else {
      throw fail("the tensor's stream is of an unknown version", expected: "1001")
    }
    let machine = try next()
    if let order = try heap.entry("little_endian", of: machine), heap.integer(order) == 0 {
      throw fail("tensors of big-endian machines are not read")
    }
    let object = try next()
    guard let keys = heap.items(try next()) else {
      throw fail("the tensor's stream lacks its list of storages")
    }
    for item in keys {
      guard let key = heap.name(item) ?? heap.integer(item).map(String.init),
        let storage = source.storages[key], storage.elements == nil
      else { throw fail("the tensor's stream lists an unknown storage") }
      guard raw.count - position >= 8 else { throw fail("the tensor's stream ends early") }
      let count = Int64(littleEndian: raw.loadUnaligned(fromByteOffset: position, as: Int64.self))
      position += 8
      guard count == storage.count else {
        throw fail(
          "a storage's size is told in two ways", expected: "\(storage.count)", found: "\(count)")
      }
      let length = storage.count * storage.scalarType.size
      guard length <= raw.count - position else {
        throw fail(
          "the tensor's stream ends early", expected: "\(length) bytes",
          found: "\(raw.count - position)")
      }
      storage.elements = elements(position..<position + length)
      position += length
    }
    return object
  }
}

extension PickleMachine {
  /// Streams in streams in streams: torch writes one level.
  static let deepestStream = 2

  /// The object of a stream within a pickle, its storages filled.
  func loadTorch(_ bytes: [UInt8]) throws -> PickleItem {
    guard level < Self.deepestStream else { throw fail("streams of torch are nested too deeply") }
    // The same bytes may be loaded many times: time and memory count as often.
    try heap.charge(2 * bytes.count + 256)
    return try bytes.withUnsafeBytes { raw in
      try TorchLegacyStream(heap: heap, level: level + 1).read(raw) {
        TorchElements(.owned([UInt8](raw[$0])))
      }
    }
  }
}
