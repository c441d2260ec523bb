import Compute

/// Memory that several workers fill, each its own part.
final class Plane<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  // Sendable: whoever writes keeps to the chunk that it was given; between passes one thread works.
  private let buffer: AlignedBuffer<Element>
  let pointer: UnsafeMutablePointer<Element>
  let count: Int

  init(count: Int, filledWith value: Element) {
    buffer = AlignedBuffer(count: count, filledWith: value)
    pointer = buffer.pointer
    self.count = count
  }

  convenience init(_ values: [Element], orEmpty value: Element) {
    self.init(count: max(values.count, 1), filledWith: value)
    for (index, value) in values.enumerated() { pointer[index] = value }
  }

  @inline(__always)
  subscript(index: Int) -> Element {
    get { pointer[index] }
    set { pointer[index] = newValue }
  }
}

extension WorkerPool {
  /// Calls `body` with consecutive ranges of 0 ..< count, the last one shorter. Where they are cut does
  /// not depend on the number of threads.
  func inChunks(
    _ count: Int, of size: Int, _ body: @escaping @Sendable (_ range: Range<Int>) -> Void
  ) {
    run((count + size - 1) / size) { index, _ in
      body(index * size..<min((index + 1) * size, count))
    }
  }
}

/// 3 t^2 - 2 t^3 of x between a (0) and b (1); b may be the smaller one.
@inline(__always)
func smoothStep(_ x: Float, _ a: Float, _ b: Float) -> Float {
  let t = ((x - a) / (b - a)).limited(to: 0...1)
  return t * t * (3 - 2 * t)
}
