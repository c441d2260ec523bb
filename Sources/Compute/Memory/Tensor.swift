/// A dense array of floats in C order: a shape and storage aligned for vectors.
///
/// A value: copies share the storage until one of them is written. At the borders of a network
/// shapes are N x C x H x W. An empty shape is a scalar.
public struct Tensor: Sendable {
  public let shape: [Int]
  /// Number of elements.
  public let count: Int
  private var storage: Storage

  private final class Storage: @unchecked Sendable {
    // Sendable: floats are written by the one value that refers to them alone, or by nobody.
    let pointer: UnsafeMutablePointer<Float>
    /// What keeps the floats alive.
    private let owner: any AnyObject & Sendable
    /// Whether they may be written.
    let isOwn: Bool

    init(count: Int) {
      let memory = Memory(AlignedBuffer(count: count))
      (pointer, owner, isOwn) = (memory.buffer.pointer, memory, true)
    }

    init(viewing values: UnsafePointer<Float>, of owner: any AnyObject & Sendable) {
      pointer = UnsafeMutablePointer(mutating: values)
      (self.owner, isOwn) = (owner, false)
    }
  }

  private final class Memory: Sendable {
    let buffer: AlignedBuffer<Float>
    init(_ buffer: consuming AlignedBuffer<Float>) { self.buffer = buffer }
  }

  /// A tensor of one value; every extent must be at least 0.
  public init(shape: [Int], repeating value: Float = 0) {
    self.init(shape: shape) { $0.update(repeating: value) }
  }

  /// A tensor of the given elements in C order, as many as the shape has.
  public init(shape: [Int], _ elements: [Float]) {
    self.init(shape: shape) { buffer in
      precondition(elements.count == buffer.count, "\(elements.count) elements for \(shape)")
      _ = buffer.update(fromContentsOf: elements)
    }
  }

  /// A scalar.
  public init(_ value: Float) { self.init(shape: [], [value]) }

  /// A tensor whose elements `body` sets, every one of them: they begin undefined.
  public init<E: Error>(
    shape: [Int], initializingWith body: (UnsafeMutableBufferPointer<Float>) throws(E) -> Void
  ) throws(E) {
    precondition(shape.allSatisfy { $0 >= 0 })
    self.shape = shape
    count = MemoryBudget.product(shape)
    storage = Storage(count: count)
    try body(UnsafeMutableBufferPointer(start: storage.pointer, count: count))
  }

  /// A tensor of floats that lie elsewhere, which nobody writes.
  ///
  /// - Parameters:
  ///   - values: as many as the shape has, aligned to 64 bytes and followed by 64 readable bytes.
  ///   - owner: keeps them where they are as long as it lives.
  package init(
    shape: [Int], viewing values: UnsafePointer<Float>, of owner: any AnyObject & Sendable
  ) {
    precondition(Int(bitPattern: values) % 64 == 0 && shape.allSatisfy { $0 >= 0 })
    self.shape = shape
    count = MemoryBudget.product(shape)
    storage = Storage(viewing: values, of: owner)
  }

  /// The elements in C order.
  public var elements: [Float] { withUnsafeBuffer { [Float]($0) } }

  /// Calls `body` with the elements, aligned to 64 bytes and followed by 64 readable bytes.
  public func withUnsafeBuffer<R, E: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(E) -> R
  ) throws(E) -> R {
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeBufferPointer(start: storage.pointer, count: count))
  }

  /// Calls `body` with the elements for writing; the storage is copied first if it is shared.
  public mutating func withUnsafeMutableBuffer<R, E: Error>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws(E) -> R
  ) throws(E) -> R {
    if !storage.isOwn || !isKnownUniquelyReferenced(&storage) {
      let copy = Storage(count: count)
      copy.pointer.update(from: storage.pointer, count: count)
      storage = copy
    }
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeMutableBufferPointer(start: storage.pointer, count: count))
  }

  /// The element at a position in C order.
  public subscript(index: Int) -> Float {
    precondition(index >= 0 && index < count)
    return withUnsafeBuffer { $0[index] }
  }

  /// - Parameters:
  ///   - what: what holds the elements, for the error: "the texture".
  ///   - file: where they come from, and under what name there.
  ///   - least: the smallest value that is allowed, nil for any.
  /// - Throws: `dataError` with the position of the first element that is not finite or too small.
  public func checkFinite(
    _ what: String, file: String?, key: String?, least: Float? = nil
  ) throws {
    let position = withUnsafeBuffer { elements in
      // The largest magnitude's bits tell at once whether all are finite.
      var largest: UInt32 = 0
      for element in elements { largest = max(largest, element.bitPattern & 0x7fff_ffff) }
      let isFinite = largest < Float.infinity.bitPattern
      if isFinite, least == nil { return Int?.none }
      return elements.firstIndex { !$0.isFinite || $0 < least ?? -.infinity }
    }
    guard let position else { return }
    var (rest, place) = (position, [Int]())
    for extent in shape.reversed() {
      place.insert(rest % extent, at: 0)
      rest /= extent
    }
    let value = self[position]
    throw ProgramError(
      .dataError,
      value.isFinite
        ? "\(what) holds a number that is out of range"
        : "\(what) holds a number that is not finite", file: file, key: key,
      expected: least.map { "numbers of at least \($0)" } ?? "finite numbers",
      found: "\(value.isNaN ? "nan" : "\(value)") at \(place)")
  }

  /// The same elements under another shape of the same count.
  public func reshaped(_ shape: [Int]) -> Tensor {
    precondition(shape.reduce(1, *) == count, "\(self.shape) cannot become \(shape)")
    return Tensor(shape: shape, sharing: self)
  }

  private init(shape: [Int], sharing other: Tensor) {
    self.shape = shape
    count = other.count
    storage = other.storage
  }
}

extension Tensor: Equatable {
  /// Equal shapes and elements, as floating-point comparison has it (nan differs from itself).
  public static func == (one: Tensor, other: Tensor) -> Bool {
    one.shape == other.shape
      && one.withUnsafeBuffer { left in
        other.withUnsafeBuffer { right in left.elementsEqual(right) }
      }
  }
}
