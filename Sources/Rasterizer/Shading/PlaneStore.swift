import CSIMD

/// Stores of sixteen 32-bit samples into a plane.
enum PlaneStore {
  /// Pictures of at least this many samples do not fit the caches: their planes are written past
  /// them, which saves reading every line first.
  static let streamedSamples = 1 << 20

  @inline(__always)
  static func store<T: SIMDScalar>(
    _ value: SIMD16<T>, _ target: UnsafeMutablePointer<T>, _ count: Int, streams: Bool
  ) {
    let floats = unsafeBitCast(value, to: SIMD16<Float>.self)
    if count < 16 {
      target.withMemoryRebound(to: Float.self, capacity: count) {
        csimd_store_first_f32($0, floats, Int32(truncatingIfNeeded: count))
      }
    } else if streams && UInt(bitPattern: target) & 63 == 0 {
      target.withMemoryRebound(to: Float.self, capacity: 16) { csimd_stream_f32($0, floats) }
    } else {
      UnsafeMutableRawPointer(target).storeBytes(of: value, as: SIMD16<T>.self)
    }
  }
}
