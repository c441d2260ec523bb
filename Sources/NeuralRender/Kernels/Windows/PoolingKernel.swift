// The mean or the largest value of a moving window, channels last.

import Compute

/// Pooling as `torch.nn.functional.avg_pool2d` and `max_pool2d`, for pixels of any number of channels.
///
/// Output height: (H + 2 padding - size) / stride + 1. The maximum is the first of equal values in the
/// order of rows, then columns (0 and -0 are equal).
struct PoolingKernel: Sendable {
  enum Function: Sendable, Hashable {
    /// The mean; pixels outside count as zeros or not at all.
    case mean(countsPadding: Bool)
    /// The largest pixel inside the image.
    case maximum
  }

  let function: Function
  let size: Int
  let stride: Int
  let padding: Int
  /// The side of the largest window that is summed without compensation: 64 terms are within 4e-6.
  static let plainSize = 8
  /// Images up to this lie in the second-level cache as a rule.
  private static let cachedFloats = 1 << 16

  init(_ function: Function, size: Int, stride: Int, padding: Int = 0) {
    precondition(size > 0 && stride > 0 && padding >= 0 && 2 * padding <= size)
    self.function = function
    self.size = size
    self.stride = stride
    self.padding = padding
  }

  /// The rows of the input that an output row reads, before border handling.
  func rowsRead(_ y: Int) -> Range<Int> { window(y) }

  /// The columns of the input that an output column reads, before border handling.
  func columnsRead(_ x: Int) -> Range<Int> { window(x) }

  /// Computes some pixels of an output row.
  func row(_ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap) {
    precondition(source.channels == target.channels)
    let inner = runs(columns, source, target)
    guard inner.isEmpty else {
      pixels(y, columns.lowerBound..<inner.lowerBound, source, target)
      switch function {
      case .maximum: run(WindowMaximum<SIMD16<Float>>.self, y, inner, source, target)
      case .mean: run(WindowSum<SIMD16<Float>>.self, y, inner, source, target)
      }
      pixels(y, inner.upperBound..<columns.upperBound, source, target)
      return
    }
    pixels(y, columns, source, target)
  }

  /// Whether what comes from memory is asked for; see `prefetchDistance`.
  @inline(__always)
  func foretells(_ source: FeatureMap) -> Bool {
    source.height &* source.rowStride > Self.cachedFloats
  }

  /// Asks for some floats ahead of a place in those of the window's rows that the output row above has not read.
  @inline(__always)
  func prefetchNewRows(
    _ rows: Range<Int>, _ source: FeatureMap, _ first: UnsafePointer<Float>, _ count: Int
  ) {
    var row = max(0, rows.count &- stride)
    while row < rows.count {
      prefetch(
        Int(bitPattern: first + row &* source.rowStride) &+ prefetchDistance, 4 &* count)
      row &+= 1
    }
  }

  private func pixels(
    _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    switch target.channels {
    case 16...: row(SIMD16<Float>.self, y, columns, source, target)
    case 4...: row(SIMD4<Float>.self, y, columns, source, target)
    case 3:
      let most = target.overlapping(columns, from: source) { window($0).upperBound }
      row(OverlappingThreeLanes.self, y, most, source, target)
      row(ThreeLanes.self, y, most.upperBound..<columns.upperBound, source, target)
    default: row(Float.self, y, columns, source, target)
    }
  }

  @inline(__always)
  func window(_ output: Int) -> Range<Int> {
    let first = output &* stride &- padding
    return first..<first &+ size
  }

  @inline(__always)
  private func row<Lanes: FloatLanes>(
    _: Lanes.Type, _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    switch function {
    case .maximum: pixels(WindowMaximum<Lanes>.self, y, columns, source, target)
    case .mean where size <= Self.plainSize:
      pixels(WindowSum<Lanes>.self, y, columns, source, target)
    case .mean: means(Lanes.self, y, columns, source, target)
    }
  }

  /// What a sum over `count` pixels is multiplied with.
  @inline(__always)
  func share(_ count: Int) -> Float {
    switch function {
    case .mean(countsPadding: true): Float(1 / Double(size &* size))
    default: Float(1 / Double(count))
    }
  }

  @inline(never)
  private func means<Lanes: FloatLanes>(
    _: Lanes.Type, _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    let rows = window(y).clamped(to: 0..<source.height)
    for x in columns {
      let inside = window(x).clamped(to: 0..<source.width)
      let share = Lanes(repeating: share(rows.count &* inside.count))
      Lanes.forEach(target.channels) { first, _ in
        var sum = CompensatedSum<Lanes>()
        for row in rows {
          sum.add(source.pixel(row, inside.lowerBound) + first, inside.count, source.pixelStride)
        }
        sum.value.times(share).store(to: target.pixel(y, x) + first)
      }
    }
  }

  @inline(never)
  private func pixels<Fold: WindowFold>(
    _: Fold.Type, _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    let rows = window(y).clamped(to: 0..<source.height)
    let share = share(rows.count &* size)
    // Of windows that do not overlap much, pixels of many channels are read one by one, in the order of
    // memory.
    let hasTiles = stride == 1 || target.channels < 32
    let foretells = foretells(source)
    var x = columns.lowerBound
    while x < columns.upperBound {
      let whole = window(x)
      let isWhole = whole.lowerBound >= 0 && whole.upperBound <= source.width
      let inside = whole.clamped(to: 0..<source.width)
      let fold = PixelFold<Fold>(
        source: source, start: source.pixel(rows.lowerBound, inside.lowerBound), rows: rows.count,
        target: target, pixel: target.pixel(y, x),
        share: isWhole ? share : self.share(rows.count &* inside.count))
      if hasTiles && isWhole && x &+ 4 <= columns.upperBound
        && whole.upperBound &+ 3 &* stride <= source.width
      {
        if foretells {
          prefetchNewRows(rows, source, fold.start, 4 &* stride &* source.pixelStride)
        }
        switch size {
        case 2: fold.four(width: 2, next: stride &* source.pixelStride)
        case 3: fold.four(width: 3, next: stride &* source.pixelStride)
        default: fold.four(width: size, next: stride &* source.pixelStride)
        }
        x &+= 4
      } else {
        if foretells { prefetchNewRows(rows, source, fold.start, stride &* source.pixelStride) }
        switch inside.count {
        case 2: fold.one(width: 2)
        case 3: fold.one(width: 3)
        default: fold.one(width: inside.count)
        }
        x &+= 1
      }
    }
  }
}
