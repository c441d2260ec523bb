// Nearest-neighbour resampling, channels last, from tables of the source's rows and columns.

import Compute

/// Nearest-neighbour resampling as `torch.nn.functional.interpolate`: source = floor(i step).
struct NearestResizeKernel: Sendable {
  let input: ImageSize
  let output: ImageSize
  private let rows: KernelTable<Int32>
  private let columns: KernelTable<Int32>
  private let groups: NeighbourGroups

  /// - Parameters:
  ///   - channels: of the images; rows of few are prepared for.
  ///   - step: source pixels per output pixel, vertically and horizontally; nil is in / out.
  init(input: ImageSize, output: ImageSize, channels: Int, step: SIMD2<Float>? = nil) {
    precondition(input.height > 0 && input.width > 0)
    self.input = input
    self.output = output
    rows = Self.sources(input.height, output.height, step?.x)
    columns = Self.sources(input.width, output.width, step?.y)
    let taps = KernelTable(count: output.width) { [columns] x in
      NeighbourTaps(first: columns[x], second: columns[x], firstWeight: 1, secondWeight: 0)
    }
    groups = NeighbourGroups(channels: channels, input: input.width, taps: taps)
  }

  /// The source of each output along an axis, in single precision, as PyTorch has it: the product decides
  /// which pixel is meant.
  private static func sources(_ input: Int, _ output: Int, _ step: Float?) -> KernelTable<Int32> {
    let step = step ?? Float(input) / Float(output)
    return KernelTable(count: output) { index in
      let source = Int(saturating: Float(index) * step, .towardZero)
      return Int32(min(max(source, 0), input - 1))
    }
  }

  /// The row of the input that an output row reads.
  func rowsRead(_ y: Int) -> Range<Int> { Int(rows[y])..<Int(rows[y]) + 1 }

  /// The column of the input that an output column reads.
  func columnsRead(_ x: Int) -> Range<Int> { Int(columns[x])..<Int(columns[x]) + 1 }

  /// Copies some pixels of an output row.
  func row(_ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap) {
    precondition(source.height == input.height && source.width == input.width)
    precondition(target.height == output.height && target.width == output.width)
    precondition(source.channels == target.channels)
    if groups.areUsed(source, target) {
      return groups.isNarrow
        ? neighbours(y, columns, source, target, isNarrow: true)
        : neighbours(y, columns, source, target, isNarrow: false)
    }
    switch target.channels {
    case 16...: row(SIMD16<Float>.self, y, columns, source, target)
    case 4...: row(SIMD4<Float>.self, y, columns, source, target)
    case 3:
      let most = target.overlapping(columns, from: source) { Int(self.columns[$0]) &+ 1 }
      row(OverlappingThreeLanes.self, y, most, source, target)
      row(ThreeLanes.self, y, most.upperBound..<columns.upperBound, source, target)
    default: row(Float.self, y, columns, source, target)
    }
  }

  @inline(__always)
  private func neighbours(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap, isNarrow: Bool
  ) {
    let from = UnsafePointer(source.base + Int(rows[y]) &* source.rowStride)
    let isNew = y == 0 || rows[y] > rows[y &- 1]
    // The row that is read after this one, as far as the next output row tells.
    let following = Int(rows[min(y &+ 1, output.height &- 1)])
    let after = following > Int(rows[y]) ? following : min(Int(rows[y]) &+ 1, input.height &- 1)
    let next = UnsafePointer(source.base + after &* source.rowStride)
    groups.forEach(columns, to: target.base + y &* target.rowStride, isNarrow: isNarrow) {
      stretch, pattern in
      if isNew { stretch.prefetch(from, next: next) }
      return groups.nearest(stretch.load(from), pattern)
    }
  }

  @inline(__always)
  private func row<Lanes: FloatLanes>(
    _: Lanes.Type, _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    let from = source.base + Int(rows[y]) &* source.rowStride
    var x = columns.lowerBound
    while x < columns.upperBound {
      let pixel = from + Int(self.columns[x]) &* source.pixelStride
      let to = target.pixel(y, x)
      Lanes.forEach(target.channels) { first, _ in Lanes(at: pixel + first).store(to: to + first) }
      x &+= 1
    }
  }
}
