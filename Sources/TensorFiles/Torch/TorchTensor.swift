import Compute

/// A tensor of a checkpoint: a strided view into elements that stay in the mapped file until they
/// are asked for.
///
/// Made by `TorchCheckpoint`, which has compared shape, strides and offset with the storage.
public struct TorchTensor: Sendable {
  public let scalarType: ScalarType
  public let shape: [Int]
  /// Distance of neighbours along each axis, in elements; 0 where the tensor was expanded.
  public let strides: [Int]
  /// Position of the first element in the storage, in elements.
  public let offset: Int
  let elements: TorchElements

  /// Number of elements.
  public var count: Int { shape.reduce(1, *) }
  /// Bytes of the elements written out.
  public var byteCount: Int { count * scalarType.size }

  /// Whether the elements lie one behind the other in C order.
  public var isContiguous: Bool {
    guard count > 0 else { return true }
    let axes = StridedAxes(shape: shape, strides: strides)
    return axes.shape.isEmpty || axes.strides == [1]
  }

  /// Whether two tensors look into the same storage.
  public func sharesStorage(with other: TorchTensor) -> Bool { elements === other.elements }

  /// The elements in C order: a view of the mapped file if they lie there so, else a copy.
  public func data() throws -> TensorData {
    let start = offset * scalarType.size
    if isContiguous, case .mapped(let file, let range) = elements.source {
      return TensorData(
        scalarType: scalarType, shape: shape, storage: .mapped(file),
        offset: range.lowerBound + start)
    }
    try checkMemory(byteCount)
    let bytes = try elements.withBytes {
      gathered($0, shape: shape, size: scalarType.size, strides: strides, offset: offset)
    }
    return TensorData(scalarType: scalarType, shape: shape, bytes: bytes)
  }

  /// Writes the elements as float32 in C order. target: `count` elements.
  ///
  /// - Throws: `ProgramError` for complex numbers, and for compressed entries that turn out damaged.
  public func convert(into target: UnsafeMutableBufferPointer<Float>) throws {
    precondition(target.count == count)
    guard count > 0, let to = target.baseAddress else { return }
    let axes = StridedAxes(shape: shape, strides: strides)
    try elements.withBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      let from = base + offset * scalarType.size
      func integers<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) {
        axes.forEach(from, to) { (value: T) in Float(value) }
      }
      switch scalarType {
      case .float32 where axes.shape.isEmpty || axes.strides == [1]:
        UnsafeMutableRawPointer(to).copyMemory(from: from, byteCount: 4 * count)
      case .float32: axes.forEach(from, to) { (value: Float) in value }
      case .float64: axes.forEach(from, to) { (value: Double) in Float(value) }
      case .float16: axes.forEach(from, to) { (value: UInt16) in floatOfHalf(value) }
      case .bfloat16:
        axes.forEach(from, to) { (value: UInt16) in Float(bitPattern: UInt32(value) << 16) }
      case .bool: axes.forEach(from, to) { (value: UInt8) in value != 0 ? 1 : 0 }
      case .int8: integers(Int8.self)
      case .uint8: integers(UInt8.self)
      case .int16: integers(Int16.self)
      case .uint16: integers(UInt16.self)
      case .int32: integers(Int32.self)
      case .uint32: integers(UInt32.self)
      case .int64: integers(Int64.self)
      case .uint64: integers(UInt64.self)
      case .complex64, .complex128, .unicode, .bytes:
        throw ProgramError(
          .dataError, "the tensor does not hold real numbers", expected: "a real type",
          found: "\(scalarType)")
      }
    }
  }
}

/// The axes of a view with those of extent 1 left out and neighbours joined where one stride covers
/// both, so that the loops are as long as they can be.
struct StridedAxes {
  private(set) var shape: [Int] = []
  private(set) var strides: [Int] = []

  init(shape: [Int], strides: [Int]) {
    for (extent, stride) in zip(shape, strides) where extent != 1 {
      // A product beyond Int is no stride that a storage has.
      if let last = self.strides.last,
        last == stride.multipliedReportingOverflow(by: extent).partialValue
      {
        self.shape[self.shape.count - 1] *= extent
        self.strides[self.strides.count - 1] = stride
      } else {
        self.shape.append(extent)
        self.strides.append(stride)
      }
    }
  }

  /// Calls `convert` with every element from `from` on and writes what it gives, in C order.
  @inline(__always)
  func forEach<T: BitwiseCopyable>(
    _ from: UnsafeRawPointer, _ to: UnsafeMutablePointer<Float>, _ convert: (T) -> Float
  ) {
    let inner = shape.last ?? 1
    let step = (strides.last ?? 0) * MemoryLayout<T>.size
    let outer = max(shape.count - 1, 0)
    var position = [Int](repeating: 0, count: outer)
    var (start, target) = (0, 0)
    let rows = shape.dropLast().reduce(1, *)
    for _ in 0..<rows {
      for index in 0..<inner {
        to[target + index] = convert((from + start + index * step).loadUnaligned(as: T.self))
      }
      target += inner
      var axis = outer - 1
      while axis >= 0 {
        position[axis] += 1
        start += strides[axis] * MemoryLayout<T>.size
        if position[axis] < shape[axis] { break }
        start -= strides[axis] * MemoryLayout<T>.size * shape[axis]
        position[axis] = 0
        axis -= 1
      }
    }
  }
}
