// Bilinear resampling, channels last, from tables of the source's rows and columns.

import CSIMD
import Compute

/// Bilinear resampling without antialiasing, as `torch.nn.functional.interpolate`.
///
/// With corners aligned, source = i (in - 1) / (out - 1); otherwise (i + 0.5) step - 0.5, not below 0. The
/// rows are blended first, then their neighbours, in whatever vectors.
struct BilinearResizeKernel: Sendable {
  let input: ImageSize
  let output: ImageSize
  private let rows: KernelTable<NeighbourTaps>
  private let columns: KernelTable<NeighbourTaps>
  /// The columns' taps, one array each, for images of few channels, with a vector behind the last.
  private let lefts: KernelTable<Int32>
  private let rights: KernelTable<Int32>
  private let leftWeights: KernelTable<Float>
  private let rightWeights: KernelTable<Float>
  private let groups: NeighbourGroups

  /// - Parameters:
  ///   - channels: of the images; rows of few are prepared for.
  ///   - step: source pixels per output pixel, vertically and horizontally, where corners are not aligned;
  ///     nil is in / out.
  init(
    input: ImageSize, output: ImageSize, channels: Int, alignsCorners: Bool = false,
    step: SIMD2<Double>? = nil
  ) {
    precondition(input.height > 0 && input.width > 0)
    self.input = input
    self.output = output
    rows = Self.taps(input.height, output.height, alignsCorners, step?.x)
    let columns = Self.taps(input.width, output.width, alignsCorners, step?.y)
    self.columns = columns
    let count = output.width > 0 ? output.width + 16 : 0
    let last = output.width - 1
    lefts = KernelTable(count: count) { columns[min($0, last)].first }
    rights = KernelTable(count: count) { columns[min($0, last)].second }
    leftWeights = KernelTable(count: count) { columns[min($0, last)].firstWeight }
    rightWeights = KernelTable(count: count) { columns[min($0, last)].secondWeight }
    groups = NeighbourGroups(channels: channels, input: input.width, taps: columns)
  }

  private static func taps(
    _ input: Int, _ output: Int, _ alignsCorners: Bool, _ step: Double?
  ) -> KernelTable<NeighbourTaps> {
    let step = step ?? Double(input) / Double(output)
    return KernelTable(count: output) { index in
      var source: Double
      if alignsCorners {
        source = output > 1 ? Double(index) * Double(input - 1) / Double(output - 1) : 0
      } else {
        source = max((Double(index) + 0.5) * step - 0.5, 0)
      }
      let first = min(max(Int(saturating: source, .towardZero), 0), input - 1)
      let second = min(first + 1, input - 1)
      // On and beyond the last pixel both sources are it; halves give it exactly.
      let weight = first == second ? 0.5 : source - Double(first)
      return NeighbourTaps(
        first: Int32(first), second: Int32(second), firstWeight: Float(1 - weight),
        secondWeight: Float(weight))
    }
  }

  /// The rows of the input that an output row reads.
  func rowsRead(_ y: Int) -> Range<Int> { Int(rows[y].first)..<Int(rows[y].second) + 1 }

  /// The columns of the input that an output column reads.
  func columnsRead(_ x: Int) -> Range<Int> {
    Int(columns[x].first)..<Int(columns[x].second) + 1
  }

  /// Computes some pixels of an output row.
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
      let most = target.overlapping(columns, from: source) { Int(self.columns[$0].second) &+ 1 }
      row(OverlappingThreeLanes.self, y, most, source, target)
      row(ThreeLanes.self, y, most.upperBound..<columns.upperBound, source, target)
    case 1 where source.pixelStride == 1 && target.pixelStride == 1:
      let end = columns.lowerBound + columns.count / 16 * 16
      plane(y, columns.lowerBound..<end, source, target)
      row(Float.self, y, end..<columns.upperBound, source, target)
    default: row(Float.self, y, columns, source, target)
    }
  }

  /// Neighbours of few channels side by side.
  @inline(__always)
  private func neighbours(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap, isNarrow: Bool
  ) {
    let vertical = rows[y]
    let upperWeight = SIMD16<Float>(repeating: vertical.firstWeight)
    let lowerWeight = SIMD16<Float>(repeating: vertical.secondWeight)
    func row(_ index: Int32) -> UnsafePointer<Float> {
      UnsafePointer(source.base + Int(index) &* source.rowStride)
    }
    let (upper, lower) = (row(vertical.first), row(vertical.second))
    // Rows that the output row above has not read, and what is read behind their ends.
    let read = y > 0 ? rows[y &- 1].second : -1
    let (isNewUpper, isNewLower) = (vertical.first > read, vertical.second > read)
    let following = rows[min(y &+ 1, output.height &- 1)]
    let nextUpper = row(following.first)
    let nextLower = row(
      following.second > vertical.second
        ? following.second
        : min(vertical.second &+ 1, Int32(truncatingIfNeeded: input.height &- 1)))
    groups.forEach(columns, to: target.base + y &* target.rowStride, isNarrow: isNarrow) {
      stretch, pattern in
      if isNewUpper { stretch.prefetch(upper, next: nextUpper) }
      if isNewLower { stretch.prefetch(lower, next: nextLower) }
      let blended = stretch.load(upper).blended(upperWeight, stretch.load(lower), lowerWeight)
      return groups.linear(blended, pattern)
    }
  }

  @inline(__always)
  private func row<Lanes: FloatLanes>(
    _: Lanes.Type, _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    let vertical = rows[y]
    let upper = source.base + Int(vertical.first) &* source.rowStride
    let lower = source.base + Int(vertical.second) &* source.rowStride
    let upperWeight = Lanes(repeating: vertical.firstWeight)
    let lowerWeight = Lanes(repeating: vertical.secondWeight)
    var x = columns.lowerBound
    while x < columns.upperBound {
      let taps = self.columns[x]
      let left = Int(taps.first) &* source.pixelStride
      let right = Int(taps.second) &* source.pixelStride
      let leftWeight = Lanes(repeating: taps.firstWeight)
      let rightWeight = Lanes(repeating: taps.secondWeight)
      let to = target.pixel(y, x)
      Lanes.forEach(target.channels) { first, _ in
        let before = Lanes(at: lower + left + first).times(
          lowerWeight, plus: Lanes(at: upper + left + first).times(upperWeight))
        let behind = Lanes(at: lower + right + first).times(
          lowerWeight, plus: Lanes(at: upper + right + first).times(upperWeight))
        behind.times(rightWeight, plus: before.times(leftWeight)).store(to: to + first)
      }
      x &+= 1
    }
  }

  /// Sixteen pixels of one channel at a time.
  private func plane(_ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap) {
    let vertical = rows[y]
    let upper = source.base + Int(vertical.first) &* source.rowStride
    let lower = source.base + Int(vertical.second) &* source.rowStride
    let upperWeight = SIMD16<Float>(repeating: vertical.firstWeight)
    let lowerWeight = SIMD16<Float>(repeating: vertical.secondWeight)
    var x = columns.lowerBound
    while x < columns.upperBound {
      let left = loadWords16(lefts.pointer + x)
      let right = loadWords16(rights.pointer + x)
      let leftWeight = load16(leftWeights.pointer + x)
      let rightWeight = load16(rightWeights.pointer + x)
      let before = csimd_gather_f32(lower, left).times(
        lowerWeight, plus: csimd_gather_f32(upper, left) * upperWeight)
      let behind = csimd_gather_f32(lower, right).times(
        lowerWeight, plus: csimd_gather_f32(upper, right) * upperWeight)
      store16(behind.times(rightWeight, plus: before * leftWeight), target.pixel(y, x))
      x &+= 16
    }
  }
}
