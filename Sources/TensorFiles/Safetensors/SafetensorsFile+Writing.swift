import Compute
import Foundation

extension SafetensorsFile {
  /// Writes tensors in the given order, beside `path` and renamed. The same input gives the same
  /// bytes; the data begins at a multiple of 64 bytes. Sources are asked for one chunk at a time.
  ///
  /// - Parameter overwrite: whether a file of that name may be replaced.
  /// - Throws: `dataError` for types that the format lacks and names that are used twice; what the
  ///   sources throw.
  public static func write(
    _ tensors: [(String, ArraySource)], metadata: [String: String] = [:], to path: String,
    overwrite: Bool = true
  ) throws {
    let header = try header(tensors, metadata, path)
    let file = try PendingFile(path: path, overwrite: overwrite)
    defer { file.discard() }
    try header.withUnsafeBytes { try file.write($0) }
    for (_, tensor) in tensors { try tensor.forEachPiece { try file.write($0) } }
    try file.commit()
  }

  public static func write(
    _ tensors: [(String, TensorData)], metadata: [String: String] = [:], to path: String,
    overwrite: Bool = true
  ) throws {
    try write(
      tensors.map { ($0, ArraySource($1)) }, metadata: metadata, to: path, overwrite: overwrite)
  }

  /// Everything before the data: the length, the JSON text, and spaces up to a multiple of 64 bytes.
  private static func header(
    _ tensors: [(String, ArraySource)], _ metadata: [String: String], _ path: String
  ) throws -> [UInt8] {
    var object: [String: Any] = [:]
    if !metadata.isEmpty { object["__metadata__"] = metadata }
    var end = 0
    for (name, tensor) in tensors {
      guard let type = SafetensorsHeader.types.first(where: { $0.1 == tensor.header.scalarType })?.0
      else {
        throw ProgramError(
          .dataError, "safetensors cannot hold this type", file: path, key: name,
          found: "\(tensor.header.scalarType)")
      }
      guard object[name] == nil else {
        throw ProgramError(.dataError, "two tensors have one name", file: path, key: name)
      }
      let start = end
      let overflow: Bool
      (end, overflow) = start.addingReportingOverflow(tensor.header.byteCount)
      guard !overflow else {
        throw ProgramError(
          .dataError, "the tensors are too large for a file", file: path, key: name)
      }
      object[name] =
        [
          "dtype": type, "shape": tensor.header.shape, "data_offsets": [start, end],
        ] as [String: Any]
    }
    var text = [UInt8](
      try JSONSerialization.data(
        withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes]))
    text += [UInt8](repeating: UInt8(ascii: " "), count: (64 - (8 + text.count) % 64) % 64)
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { [UInt8]($0) } + text
  }
}
