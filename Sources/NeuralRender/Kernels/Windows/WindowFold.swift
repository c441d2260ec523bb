// How the values of a pooling window become one.

import Compute

/// A function of two values by which those of a window become one, in the order of rows, then columns.
protocol WindowFold {
  associatedtype Lanes: FloatLanes
  static var start: Lanes { get }
  static func join(_ value: Lanes, _ next: Lanes) -> Lanes
  static func finish(_ value: Lanes, share: Float) -> Lanes
}

/// The first of the largest values.
enum WindowMaximum<Lanes: FloatLanes>: WindowFold {
  @inline(__always)
  static var start: Lanes { Lanes(repeating: -.infinity) }

  @inline(__always)
  static func join(_ value: Lanes, _ next: Lanes) -> Lanes { value.larger(next) }

  @inline(__always)
  static func finish(_ value: Lanes, share: Float) -> Lanes { value }
}

/// The sum, times the share of each value in the mean.
enum WindowSum<Lanes: FloatLanes>: WindowFold {
  @inline(__always)
  static var start: Lanes { Lanes(repeating: 0) }

  @inline(__always)
  static func join(_ value: Lanes, _ next: Lanes) -> Lanes { value.plus(next) }

  @inline(__always)
  static func finish(_ value: Lanes, share: Float) -> Lanes {
    value.times(Lanes(repeating: share))
  }
}

/// The windows of one output pixel or of four neighbours, of rows that are all inside.
struct PixelFold<Fold: WindowFold> {
  let source: FeatureMap
  /// The first window's first pixel.
  let start: UnsafeMutablePointer<Float>
  let rows: Int
  let target: FeatureMap
  /// The first output pixel.
  let pixel: UnsafeMutablePointer<Float>
  let share: Float

  /// Four pixels whose windows are `width` wide and begin `next` floats apart.
  @inline(__always)
  func four(width: Int, next: Int) {
    Fold.Lanes.forEach(target.channels) { first, _ in
      var (v0, v1, v2, v3) = (Fold.start, Fold.start, Fold.start, Fold.start)
      forEachRow(first) { row in
        var column = 0
        while column < width {
          let pixel = row + column &* source.pixelStride
          v0 = Fold.join(v0, Fold.Lanes(at: pixel))
          v1 = Fold.join(v1, Fold.Lanes(at: pixel + next))
          v2 = Fold.join(v2, Fold.Lanes(at: pixel + 2 &* next))
          v3 = Fold.join(v3, Fold.Lanes(at: pixel + 3 &* next))
          column &+= 1
        }
      }
      let to = pixel + first
      Fold.finish(v0, share: share).store(to: to)
      Fold.finish(v1, share: share).store(to: to + target.pixelStride)
      Fold.finish(v2, share: share).store(to: to + 2 &* target.pixelStride)
      Fold.finish(v3, share: share).store(to: to + 3 &* target.pixelStride)
    }
  }

  @inline(__always)
  func one(width: Int) {
    Fold.Lanes.forEach(target.channels) { first, _ in
      var value = Fold.start
      forEachRow(first) { row in
        var column = 0
        while column < width {
          value = Fold.join(value, Fold.Lanes(at: row + column &* source.pixelStride))
          column &+= 1
        }
      }
      Fold.finish(value, share: share).store(to: pixel + first)
    }
  }

  @inline(__always)
  private func forEachRow(_ first: Int, _ body: (UnsafePointer<Float>) -> Void) {
    var pixel = UnsafePointer(start + first)
    var row = 0
    while row < rows {
      body(pixel)
      pixel += source.rowStride
      row &+= 1
    }
  }
}

/// A sum of many vectors: short stretches as they are, what their addition loses kept beside
/// (Knuth's two-sum).
struct CompensatedSum<Lanes: FloatLanes> {
  private var sum = Lanes(repeating: 0)
  private var lost = Lanes(repeating: 0)
  private static var stretch: Int { 16 }

  @inline(__always)
  init() {}

  /// Adds `count` pixels, `pixelStride` floats apart.
  @inline(__always)
  mutating func add(_ pixel: UnsafePointer<Float>, _ count: Int, _ pixelStride: Int) {
    var start = 0
    while start < count {
      let end = min(start &+ Self.stretch, count)
      var part = Lanes(repeating: 0)
      while start < end {
        part = part.plus(Lanes(at: pixel + start &* pixelStride))
        start &+= 1
      }
      let total = sum.plus(part)
      let added = total.minus(sum)
      lost = lost.plus(sum.minus(total.minus(added)).plus(part.minus(added)))
      sum = total
    }
  }

  /// An infinite sum has lost nothing.
  @inline(__always)
  var value: Lanes { sum.plus(lost.numbers) }
}
