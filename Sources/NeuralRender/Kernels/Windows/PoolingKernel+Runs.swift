// Pooling of packed pixels at stride 1: rows are runs of floats.

import CSIMD
import Compute

extension PoolingKernel {
  /// Pixels that are packed, at stride 1, whose windows lie inside: their floats are taken as those of one
  /// pixel with many channels.
  func runs(
    _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) -> Range<Int> {
    let channels = target.channels
    let last = source.width &- size &+ padding
    guard stride == 1 && size <= Self.plainSize && last >= padding,
      source.pixelStride == channels && target.pixelStride == channels
    else { return 0..<0 }
    let inner = columns.clamped(to: padding..<last &+ 1)
    return inner.count * channels >= 16 ? inner : 0..<0
  }

  @inline(never)
  func run<Fold: WindowFold>(
    _: Fold.Type, _ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap
  ) {
    let rows = window(y).clamped(to: 0..<source.height)
    let start = source.pixel(rows.lowerBound, window(columns.lowerBound).lowerBound)
    let pixel = target.pixel(y, columns.lowerBound)
    let share = share(rows.count &* size)
    let count = columns.count * target.channels
    var part = target
    (part.channels, part.pixelStride) = (16, 16)
    let foretells = foretells(source)
    var first = 0
    while first &+ 64 <= count {
      if foretells {
        prefetchNewRows(rows, source, start + first, 64)
        csimd_prefetch_targets(Int(bitPattern: pixel + first) &+ prefetchDistance, 4, 64)
      }
      let fold = PixelFold<Fold>(
        source: source, start: start + first, rows: rows.count, target: part,
        pixel: pixel + first, share: share)
      switch size {
      case 2: fold.four(width: 2, next: 16)
      case 3: fold.four(width: 3, next: 16)
      default: fold.four(width: size, next: 16)
      }
      first &+= 64
    }
    guard first < count else { return }
    // Vectors that overlap each other.
    first = min(first, count &- 16)
    part.channels = count &- first
    PixelFold<Fold>(
      source: source, start: start + first, rows: rows.count, target: part, pixel: pixel + first,
      share: share
    ).one(width: size)
  }
}
