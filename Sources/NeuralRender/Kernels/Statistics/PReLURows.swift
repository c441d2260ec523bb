// The rectifier with a learnt slope a channel, row by row.

import Compute

/// Rows of x > 0 ? x : slope x by channel, where a scale and an offset by channel (a folded norm) may
/// be applied first.
struct PReLURows: Sendable {
  let channels: Int
  private let slope: RepeatedTable
  private let scale: RepeatedTable?
  private let offset: RepeatedTable?

  /// - Parameters:
  ///   - slope: one for all channels, or one a channel.
  ///   - scale: one a channel; nil for 1.
  ///   - offset: one a channel; nil for 0.
  init(channels: Int, slope: [Float], scale: [Float]? = nil, offset: [Float]? = nil) {
    precondition(channels > 0 && (slope.count == 1 || slope.count == channels))
    precondition([scale, offset].allSatisfy { $0 == nil || $0?.count == channels })
    self.channels = channels
    let ones = [Float](repeating: 1, count: channels)
    self.slope = RepeatedTable(slope.count == channels ? slope : ones.map { $0 * slope[0] })
    let isScaled = scale != nil || offset != nil
    self.scale = isScaled ? RepeatedTable(scale ?? ones) : nil
    self.offset = isScaled ? RepeatedTable(offset ?? ones.map { _ in 0 }) : nil
  }

  func rowsRead(_ y: Int) -> Range<Int> { y..<y + 1 }
  func columnsRead(_ x: Int) -> Range<Int> { x..<x + 1 }

  /// Pixels `columns` of row `y`. Source and target have `channels` channels and may be the same.
  func row(_ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap) {
    let slopes = slope.pointer
    @inline(__always)
    func rectified(_ value: SIMD16<Float>, _ place: Int) -> SIMD16<Float> {
      (value * load16(slopes + place)).replacing(with: value, where: value .> 0)
    }
    guard let scales = scale?.pointer, let offsets = offset?.pointer else {
      return VectorRuns.forEach(y, columns, source, target) { from, to, count in
        VectorRuns.map(count, period: channels, from, to, rectified)
      }
    }
    VectorRuns.forEach(y, columns, source, target) { from, to, count in
      VectorRuns.map(count, period: channels, from, to) { value, place in
        rectified(multiplyAdd(value, load16(scales + place), load16(offsets + place)), place)
      }
    }
  }
}
