import Compute

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Bringing an array's bytes from a file's layout into ours: native byte order and C order.
// The readers (NPY, Pickle) call these once sizes are checked.

/// Reverses the bytes of every `unit` (2, 4 or 8) of `bytes`; a rest shorter than a unit stays.
func swapByteOrder(_ bytes: inout [UInt8], unit: Int) {
  func swap<T: FixedWidthInteger>(_ raw: UnsafeMutableRawBufferPointer, as type: T.Type) {
    guard let base = raw.baseAddress else { return }
    for index in 0..<raw.count / MemoryLayout<T>.size {
      let address = base + index * MemoryLayout<T>.size
      address.storeBytes(of: address.loadUnaligned(as: type).byteSwapped, as: type)
    }
  }
  bytes.withUnsafeMutableBytes { raw in
    switch unit {
    case 2: swap(raw, as: UInt16.self)
    case 4: swap(raw, as: UInt32.self)
    case 8: swap(raw, as: UInt64.self)
    default: break
    }
  }
}

/// Fortran order to C order. bytes: product of `shape` elements of `size` bytes.
func cOrdered(_ bytes: [UInt8], shape: [Int], size: Int) -> [UInt8] {
  gathered(
    bytes, shape: shape, size: size,
    strides: shape.indices.map { shape[..<$0].reduce(1, *) }, offset: 0)
}

/// The elements of a strided view of an owned array; see below.
func gathered(
  _ bytes: [UInt8], shape: [Int], size: Int, strides: [Int], offset: Int
) -> [UInt8] {
  bytes.withUnsafeBytes {
    gathered($0, shape: shape, size: size, strides: strides, offset: offset)
  }
}

/// The elements of a strided view, in C order.
///
/// strides, offset: in elements of `size` bytes. Every element the view names must lie in `bytes`.
func gathered(
  _ source: UnsafeRawBufferPointer, shape: [Int], size: Int, strides: [Int], offset: Int
) -> [UInt8] {
  let count = shape.reduce(1, *)
  guard count > 0, size > 0 else { return [] }
  // The innermost axis is a loop of its own, the others count like an odometer.
  let inner = shape.last ?? 1
  let innerStride = (strides.last ?? 0) * size
  let outer = max(shape.count - 1, 0)
  return [UInt8](unsafeUninitializedCapacity: count * size) { buffer, initialized in
    initialized = count * size
    guard let from = source.baseAddress, let to = UnsafeMutableRawPointer(buffer.baseAddress)
    else { return }
    func copy<T: BitwiseCopyable>(_ type: T.Type, _ start: Int, _ target: Int) {
      for index in 0..<inner {
        let value = (from + start + index * innerStride).loadUnaligned(as: type)
        (to + target + index * size).storeBytes(of: value, as: type)
      }
    }
    var position = [Int](repeating: 0, count: outer)
    var start = offset * size
    for row in 0..<count / inner {
      let target = row * inner * size
      switch size {
      case 1: copy(UInt8.self, start, target)
      case 2: copy(UInt16.self, start, target)
      case 4: copy(UInt32.self, start, target)
      case 8: copy(UInt64.self, start, target)
      default:
        for index in 0..<inner {
          memcpy(to + target + index * size, from + start + index * innerStride, size)
        }
      }
      var axis = outer - 1
      while axis >= 0 {
        position[axis] += 1
        start += strides[axis] * size
        if position[axis] < shape[axis] { break }
        start -= strides[axis] * size * shape[axis]
        position[axis] = 0
        axis -= 1
      }
    }
  }
}

/// Throws when `bytes` cannot be had: an allocation that fails would end the program.
///
/// Sizes come from files, so a small file that claims (and may even deflate to) more than the
/// machine has must become an error. Small amounts are not asked about.
package func checkMemory(_ bytes: Int) throws {
  guard bytes >= 1 << 26 else { return }
  let pages = sysconf(Int32(_SC_PHYS_PAGES))
  let physical = pages > 0 ? pages * Int(getpagesize()) : Int.max
  // Asking shows the limit of the process (ulimit -v) too.
  let probe = bytes <= physical ? malloc(bytes) : nil
  guard probe != nil else {
    throw ProgramError(
      .osError, "there is not enough memory for the array", expected: "\(bytes) bytes",
      found: "\(physical) bytes of memory in the machine",
      hint: "the file may be damaged; otherwise use a machine with more memory")
  }
  free(probe)
}
