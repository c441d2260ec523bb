// What memory gives at most, measured: the share of it that a kernel reaches says how much is left.

import CSIMD
import Compute
import Synchronization

/// Bytes a second between memory and all workers of a pool, in units of 10^9: plain vector loads and
/// stores over buffers that no cache holds.
final class MemoryRoof: @unchecked Sendable {
  // Sendable: items of work write disjoint parts.

  /// What was measured at one moment.
  struct Rates {
    /// Bytes read and bytes written, together, while memory is copied.
    var copy: Double
    var read: Double

    /// The least milliseconds for bytes read and written. What is read beyond what is written goes at the
    /// rate of reading, all else at that of copying.
    func milliseconds(read bytesRead: Double, written: Double) -> Double {
      let surplus = max(0, bytesRead - written)
      return ((bytesRead + written - surplus) / copy + surplus / read) * 1e-6
    }
  }

  private static let bytes = 128 << 20
  private static let itemBytes = 1 << 20
  private let source = AlignedBuffer<Float>(count: bytes / 4, filledWith: 1)
  private let target = AlignedBuffer<Float>(count: bytes / 4, filledWith: 0)
  /// Keeps the sums of what is read.
  private let sink = Atomic<UInt32>(0)

  /// - Parameter timed: the milliseconds that work takes.
  func measure(_ pool: WorkerPool, _ timed: (() -> Void) -> Double) -> Rates {
    let (items, bytes) = (Self.bytes / Self.itemBytes, Double(Self.bytes))
    let copying = timed {
      pool.run(items) { item, _ in self.copy(item * Self.itemBytes / 4) }
    }
    let reading = timed {
      pool.run(items) { item, _ in self.read(item * Self.itemBytes / 4) }
    }
    return Rates(copy: 2 * bytes / copying * 1e-6, read: bytes / reading * 1e-6)
  }

  private func copy(_ first: Int) {
    let (from, to) = (
      UnsafeRawPointer(source.pointer + first), UnsafeMutableRawPointer(target.pointer + first)
    )
    for offset in stride(from: 0, to: Self.itemBytes, by: 64) {
      let value = (from + offset).loadUnaligned(as: SIMD16<Float>.self)
      (to + offset).storeBytes(of: value, as: SIMD16<Float>.self)
    }
  }

  private func read(_ first: Int) {
    let from = UnsafeRawPointer(source.pointer + first)
    @inline(__always)
    func load(_ offset: Int) -> SIMD16<Float> {
      (from + offset).loadUnaligned(as: SIMD16<Float>.self)
    }
    var (a, b) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
    var (c, d) = (a, b)
    for offset in stride(from: 0, to: Self.itemBytes, by: 256) {
      a += load(offset)
      b += load(offset + 64)
      c += load(offset + 128)
      d += load(offset + 192)
    }
    sink.wrappingAdd((a + b + c + d).sum().bitPattern, ordering: .relaxed)
  }
}
