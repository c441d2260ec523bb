// Addresses of pixels, whatever they are made of: what a convolution's table is filled from.

/// Where the pixels of an image lie that a convolution reads, floats or bytes, channels last.
struct PixelSource {
  let base: Int
  let height: Int
  let width: Int
  let pixelBytes: Int
  let rowBytes: Int

  @inline(__always)
  init(_ map: FeatureMap) {
    base = Int(bitPattern: map.base)
    height = map.height
    width = map.width
    pixelBytes = 4 * map.pixelStride
    rowBytes = 4 * map.rowStride
  }

  @inline(__always)
  init(_ map: ByteMap) {
    base = Int(bitPattern: map.base)
    height = map.height
    width = map.width
    pixelBytes = map.pixelStride
    rowBytes = map.rowStride
  }

  @inline(__always)
  func address(_ y: Int, _ x: Int) -> Int { base &+ y &* rowBytes &+ x &* pixelBytes }
}

extension PixelGroup {
  /// Writes the addresses of the group's pixels, `offset` bytes on, to a row of a table. Slots behind
  /// the group's pixels hold addresses that must not be read or written.
  @inline(__always)
  func fill(_ row: UnsafeMutablePointer<Int>, _ source: PixelSource, offset: Int) {
    if isRun {
      let start = source.address(y(0), x(0)) &+ offset
      let raw = UnsafeMutableRawPointer(row)
      let low = SIMD8<Int>(repeating: start) &+ runLow &* SIMD8(repeating: source.pixelBytes)
      raw.storeBytes(of: low, as: SIMD8<Int>.self)
      raw.storeBytes(
        of: low &+ SIMD8(repeating: 8 &* source.pixelBytes), toByteOffset: 64, as: SIMD8<Int>.self)
    } else {
      for slot in 0..<count { row[slot] = source.address(y(slot), x(slot)) &+ offset }
    }
  }
}

private let runLow = SIMD8<Int>(0, 1, 2, 3, 4, 5, 6, 7)
