// The weights of a 3 x 3 convolution in the order in which they are transformed.

import CSIMD
import Compute

/// Weights [group of blocks][stretch of channels][block of 16 outputs][channel][tap][16], with a scale and a
/// bias an output; floats, or halves of them.
final class CompactWeights: Sendable {
  let outputs: Int
  let channels: Int
  /// Floats, or half as many words of two halves.
  private let values: AlignedBuffer<Float>
  let areHalves: Bool
  private let scales: AlignedBuffer<Float>
  private let biases: AlignedBuffer<Float>

  /// Channels that are transformed at once.
  static let stretch = 64
  /// Blocks that a stretch of the input is multiplied with while it is in the cache.
  static let blocksPerGroup = 2
  /// Blocks that are transformed at once, side by side.
  static let blocksAtOnce = csimd_vector_bytes() == 64 ? 2 : 1
  /// Columns of a panel.
  static let panelWidth = 16 * blocksAtOnce
  /// Floats between the panels of two points; no power of two, or all points would fight for the same lines.
  static let pointStride = stretch * panelWidth + 16
  /// Floats of a transformed stretch.
  static let transformedCount = 36 * pointStride
  private static let kernelFloats = 9 * 16

  /// - Parameter areHalves: whether weights are rounded to half precision.
  init(
    _ weights: UnsafePointer<Float>, outputs: Int, channels: Int, scale: [Float]?, bias: [Float]?,
    areHalves: Bool, pool: WorkerPool?
  ) {
    self.outputs = outputs
    self.channels = channels
    self.areHalves = areHalves
    let blocks = (outputs + 15) / 16
    let count = blocks * channels * Self.kernelFloats
    values = AlignedBuffer(count: areHalves ? count / 2 : count)
    scales = AlignedBuffer(count: 16 * blocks, filledWith: 1)
    biases = AlignedBuffer(count: 16 * blocks, filledWith: 0)
    for output in 0..<outputs {
      if let scale { scales[output] = scale[output] }
      if let bias { biases[output] = bias[output] }
    }
    nonisolated(unsafe) let source = weights
    if let pool {
      pool.run(blocks) { block, _ in self.pack(source, block) }
    } else {
      for block in 0..<blocks { pack(source, block) }
    }
  }

  private func pack(_ source: UnsafePointer<Float>, _ block: Int) {
    let columns = min(16, outputs - 16 * block)
    let rows = AlignedBuffer<Float>(count: areHalves ? Self.stretch * Self.kernelFloats : 0)
    for stretch in 0..<stretches {
      let place = first(block, stretch)
      let target = areHalves ? rows.pointer : values.pointer + place
      transposeRows(
        source + (16 * block * channels + stretch * Self.stretch) * 9, stride: 9 * channels,
        rows: columns, depth: 9 * width(stretch), target, width: 16)
      guard areHalves else { continue }
      for index in stride(from: 0, to: width(stretch) * Self.kernelFloats, by: 16) {
        csimd_store_halves(halves + (place + index), load16(target + index))
      }
    }
  }

  private var halves: UnsafeMutablePointer<UInt16> {
    UnsafeMutableRawPointer(values.pointer).assumingMemoryBound(to: UInt16.self)
  }

  var blocks: Int { (outputs + 15) / 16 }
  var stretches: Int { (channels + Self.stretch - 1) / Self.stretch }
  func width(_ stretch: Int) -> Int { min(Self.stretch, channels - stretch * Self.stretch) }

  var factors: OutputFactors {
    OutputFactors(scale: UnsafePointer(scales.pointer), bias: UnsafePointer(biases.pointer))
  }

  /// The first of a stretch's numbers.
  private func first(_ block: Int, _ stretch: Int) -> Int {
    let first = block / Self.blocksPerGroup * Self.blocksPerGroup
    let inGroup = min(Self.blocksPerGroup, blocks - first)
    let before =
      first * channels + inGroup * stretch * Self.stretch + (block - first) * width(stretch)
    return before * Self.kernelFloats
  }

  /// Asks for a part of as many kernels as some blocks of a stretch have, behind those of its last.
  @inline(__always)
  func prefetchNext(_ blocks: Range<Int>, _ stretch: Int, part: Int, of parts: Int) {
    let size = areHalves ? 2 : 4
    let bytes = width(stretch) * Self.kernelFloats * size
    let last = blocks.upperBound - 1
    let next = Int(bitPattern: values.pointer) + first(last, stretch) * size + bytes
    let all = bytes * blocks.count
    prefetch(next + part * all / parts, all / parts)
  }

  /// Writes the transforms G w G^T of a stretch: [point][channel][panelWidth], of which the block's sixteen.
  func transform(_ block: Int, _ stretch: Int, into panels: UnsafeMutablePointer<Float>) {
    let first = first(block, stretch)
    if areHalves {
      let halves = UnsafePointer(halves + first)
      transform(width(stretch), panels) { index in
        csimd_load_halves(halves + index, halves + (index &+ 8))
      }
    } else {
      let floats = UnsafePointer(values.pointer + first)
      transform(width(stretch), panels) { index in load16(floats + index) }
    }
  }

  @inline(__always)
  private func transform(
    _ width: Int, _ panels: UnsafeMutablePointer<Float>, _ load: (Int) -> SIMD16<Float>
  ) {
    @inline(__always)
    func column(_ place: Int) -> KernelLine {
      KernelLine(load(place), load(place &+ 48), load(place &+ 96))
    }
    @inline(__always)
    func writeRow(
      _ a: SIMD16<Float>, _ b: SIMD16<Float>, _ c: SIMD16<Float>,
      _ place: UnsafeMutablePointer<Float>
    ) {
      let line = KernelLine(a, b, c)
      store16(line.u0, place)
      store16(line.u1, place + Self.pointStride)
      store16(line.u2, place + 2 &* Self.pointStride)
      store16(line.u3, place + 3 &* Self.pointStride)
      store16(line.u4, place + 4 &* Self.pointStride)
      store16(line.u5, place + 5 &* Self.pointStride)
    }
    var first = 0
    var target = panels
    for _ in 0..<width {
      let (a, b, c) = (column(first), column(first &+ 16), column(first &+ 32))
      writeRow(a.u0, b.u0, c.u0, target)
      writeRow(a.u1, b.u1, c.u1, target + 6 &* Self.pointStride)
      writeRow(a.u2, b.u2, c.u2, target + 12 &* Self.pointStride)
      writeRow(a.u3, b.u3, c.u3, target + 18 &* Self.pointStride)
      writeRow(a.u4, b.u4, c.u4, target + 24 &* Self.pointStride)
      writeRow(a.u5, b.u5, c.u5, target + 30 &* Self.pointStride)
      first &+= Self.kernelFloats
      target += Self.panelWidth
    }
  }
}

/// F(4, 3)'s transform of three taps, with the points 0, 1, -1, 2, -2 and infinity.
private struct KernelLine {
  var u0: SIMD16<Float>
  var u1: SIMD16<Float>
  var u2: SIMD16<Float>
  var u3: SIMD16<Float>
  var u4: SIMD16<Float>
  var u5: SIMD16<Float>

  @inline(__always)
  init(_ g0: SIMD16<Float>, _ g1: SIMD16<Float>, _ g2: SIMD16<Float>) {
    u0 = g0 * SIMD16<Float>(repeating: 0.25)
    let even = (g0 + g2) * SIMD16<Float>(repeating: -1 / 6)
    let odd = g1 * SIMD16<Float>(repeating: -1 / 6)
    u1 = even + odd
    u2 = even - odd
    let farEven = multiplyAdd(
      SIMD16<Float>(repeating: 1 / 6), g2, g0 * SIMD16<Float>(repeating: 1 / 24))
    let farOdd = g1 * SIMD16<Float>(repeating: 1 / 12)
    u3 = farEven + farOdd
    u4 = farEven - farOdd
    u5 = g2
  }
}
