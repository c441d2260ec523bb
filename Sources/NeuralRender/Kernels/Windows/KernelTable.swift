// Tables that kernels make once and read in their loops.

import Compute

/// Numbers that never change after they were made, aligned to 64 bytes; copies share them.
struct KernelTable<Element: BitwiseCopyable>: @unchecked Sendable {
  // Sendable: nothing writes after `init`.
  let pointer: UnsafePointer<Element>
  let count: Int
  /// Keeps the memory; the loops touch the pointer only.
  private let owner: Owner

  private final class Owner {
    let buffer: AlignedBuffer<Element>
    init(count: Int) { buffer = AlignedBuffer(count: count) }
  }

  /// A table whose elements `body` gives, in order.
  init(count: Int, _ body: (_ index: Int) -> Element) {
    owner = Owner(count: count)
    for index in 0..<count { (owner.buffer.pointer + index).initialize(to: body(index)) }
    pointer = UnsafePointer(owner.buffer.pointer)
    self.count = count
  }

  @inline(__always)
  subscript(index: Int) -> Element { pointer[index] }
}
