// A few pixels times a panel of weights, summed in registers and finished there.

import Compute

/// Pixels at equal distances and where their results go.
struct PixelRun<Places: PixelPlaces> {
  /// The first pixel's first channel.
  var source: UnsafePointer<Float>
  /// Floats between pixels.
  var step: Int
  var count: Int
  var target: UnsafeMutablePointer<Float>
  var places: Places
  /// The first pixel's.
  var residual: UnsafePointer<Float>?
  /// Floats between pixels of the residual.
  var residualStep = 0
}

/// Floats from the first pixel of a run to another.
protocol PixelPlaces {
  subscript(pixel: Int) -> Int { get }
}

/// Pixels at equal distances.
struct EvenPlaces: PixelPlaces {
  let step: Int

  @inline(__always)
  subscript(pixel: Int) -> Int { pixel &* step }
}

/// Pixels anywhere.
struct ListedPlaces: PixelPlaces {
  let list: UnsafePointer<Int32>
  /// Floats between the places that the list counts.
  let step: Int

  @inline(__always)
  subscript(pixel: Int) -> Int { Int(list[pixel]) &* step }
}

/// The sums of some pixels.
protocol PanelTile {
  associatedtype Columns: PanelColumns
  static var pixels: Int { get }

  /// Sums over `depth` channels; slots behind `last` repeat it.
  init(
    _ source: UnsafePointer<Float>, step: Int, last: Int, weights: UnsafePointer<Float>,
    depth: Int)

  func forEach(_ body: (_ slot: Int, _ sums: Columns) -> Void)
}

/// Six pixels: with two registers each, twelve sums.
struct SixPixels<Columns: PanelColumns>: PanelTile {
  private var s0 = Columns()
  private var s1 = Columns()
  private var s2 = Columns()
  private var s3 = Columns()
  private var s4 = Columns()
  private var s5 = Columns()

  static var pixels: Int { 6 }

  @inline(__always)
  init(
    _ source: UnsafePointer<Float>, step: Int, last: Int, weights: UnsafePointer<Float>,
    depth: Int
  ) {
    let p1 = source + min(1, last) &* step
    let p2 = source + min(2, last) &* step
    let p3 = source + min(3, last) &* step
    let p4 = source + min(4, last) &* step
    let p5 = source + min(5, last) &* step
    var weights = weights
    var k = 0
    repeat {
      let w = Columns(at: weights)
      s0.add(source[k], w)
      s1.add(p1[k], w)
      s2.add(p2[k], w)
      s3.add(p3[k], w)
      s4.add(p4[k], w)
      s5.add(p5[k], w)
      weights += Columns.width
      k &+= 1
    } while k < depth
  }

  @inline(__always)
  func forEach(_ body: (_ slot: Int, _ sums: Columns) -> Void) {
    body(0, s0)
    body(1, s1)
    body(2, s2)
    body(3, s3)
    body(4, s4)
    body(5, s5)
  }
}

/// Four pixels: with three registers each, twelve sums.
struct FourPixels<Columns: PanelColumns>: PanelTile {
  private var s0 = Columns()
  private var s1 = Columns()
  private var s2 = Columns()
  private var s3 = Columns()

  static var pixels: Int { 4 }

  @inline(__always)
  init(
    _ source: UnsafePointer<Float>, step: Int, last: Int, weights: UnsafePointer<Float>,
    depth: Int
  ) {
    let p1 = source + min(1, last) &* step
    let p2 = source + min(2, last) &* step
    let p3 = source + min(3, last) &* step
    var weights = weights
    var k = 0
    repeat {
      let w = Columns(at: weights)
      s0.add(source[k], w)
      s1.add(p1[k], w)
      s2.add(p2[k], w)
      s3.add(p3[k], w)
      weights += Columns.width
      k &+= 1
    } while k < depth
  }

  @inline(__always)
  func forEach(_ body: (_ slot: Int, _ sums: Columns) -> Void) {
    body(0, s0)
    body(1, s1)
    body(2, s2)
    body(3, s3)
  }
}

/// Twelve pixels: with one register each, twelve sums.
struct TwelvePixels<Columns: PanelColumns>: PanelTile {
  private var s0 = Columns()
  private var s1 = Columns()
  private var s2 = Columns()
  private var s3 = Columns()
  private var s4 = Columns()
  private var s5 = Columns()
  private var s6 = Columns()
  private var s7 = Columns()
  private var s8 = Columns()
  private var s9 = Columns()
  private var s10 = Columns()
  private var s11 = Columns()

  static var pixels: Int { 12 }

  @inline(__always)
  init(
    _ source: UnsafePointer<Float>, step: Int, last: Int, weights: UnsafePointer<Float>,
    depth: Int
  ) {
    let p1 = source + min(1, last) &* step
    let p2 = source + min(2, last) &* step
    let p3 = source + min(3, last) &* step
    let p4 = source + min(4, last) &* step
    let p5 = source + min(5, last) &* step
    let p6 = source + min(6, last) &* step
    let p7 = source + min(7, last) &* step
    let p8 = source + min(8, last) &* step
    let p9 = source + min(9, last) &* step
    let p10 = source + min(10, last) &* step
    let p11 = source + min(11, last) &* step
    var weights = weights
    var k = 0
    repeat {
      let w = Columns(at: weights)
      s0.add(source[k], w)
      s1.add(p1[k], w)
      s2.add(p2[k], w)
      s3.add(p3[k], w)
      s4.add(p4[k], w)
      s5.add(p5[k], w)
      s6.add(p6[k], w)
      s7.add(p7[k], w)
      s8.add(p8[k], w)
      s9.add(p9[k], w)
      s10.add(p10[k], w)
      s11.add(p11[k], w)
      weights += Columns.width
      k &+= 1
    } while k < depth
  }

  @inline(__always)
  func forEach(_ body: (_ slot: Int, _ sums: Columns) -> Void) {
    body(0, s0)
    body(1, s1)
    body(2, s2)
    body(3, s3)
    body(4, s4)
    body(5, s5)
    body(6, s6)
    body(7, s7)
    body(8, s8)
    body(9, s9)
    body(10, s10)
    body(11, s11)
  }
}

/// A run of pixels times a panel.
///
/// - Parameters:
///   - weights: [channel][width].
///   - count: outputs of the panel that exist.
@inline(never)
func multiplyRun<Tile: PanelTile>(
  _: Tile.Type, _ run: PixelRun<some PixelPlaces>, weights: UnsafePointer<Float>, depth: Int,
  count: Int, _ factors: OutputFactors, _ end: some PanelEnd
) {
  var pixel = 0
  var source = run.source
  while pixel < run.count {
    let last = min(run.count &- pixel, Tile.pixels) &- 1
    let tile = Tile(source, step: run.step, last: last, weights: weights, depth: depth)
    tile.forEach { slot, sums in
      if slot <= last {
        sums.write(
          to: run.target + run.places[pixel &+ slot], count: count, factors, end,
          residual: run.residual.map { $0 + (pixel &+ slot) &* run.residualStep })
      }
    }
    pixel &+= Tile.pixels
    source += Tile.pixels &* run.step
  }
}
