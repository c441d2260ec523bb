import Compute
import Foundation

/// What stands at the beginning of a `.safetensors` file: texts, and where each tensor lies.
struct SafetensorsHeader {
  struct Entry {
    let header: ArrayHeader
    /// From the beginning of the file.
    let offset: Int
  }

  private(set) var metadata: [String: String] = [:]
  private(set) var entries: [String: Entry] = [:]

  /// The format allows 100 MB; a tensor takes about a hundred bytes, so that this is room for 300,000.
  static let longest = 1 << 25

  static let types: [(String, ScalarType)] = [
    ("BOOL", .bool), ("I8", .int8), ("U8", .uint8), ("I16", .int16), ("U16", .uint16),
    ("I32", .int32), ("U32", .uint32), ("I64", .int64), ("U64", .uint64), ("F16", .float16),
    ("BF16", .bfloat16), ("F32", .float32), ("F64", .float64),
  ]

  /// - Throws: `dataError`, naming the file and the tensor.
  init(_ file: MappedFile) throws {
    let path = file.path
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
    guard length <= UInt64(Self.longest), Int(length) <= bytes.count - 8 else {
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
    var ranges: [(Range<Int>, String)] = []
    for (name, value) in object {
      if name == "__metadata__" {
        guard let texts = value as? [String: Any] else {
          throw fail("the metadata is not a dictionary of texts", key: name)
        }
        for (key, value) in texts {
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
      entries[name] = Entry(
        header: ArrayHeader(scalarType: scalarType, shape: shape), offset: start + offsets[0])
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
  }
}
