import Compute
import Foundation

/// A `.safetensors` file, memory-mapped: named tensors and a dictionary of texts.
///
/// Source: the format's description (eight bytes of header length, a JSON header, the data). Offsets
/// are checked against the file, shapes and each other before anything is used. Errors name the file
/// and the tensor.
public final class SafetensorsFile: Sendable {
  public let path: String
  /// The header's `__metadata__`.
  public let metadata: [String: String]
  /// Names of the tensors, sorted.
  public let names: [String]

  private struct Entry {
    let scalarType: ScalarType
    let shape: [Int]
    let offset: Int
  }

  private let file: MappedFile
  private let entries: [String: Entry]

  /// The format allows 100 MB; a tensor takes about a hundred bytes, so that this is room for 300,000.
  static let longestHeader = 1 << 25

  static let types: [(String, ScalarType)] = [
    ("BOOL", .bool), ("I8", .int8), ("U8", .uint8), ("I16", .int16), ("U16", .uint16),
    ("I32", .int32), ("U32", .uint32), ("I64", .int64), ("U64", .uint64), ("F16", .float16),
    ("BF16", .bfloat16), ("F32", .float32), ("F64", .float64),
  ]

  public init(path: String) throws {
    self.path = path
    file = try MappedFile(path: path)
    func fail(
      _ what: String, key: String? = nil, expected: String? = nil, found: String? = nil
    ) -> ProgramError {
      ProgramError(.dataError, what, file: path, key: key, expected: expected, found: found)
    }
    let bytes = file.bytes
    guard bytes.count >= 8 else {
      throw ProgramError.otherKind(
        "this is not a safetensors file", path: path, expected: "a safetensors file")
    }
    let length = bytes.loadUnaligned(as: UInt64.self)
    guard length <= UInt64(Self.longestHeader), Int(length) <= bytes.count - 8 else {
      if FileKind(head: bytes.prefix(FileKind.headLength)) == .safetensors {
        throw fail(
          "the file is cut off", expected: "a header of at most \(bytes.count - 8) bytes",
          found: "\(length)")
      }
      throw ProgramError.otherKind(
        "this is not a safetensors file", path: path, expected: "a safetensors file")
    }
    let start = 8 + Int(length)
    let text = Data(bytes[8..<start])
    guard String(validating: text, as: UTF8.self) != nil else {
      throw fail("the header holds bytes that are not UTF-8")
    }
    guard text.first == UInt8(ascii: "{"),
      let object = try? JSONSerialization.jsonObject(with: text) as? [String: Any]
    else { throw fail("the header is not a JSON object") }
    if let key = JSONKeys.firstDuplicate(in: text) {
      throw fail(
        "the header has a key twice", key: key.shortened(), expected: "each name once",
        found: "two entries")
    }
    var metadata: [String: String] = [:]
    var entries: [String: Entry] = [:]
    var ranges: [(Range<Int>, String)] = []
    for (name, value) in object {
      if name == "__metadata__" {
        guard let entries = value as? [String: Any] else {
          throw fail("the metadata is not a dictionary of texts", key: name)
        }
        for (key, value) in entries {
          guard let text = value as? String else {
            throw fail(
              "an entry of the metadata is not a text", key: "\(name).\(key.shortened())",
              expected: "a text in quotes")
          }
          metadata[key] = text
        }
        continue
      }
      let shown = name.shortened()
      guard let fields = value as? [String: Any], let type = fields["dtype"] as? String,
        let shape = fields["shape"] as? [Int], let offsets = fields["data_offsets"] as? [Int],
        offsets.count == 2, shape.count <= 64, shape.allSatisfy({ $0 >= 0 })
      else { throw fail("the tensor's description lacks dtype, shape or data_offsets", key: shown) }
      guard let scalarType = Self.types.first(where: { $0.0 == type })?.1 else {
        throw fail(
          "the tensor's type is not known", key: shown,
          expected: Self.types.map(\.0).joined(separator: ", "), found: type.shortened(to: 80))
      }
      var size = scalarType.size
      for extent in shape {
        let (product, overflow) = size.multipliedReportingOverflow(by: extent)
        guard !overflow else { throw fail("the shape is too large", key: shown, found: "\(shape)") }
        size = product
      }
      guard offsets[0] >= 0, offsets[1] >= offsets[0], offsets[1] <= bytes.count - start else {
        throw fail(
          "the tensor reaches beyond the end of the file", key: shown,
          expected: "offsets up to \(bytes.count - start)", found: "\(offsets)")
      }
      guard offsets[1] - offsets[0] == size else {
        throw fail(
          "the tensor's size contradicts its shape \(shape)", key: shown,
          expected: "\(size) bytes", found: "\(offsets[1] - offsets[0])")
      }
      entries[name] = Entry(scalarType: scalarType, shape: shape, offset: start + offsets[0])
      if size > 0 { ranges.append((offsets[0]..<offsets[1], name)) }
    }
    ranges.sort { $0.0.lowerBound < $1.0.lowerBound }
    var end = 0
    for (range, name) in ranges {
      guard range.lowerBound >= end else {
        throw fail("the tensor overlaps another one", key: name.shortened())
      }
      // The format wants every byte to belong to a tensor: nothing is hidden in between.
      guard range.lowerBound == end else {
        throw fail(
          "bytes before the tensor belong to none", key: name.shortened(),
          expected: "offset \(end)", found: "\(range.lowerBound)")
      }
      end = range.upperBound
    }
    guard end == bytes.count - start else {
      throw fail(
        "bytes behind the last tensor belong to none", expected: "\(end) bytes of data",
        found: "\(bytes.count - start)")
    }
    self.metadata = metadata
    self.entries = entries
    names = entries.keys.sorted()
  }

  public func contains(_ name: String) -> Bool { entries[name] != nil }

  /// Type and shape of a tensor.
  public func header(_ name: String) throws -> (scalarType: ScalarType, shape: [Int]) {
    let entry = try entry(name)
    return (entry.scalarType, entry.shape)
  }

  private func entry(_ name: String) throws -> Entry {
    guard let entry = entries[name] else {
      throw ProgramError(
        .dataError, "the tensor is missing", file: path, key: name.shortened(),
        found: names.isEmpty ? "a file without tensors" : names.listed())
    }
    return entry
  }

  /// A tensor; its bytes stay in the mapped file.
  public func tensor(_ name: String) throws -> TensorData {
    let entry = try entry(name)
    return TensorData(
      scalarType: entry.scalarType, shape: entry.shape, storage: .mapped(file),
      offset: entry.offset)
  }

  /// Gives the memory of the file's pages back, when what was read has been converted; tensors stay
  /// readable.
  public func releasePages() { file.release(file.bytes) }

  /// Writes tensors in the given order, beside `path` and renamed. The same input gives the same
  /// bytes; the data begins at a multiple of 64 bytes.
  ///
  /// - Parameter overwrite: whether a file of that name may be replaced.
  public static func write(
    _ tensors: [(String, TensorData)], metadata: [String: String] = [:], to path: String,
    overwrite: Bool = true
  ) throws {
    var object: [String: Any] = [:]
    if !metadata.isEmpty { object["__metadata__"] = metadata }
    var data: [UInt8] = []
    for (name, tensor) in tensors {
      guard let type = types.first(where: { $0.1 == tensor.scalarType })?.0 else {
        throw ProgramError(
          .dataError, "safetensors cannot hold this type", file: path, key: name,
          found: "\(tensor.scalarType)")
      }
      let start = data.count
      tensor.withUnsafeBytes { data.append(contentsOf: $0) }
      guard object[name] == nil else {
        throw ProgramError(.dataError, "two tensors have one name", file: path, key: name)
      }
      object[name] =
        [
          "dtype": type, "shape": tensor.shape, "data_offsets": [start, data.count],
        ] as [String: Any]
    }
    var header = [UInt8](
      try JSONSerialization.data(
        withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes]))
    header += [UInt8](repeating: UInt8(ascii: " "), count: (64 - (8 + header.count) % 64) % 64)
    var bytes = withUnsafeBytes(of: UInt64(header.count).littleEndian) { [UInt8]($0) }
    bytes += header
    bytes += data
    try OutputFile.write(bytes, to: path, overwrite: overwrite)
  }
}
