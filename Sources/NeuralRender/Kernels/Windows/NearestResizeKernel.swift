// Nearest-neighbour resampling, channels last, from tables of the source's rows and columns.

import Compute

/// Nearest-neighbour resampling as `torch.nn.functional.interpolate`: source = floor(i step).
struct NearestResizeKernel: Sendable {
  let input: ImageSize
  let output: ImageSize
  private let rows: KernelTable<Int32>
  /// With a vector behind the last.
  private let columns: KernelTable<Int32>
  private let reach: KernelTable<Int32>

  /// - Parameter step: source pixels per output pixel, vertically and horizontally; nil is in / out.
  init(input: ImageSize, output: ImageSize, step: SIMD2<Float>? = nil) {
    precondition(input.height > 0 && input.width > 0)
    self.input = input
    self.output = output
    rows = Self.sources(input.height, output.height, step?.x)
    let columns = Self.sources(input.width, output.width, step?.y)
    self.columns = KernelTable(count: output.width + 16) {
      output.width > 0 ? columns[min($0, output.width - 1)] : 0
    }
    reach = NeighbourLanes.reach(first: columns, last: columns, output.width)
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
    if areNeighbours(source, target) { return neighbours(y, columns, source, target) }
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
  private func areNeighbours(_ source: FeatureMap, _ target: FeatureMap) -> Bool {
    source.pixelStride == target.channels && target.pixelStride == target.channels
      && NeighbourLanes.supports(channels: target.channels, reach: reach)
  }

  @inline(never)
  private func neighbours(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    let lanes = NeighbourLanes(channels: target.channels)
    let from = source.base + Int(rows[y]) &* source.rowStride
    let row = target.base + y &* target.rowStride
    var x = columns.lowerBound
    while x < columns.upperBound {
      let first = self.columns[x]
      let place = from + Int(first) &* lanes.channels
      lanes.prefetch(place)
      let window = NeighbourWindow(
        place, count: (input.width &- Int(first)) &* lanes.channels)
      lanes.store(
        window[lanes.places(self.columns.pointer + x, from: first)], to: row + x &* lanes.channels,
        left: columns.upperBound &- x)
      x &+= lanes.pixels
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
