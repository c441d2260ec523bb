// Upsampling, filtering and downsampling in one: `UpFIRDown` without the zeros.

import CSIMD
import Compute

/// Rows of `UpFIRDown`: only the taps that meet samples are multiplied.
///
/// A kernel that is a product of a column and a row is applied in two passes: the samples that a row's
/// columns need are summed down the image into scratch, then across. Others are applied as a whole.
struct UpFIRDownKernel: Sendable {
  let channels: Int
  let vertical: PolyphaseAxis
  let horizontal: PolyphaseAxis
  private let passes: (column: PolyphaseTaps, row: PolyphaseTaps)?
  /// All rows of taps, used where there are no passes.
  let whole: PolyphaseTaps

  /// - Parameter kernel: `kernelHeight` rows of taps, as stored: a true convolution flips it.
  init(
    _ kernel: [Float], kernelHeight: Int, kernelWidth: Int, channels: Int,
    operation: UpFIRDown
  ) {
    precondition(channels > 0 && kernelHeight > 0 && kernelWidth > 0)
    precondition(kernel.count == kernelHeight * kernelWidth)
    func axis(_ taps: Int) -> PolyphaseAxis {
      PolyphaseAxis(
        up: operation.up, down: operation.down, before: operation.before, taps: taps)
    }
    self.channels = channels
    vertical = axis(kernelHeight)
    horizontal = axis(kernelWidth)
    let flipped = [Float](kernel.reversed())
    if let parts = SeparableTaps(flipped, rows: kernelHeight, columns: kernelWidth) {
      passes = (PolyphaseTaps(vertical, parts.column), PolyphaseTaps(horizontal, parts.row))
    } else {
      passes = nil
    }
    whole = PolyphaseTaps(horizontal, flipped)
  }

  /// Whether rows are computed in two passes.
  var isSeparable: Bool { passes != nil }

  /// Rows of the input that output row `y` reads, before the borders are looked at.
  func rowsRead(_ y: Int) -> Range<Int> { vertical.read(y) }
  func columnsRead(_ x: Int) -> Range<Int> { horizontal.read(x) }

  /// Half of a first-level cache.
  private static let scratchFloats = 4096
  /// Pixels of scratch that columns are summed into.
  private var scratchPixels: Int { max(horizontal.most + 1, Self.scratchFloats / channels) }

  /// Bytes of a worker's scratch, with a vector behind the last pixel.
  var scratchBytes: Int { isSeparable ? (scratchPixels * channels + 16) * 4 : 0 }

  /// Pixels `columns` of the output's row `y`.
  func row(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap,
    scratch: UnsafeMutableRawPointer
  ) {
    guard let passes else { return wholeRow(y, columns, source, target) }
    let sums = scratch.bindMemory(to: Float.self, capacity: scratchPixels * channels + 16)
    // Outputs whose samples surely fit.
    let most = (scratchPixels - horizontal.most - 1) * horizontal.up / horizontal.down + 1
    var x = columns.lowerBound
    while x < columns.upperBound {
      let end = min(x + most, columns.upperBound)
      let samples = horizontal.first(x).sample..<horizontal.read(end - 1).upperBound
      sumColumns(y, samples, source, passes.column, to: sums)
      sumRow(y, x..<end, limit: columns.upperBound, sums, passes.row, target)
      x = end
    }
  }

  /// The sums down the image of some columns, 0 beside the image.
  @inline(__always)
  private func sumColumns(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ column: PolyphaseTaps,
    to sums: UnsafeMutablePointer<Float>
  ) {
    let (sample, phase) = vertical.first(y)
    let first = max(sample, 0)
    let taps = max(min(sample + vertical.count(phase), source.height) - first, 0)
    let start = min(max(columns.lowerBound, 0), columns.upperBound)
    let end = max(min(columns.upperBound, source.width), start)
    let (left, right) = (start - columns.lowerBound, columns.upperBound - end)
    sums.update(repeating: 0, count: left * channels)
    let target = sums + left * channels
    let width = end - start
    // What lies behind is read in vectors, though not used.
    (target + width * channels).update(repeating: 0, count: right * channels + 16)
    guard taps > 0, width > 0 else {
      return target.update(repeating: 0, count: width * channels)
    }
    let weights = column.taps(phase) + (first - sample)
    let isPacked = source.pixelStride == channels
    let (runs, count) = isPacked ? (1, width * channels) : (width, channels)
    for run in 0..<runs {
      let from = UnsafePointer(source.pixel(first, start + run))
      let to = target + run * channels
      if count >= 16 {
        // Rows that the output row above has not read, some way ahead.
        let new = Int(bitPattern: from + max(0, taps &- vertical.down) &* source.rowStride)
        TapSum.run(count, from, stride: source.rowStride, weights, taps: taps, to) { index in
          var row = 0
          while row < vertical.down {
            let place = row &* source.rowStride &+ index
            csimd_prefetch_lines(new &+ 4 &* place &+ prefetchDistance, 4, 64)
            row &+= 1
          }
        }
      } else {
        var sum = SIMD16<Float>.zero
        for tap in 0..<taps {
          let value = loadFirst16(from + tap * source.rowStride, count)
          sum = multiplyAdd(value, SIMD16(repeating: weights[tap]), sum)
        }
        storeFirst16(sum, to, count)
      }
    }
  }

  /// The sums across of some pixels.
  ///
  /// - Parameter limit: the first column that must not be written.
  @inline(__always)
  private func sumRow(
    _ y: Int, _ columns: Range<Int>, limit: Int, _ sums: UnsafePointer<Float>,
    _ row: PolyphaseTaps, _ target: FeatureMap
  ) {
    let isPacked = target.pixelStride == channels
    let (begin, beginPhase) = horizontal.first(columns.lowerBound)
    if isPacked && horizontal.up == 1 && horizontal.down == 1 && columns.count * channels >= 16 {
      let to = target.pixel(y, columns.lowerBound)
      return TapSum.run(
        columns.count * channels, sums, stride: channels, row.taps(0), taps: horizontal.taps, to
      ) { index in
        csimd_prefetch_targets(Int(bitPattern: to + index) &+ prefetchDistance, 4, 64)
      }
    }
    let (axis, first) = (horizontal, row.taps(0))
    var (sample, phase) = (begin, beginPhase)
    for x in columns {
      let from = sums + (sample &- begin) &* channels
      let (weights, taps) = (first + phase &* axis.most, axis.count(phase))
      let to = target.pixel(y, x)
      if channels >= 16 {
        let ahead = Int(bitPattern: to) &+ prefetchDistance
        csimd_prefetch_targets(ahead, channels / 16, 64)
        TapSum.run(channels, from, stride: channels, weights, taps: taps, to) { _ in }
      } else {
        let sum = TapSum.vector(from, stride: channels, weights, taps: taps)
        // What a whole vector writes into the pixels behind is overwritten by theirs.
        if isPacked && (limit &- x) &* channels >= 16 {
          store16(sum, to)
        } else {
          storeFirst16(sum, to, channels)
        }
      }
      phase &-= axis.down
      while phase < 0 {
        phase &+= axis.up
        sample &+= 1
      }
    }
  }
}
