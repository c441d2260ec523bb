// Bilinear resampling, channels last, from tables of the source's rows and columns.

import CSIMD
import Compute

/// Bilinear resampling without antialiasing, as `torch.nn.functional.interpolate`.
///
/// With corners aligned, source = i (in - 1) / (out - 1); otherwise (i + 0.5) step - 0.5, not below 0.
struct BilinearResizeKernel: Sendable {
  /// The two sources of an output along an axis, and their weights.
  private struct Taps: BitwiseCopyable {
    var first: Int32
    var second: Int32
    var firstWeight: Float
    var secondWeight: Float
  }

  let input: ImageSize
  let output: ImageSize
  private let rows: KernelTable<Taps>
  private let columns: KernelTable<Taps>
  /// The columns' taps, one array each, for images of few channels, with a vector behind the last.
  private let lefts: KernelTable<Int32>
  private let rights: KernelTable<Int32>
  private let leftWeights: KernelTable<Float>
  private let rightWeights: KernelTable<Float>
  private let reach: KernelTable<Int32>

  /// - Parameter step: source pixels per output pixel, vertically and horizontally, where corners are
  ///   not aligned; nil is in / out.
  init(
    input: ImageSize, output: ImageSize, alignsCorners: Bool = false, step: SIMD2<Double>? = nil
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
    reach = NeighbourLanes.reach(first: lefts, last: rights, output.width)
  }

  private static func taps(
    _ input: Int, _ output: Int, _ alignsCorners: Bool, _ step: Double?
  ) -> KernelTable<Taps> {
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
      return Taps(
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
    if areNeighbours(source, target) { return neighbours(y, columns, source, target) }
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

  @inline(__always)
  private func areNeighbours(_ source: FeatureMap, _ target: FeatureMap) -> Bool {
    source.pixelStride == target.channels && target.pixelStride == target.channels
      && NeighbourLanes.supports(channels: target.channels, reach: reach)
  }

  /// Neighbours of few channels side by side, as `row` computes each.
  @inline(never)
  private func neighbours(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    let lanes = NeighbourLanes(channels: target.channels)
    let row = target.base + y &* target.rowStride
    let vertical = rows[y]
    let upper = source.base + Int(vertical.first) &* source.rowStride
    let lower = source.base + Int(vertical.second) &* source.rowStride
    let upperWeight = SIMD16<Float>(repeating: vertical.firstWeight)
    let lowerWeight = SIMD16<Float>(repeating: vertical.secondWeight)
    var x = columns.lowerBound
    while x < columns.upperBound {
      let first = lefts[x]
      let place = Int(first) &* lanes.channels
      lanes.prefetch(upper + place)
      lanes.prefetch(lower + place)
      let count = input.width &* lanes.channels &- place
      let left = lanes.places(lefts.pointer + x, from: first)
      let right = lanes.places(rights.pointer + x, from: first)
      let leftWeight = lanes.spread(leftWeights.pointer + x)
      let rightWeight = lanes.spread(rightWeights.pointer + x)
      let upperWindow = NeighbourWindow(upper + place, count: count)
      let lowerWindow = NeighbourWindow(lower + place, count: count)
      let above = upperWindow[right].times(rightWeight, plus: upperWindow[left] * leftWeight)
      let below = lowerWindow[right].times(rightWeight, plus: lowerWindow[left] * leftWeight)
      lanes.store(
        below.times(lowerWeight, plus: above * upperWeight), to: row + x &* lanes.channels,
        left: columns.upperBound &- x)
      x &+= lanes.pixels
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
        let above = Lanes(at: upper + right + first).times(
          rightWeight, plus: Lanes(at: upper + left + first).times(leftWeight))
        let below = Lanes(at: lower + right + first).times(
          rightWeight, plus: Lanes(at: lower + left + first).times(leftWeight))
        below.times(lowerWeight, plus: above.times(upperWeight)).store(to: to + first)
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
      let above = csimd_gather_f32(upper, right).times(
        rightWeight, plus: csimd_gather_f32(upper, left) * leftWeight)
      let below = csimd_gather_f32(lower, right).times(
        rightWeight, plus: csimd_gather_f32(lower, left) * leftWeight)
      store16(below.times(lowerWeight, plus: above * upperWeight), target.pixel(y, x))
      x &+= 16
    }
  }
}
