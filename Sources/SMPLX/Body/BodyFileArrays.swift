// What the loader of a body model needs of a file, whichever format it has.

import Compute
import TensorFiles

/// Named arrays of a file, read one at a time.
protocol BodyFileArrays {
  var path: String { get }
  func contains(_ name: String) -> Bool
  func shape(_ name: String) throws -> [Int]
  func tensor(_ name: String) throws -> TensorData
  /// Calls `body` with the floats of an array in C order, some whole groups of `group` floats at a
  /// time, without holding the array where the format allows it. The array's count is a multiple
  /// of `group` but for the last call, which gets the rest.
  func stream(
    _ name: String, group: Int, _ body: (UnsafeBufferPointer<Float>) throws -> Void) throws
}

extension BodyFileArrays {
  /// `stream` for formats whose arrays are there already: one group is converted at a time.
  func streamWhole(
    _ name: String, group: Int, _ body: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    let tensor = try tensor(name)
    switch tensor.scalarType {
    case .float32: try stream(tensor, of: Float.self, group: group, convert: { $0 }, body)
    case .float64: try stream(tensor, of: Double.self, group: group, convert: { Float($0) }, body)
    default:
      let floats = TensorData(shape: tensor.shape, floats: try tensor.floats())
      try stream(floats, of: Float.self, group: group, convert: { $0 }, body)
    }
  }

  private func stream<Element: BitwiseCopyable>(
    _ tensor: TensorData, of type: Element.Type, group: Int, convert: (Element) -> Float,
    _ body: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    let floats = AlignedBuffer<Float>(count: group)
    let total = tensor.count
    try tensor.withUnsafeBytes { bytes in
      for start in stride(from: 0, to: total, by: max(group, 1)) {
        let count = min(group, total - start)
        for index in 0..<count {
          floats.pointer[index] = convert(
            bytes.loadUnaligned(
              fromByteOffset: (start + index) * MemoryLayout<Element>.stride, as: Element.self))
        }
        try body(UnsafeBufferPointer(start: floats.pointer, count: count))
      }
    }
  }
}

/// A body file in numpy's .npz format.
struct NPZBodyArrays: BodyFileArrays {
  let file: NPZFile
  let path: String

  init(_ file: NPZFile) {
    path = file.path
    self.file = file
  }

  func contains(_ name: String) -> Bool { file.contains(name) }
  func shape(_ name: String) throws -> [Int] { try file.header(name).shape }
  func tensor(_ name: String) throws -> TensorData { try file.tensor(name) }

  func stream(
    _ name: String, group: Int, _ body: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    // Official files hold float32 or float64; anything else is rare and small enough.
    switch try file.header(name).scalarType {
    case .float32: try stream(name, of: Float.self, group: group, convert: { $0 }, body)
    case .float64: try stream(name, of: Double.self, group: group, convert: { Float($0) }, body)
    default: try streamWhole(name, group: group, body)
    }
  }

  private func stream<Element: BitwiseCopyable>(
    _ name: String, of type: Element.Type, group: Int, convert: (Element) -> Float,
    _ body: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    let floats = AlignedBuffer<Float>(count: group)
    let elements = AlignedBuffer<Element>(count: group)
    let staging = UnsafeMutableRawBufferPointer(
      start: elements.pointer, count: group * MemoryLayout<Element>.stride)
    var filled = 0
    func pass(_ byteCount: Int) throws {
      let count = byteCount / MemoryLayout<Element>.stride
      if let direct = elements.pointer as? UnsafeMutablePointer<Float> {
        return try body(UnsafeBufferPointer(start: direct, count: count))
      }
      for index in 0..<count { floats.pointer[index] = convert(elements.pointer[index]) }
      try body(UnsafeBufferPointer(start: floats.pointer, count: count))
    }
    // Chunks end anywhere, so whole groups are put together first.
    try file.stream(name, atOnce: true) { chunk in
      var rest = chunk
      while !rest.isEmpty {
        let count = min(rest.count, staging.count - filled)
        UnsafeMutableRawBufferPointer(rebasing: staging[filled..<filled + count])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest.prefix(count)))
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        filled += count
        if filled == staging.count {
          filled = 0
          try pass(staging.count)
        }
      }
    }
    if filled > 0 { try pass(filled) }
  }
}
