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
  public init(count: Int) {
    precondition(count >= 0)
    self.count = count
    let bytes = (count * MemoryLayout<Element>.stride + 127) & ~63
    guard let raw = aligned_alloc(64, bytes) else {
      fatalError("out of memory: \(bytes) bytes")
    }
    pointer = raw.bindMemory(to: Element.self, capacity: max(count, 1))
  }

  /// Allocates `count` elements, each set to `value`.
  public init(count: Int, filledWith value: Element) {
    self.init(count: count)
    pointer.initialize(repeating: value, count: count)
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
