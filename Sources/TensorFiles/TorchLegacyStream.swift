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
        throw ProgramError(.dataError, "a storage is named in two ways", key: key)
      }
      return storage
    }
    let storage = TorchStorage(scalarType: scalarType, count: count)
    storages[key] = storage
    return storage
  }
}

extension PickleMachine {
  static let torchMagic = "119547037146038801333356"
  /// Streams in streams in streams: torch writes one level.
  static let deepestStream = 2

  /// The object of a stream, its storages filled.
  func loadTorch(_ bytes: [UInt8]) throws -> PickleItem {
    guard level < Self.deepestStream else { throw fail("streams of torch are nested too deeply") }
    // The same bytes may be loaded many times: time and memory count as often.
    try heap.charge(2 * bytes.count + 256)
    return try bytes.withUnsafeBytes { raw in
      var position = 0
      let source = LegacyStorages()
      func next() throws -> PickleItem {
        var machine = PickleMachine(
          raw, from: position, heap: heap, level: level + 1, storages: source)
        let item = try machine.run()
        position = machine.position
        return item
      }
      guard case .bigInteger(Self.torchMagic)? = try heap.content(next()) else {
        throw fail(
          "the tensor's stream does not begin with torch's number", expected: Self.torchMagic,
          found: raw.starts(with: [0x50, 0x4b]) ? "a zip archive" : "another")
      }
      guard case .int(1001) = try next() else {
        throw fail("the tensor's stream is of an unknown version", expected: "1001")
      }
      let machine = try next()
      if let order = heap.entry("little_endian", of: machine), heap.integer(order) == 0 {
        throw fail("tensors of big-endian machines are not read")
      }
      let object = try next()
      guard let keys = heap.items(try next()) else {
        throw fail("the tensor's stream lacks its list of storages")
      }
      for item in keys {
        guard let key = heap.string(item) ?? heap.integer(item).map(String.init),
          let storage = source.storages[key], storage.bytes == nil
        else { throw fail("the tensor's stream lists an unknown storage") }
        guard raw.count - position >= 8 else { throw fail("the tensor's stream ends early") }
        let count = Int64(
          littleEndian: raw.loadUnaligned(fromByteOffset: position, as: Int64.self))
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
        storage.bytes = [UInt8](raw[position..<position + length])
        position += length
      }
      return object
    }
  }
}
