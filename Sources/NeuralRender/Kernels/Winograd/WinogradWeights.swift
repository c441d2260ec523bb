// The transformed weights of a Winograd convolution, packed for each point.

import Compute

/// Weights of every point, [point][block of 32 outputs][part][channel][32].
///
/// A kernel larger than a transform's taps is cut into parts, `splits` x `splits`, that follow each
/// other as segments. Behind the end of a cut kernel there are zeros; where that leaves nothing of a
/// part (the point at infinity takes the last tap alone) the part is left out.
final class WinogradWeights: Sendable {
  let splits: Int
  private let size: Int
  /// Points along an axis, from the first, that all parts have weights for.
  private let complete: Int
  private let points: [PackedWeights]
  private let addresses: AlignedBuffer<Int>
  /// Scale, bias and blocks, the same for all points.
  let outputs: PackedWeights

  /// - Parameters:
  ///   - weights: (outputs, channels, kernel, kernel), PyTorch's order.
  ///   - pool: shares out the transform.
  init(
    _ weights: UnsafePointer<Float>, outputs: Int, channels: Int, kernel: Int,
    transform: WinogradTransform, splits: Int, scale: [Float]?, bias: [Float]?, pool: WorkerPool?
  ) {
    let size = transform.size
    let complete = kernel < splits * transform.taps ? size - 1 : size
    func along(_ index: Int) -> Int { index < complete ? splits : 1 }
    let points = (0..<size * size).map { point in
      PackedWeights(
        outputs: outputs, depth: along(point / size) * along(point % size) * channels,
        scale: scale, bias: bias)
    }
    self.splits = splits
    self.size = size
    self.complete = splits > 1 ? complete : size
    self.points = points
    self.outputs = points[0]
    addresses = AlignedBuffer(count: size * size)
    for (point, packed) in points.enumerated() {
      addresses[point] = Int(bitPattern: packed.block(0))
    }
    let source = WeightSource(
      weights: weights, channels: channels, kernel: kernel, transform: transform, splits: splits,
      complete: self.complete)
    if let pool {
      pool.run(points[0].blocks) { block, _ in source.pack(block, into: points) }
    } else {
      for block in 0..<points[0].blocks { source.pack(block, into: points) }
    }
  }

  /// Parts that a point has weights for, down and across.
  @inline(__always)
  func parts(_ point: Int) -> (down: Int, across: Int) {
    (point / size < complete ? splits : 1, point % size < complete ? splits : 1)
  }

  /// The first block of a point; others follow 32 outputs * parts * channels floats apart.
  @inline(__always)
  func panel(_ point: Int) -> UnsafePointer<Float> {
    UnsafePointer(bitPattern: addresses[point]).unsafelyUnwrapped
  }
}

/// Kernels (outputs, channels, kernel, kernel) that are cut into splits x splits kernels and
/// transformed.
private struct WeightSource: @unchecked Sendable {
  // Sendable: read-only while weights are packed; blocks of outputs are written by one worker each.
  let weights: UnsafePointer<Float>
  let channels: Int
  let kernel: Int
  let transform: WinogradTransform
  let splits: Int
  let complete: Int

  /// Channels that are transposed at once.
  private static var channelsAtOnce: Int { 8 }

  /// Packs a block of 32 outputs; the cut kernels follow each other as segments.
  func pack(_ block: Int, into points: [PackedWeights]) {
    let size = transform.size
    let taps = kernel * kernel
    let width = points[0].width(block)
    let columns = points[0].columns(block)
    let rows = AlignedBuffer<Float>(count: Self.channelsAtOnce * taps * width)
    let half = AlignedBuffer<SIMD8<Double>>(count: size * transform.taps)
    let targets = AlignedBuffer<Int>(count: size * size)
    let first = weights + 32 * block * channels * taps
    for part in 0..<splits * splits {
      find(part, block, points, targets.pointer)
      let (y, x) = (part / splits * transform.taps, part % splits * transform.taps)
      var channel = 0
      while channel < channels {
        let count = min(Self.channelsAtOnce, channels - channel)
        transposeRows(
          first + channel * taps, stride: channels * taps, rows: columns, depth: count * taps,
          rows.pointer, width: width)
        for index in 0..<count {
          for output in stride(from: 0, to: width, by: 8) {
            transform.transform(
              rows.pointer + ((index * taps + y * kernel + x) * width + output),
              rows: min(transform.taps, kernel - y), columns: min(transform.taps, kernel - x),
              rowStride: kernel, width: width, half: half.pointer, targets.pointer,
              offset: (channel + index) * width + output)
          }
        }
        channel += count
      }
    }
  }

  /// The addresses of a part's first weight at each point; 0 where there is none.
  private func find(
    _ part: Int, _ block: Int, _ points: [PackedWeights], _ targets: UnsafeMutablePointer<Int>
  ) {
    let (down, across) = (part / splits, part % splits)
    for (point, packed) in points.enumerated() {
      let (i, j) = (point / transform.size, point % transform.size)
      let isThere = (down == 0 || i < complete) && (across == 0 || j < complete)
      let index = down * (j < complete ? splits : 1) + across
      targets[point] =
        isThere ? Int(bitPattern: packed.place(output: 32 * block, depth: index * channels)) : 0
    }
  }
}
