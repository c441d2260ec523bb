import CMemory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Uninitialised memory for trivial elements, aligned to 64 bytes (a cache line, a 512-bit vector)
/// and followed by 64 readable bytes, so that a kernel may load a whole vector at the last element.
public struct AlignedBuffer<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  // Sendable because the memory is owned by one value; who shares `pointer` answers for it.
  public private(set) var pointer: UnsafeMutablePointer<Element>
  public private(set) var count: Int

  /// Allocates `count` elements; their values are undefined.
  ///
  /// Where the system refuses the memory the process ends as `MemoryExhaustion` says, like for Swift's
  /// own arrays. Where a file or an option decides the size, use the initialiser that throws.
  public init(count: Int) {
    precondition(count >= 0)
    let bytes = Self.byteCount(count)
    guard let pointer = Self.allocate(count, bytes) else {
      cmemory_exhausted(bytes)
    }
    self.pointer = pointer
    self.count = count
  }

  /// Allocates `count` elements, each set to `value`.
  public init(count: Int, filledWith value: Element) {
    self.init(count: count)
    pointer.initialize(repeating: value, count: count)
  }

  /// Allocates `count` elements; their values are undefined.
  ///
  /// - Parameter use: what the memory is for, for the error: "the network's layers".
  /// - Throws: `osError` when so much is not there, before the system runs out of it.
  public init(count: Int, for use: String) throws(ProgramError) {
    precondition(count >= 0)
    let bytes = Self.byteCount(count)
    try MemoryBudget.require(bytes, for: use)
    guard let pointer = Self.allocate(count, bytes) else {
      throw MemoryBudget.refusal(bytes, for: use)
    }
    self.pointer = pointer
    self.count = count
  }

  /// Whole cache lines with one more behind the last element; `Int.max` where that overflows.
  private static func byteCount(_ count: Int) -> Int {
    let size = MemoryBudget.product(count, MemoryLayout<Element>.stride)
    return size < Int.max - 128 ? (size + 127) & ~63 : .max
  }

  private static func allocate(_ count: Int, _ bytes: Int) -> UnsafeMutablePointer<Element>? {
    guard bytes < Int.max else { return nil }
    return cmemory_allocate(64, bytes)?.bindMemory(to: Element.self, capacity: max(count, 1))
  }

  /// Makes room for at least `count` elements. The old content is lost when it has to grow.
  public mutating func reserve(_ count: Int) {
    if count > self.count { self = AlignedBuffer(count: count + count / 4) }
  }

  @inline(__always)
  public subscript(index: Int) -> Element {
    get { pointer[index] }
    nonmutating set { pointer[index] = newValue }
  }

  deinit { free(pointer) }
}
