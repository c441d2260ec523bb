/// Pixel sets against sets of coordinates.
import Compute
import TestSupport
import Testing

@testable import NeuralRender

@Suite struct PixelSetTests {
  struct Pixel: Hashable {
    var y: Int
    var x: Int
  }

  /// Widths below, at and above whole words.
  static let sizes = [(1, 1), (3, 64), (7, 63), (9, 65), (5, 130), (20, 17)]

  /// Runs and single pixels, touching the edges often.
  static func random(
    _ height: Int, _ width: Int, _ random: inout SeededGenerator
  ) -> PixelSet {
    var set = PixelSet(height: height, width: width)
    for _ in 0..<Int.random(in: 0...height, using: &random) {
      let first = Int.random(in: 0..<width, using: &random)
      let end = Int.random(in: first...width, using: &random)
      set.insert(row: Int.random(in: 0..<height, using: &random), columns: first..<end)
      let (y, x) = (
        Int.random(in: 0..<height, using: &random), Int.random(in: 0..<width, using: &random)
      )
      set[y, x].toggle()
    }
    return set
  }

  static func pixels(_ set: PixelSet) -> Set<Pixel> {
    var result: Set<Pixel> = []
    for y in 0..<set.height {
      for x in 0..<set.width where set[y, x] { result.insert(Pixel(y: y, x: x)) }
    }
    #expect(set.count == result.count && set.isEmpty == result.isEmpty)
    return result
  }

  @Test(arguments: sizes) func operationsMatchSets(height: Int, width: Int) {
    var generator = SeededGenerator(state: UInt64(width))
    for _ in 0..<30 {
      let (a, b) = (
        Self.random(height, width, &generator), Self.random(height, width, &generator)
      )
      let (one, other) = (Self.pixels(a), Self.pixels(b))
      func check(_ expected: Set<Pixel>, _ change: (inout PixelSet) -> Void) {
        var set = a
        change(&set)
        #expect(Self.pixels(set) == expected)
      }
      check(one.union(other)) { $0.formUnion(b) }
      check(one.intersection(other)) { $0.formIntersection(b) }
      check(one.subtracting(other)) { $0.subtract(b) }
      check(other) { $0.assign(b) }
      check([]) { $0.removeAll() }
      #expect(PixelSet.all(height: height, width: width).count == height * width)
      for margin in [0, 1, 8, 70] {
        var grown = one
        for pixel in other {
          for y in max(0, pixel.y - margin)...min(height - 1, pixel.y + margin) {
            for x in max(0, pixel.x - margin)...min(width - 1, pixel.x + margin) {
              grown.insert(Pixel(y: y, x: x))
            }
          }
        }
        check(grown) { $0.formUnion(b, grownBy: margin) }
      }
    }
  }

  @Test(arguments: sizes) func piecesAreTheSet(height: Int, width: Int) {
    var generator = SeededGenerator(state: UInt64(width))
    for _ in 0..<20 {
      let set = Self.random(height, width, &generator)
      let memory = AlignedBuffer<RowPiece>(count: set.pieceCapacity)
      let pieces = set.pieces(into: memory.pointer)
      var expected: [RowPiece] = []
      for y in 0..<height {
        for x in 0..<width where set[y, x] {
          if let last = expected.last, last.y == y, last.x1 == x {
            expected[expected.count - 1].x1 += 1
          } else {
            expected.append(y: y, x0: x, x1: x + 1)
          }
        }
      }
      #expect((0..<pieces.count).map { pieces.pieces[$0] } == expected)
      _ = consume memory
    }
  }

  @Test func changedPixelsAreFoundByTheirBits() {
    let values = AlignedBuffer<Float>(count: 2 * 3 * 70, filledWith: -10)
    let map = FeatureMap(values.pointer, height: 3, width: 70, channels: 2)
    map.pixel(0, 0)[1] = 4
    map.pixel(1, 69)[0] = .nan
    map.pixel(2, 64)[0] = -10
    var set = PixelSet.all(height: 3, width: 70)
    set.assign(pixelsOf: map, differingFrom: [-10, -10])
    #expect(Self.pixels(set) == [Pixel(y: 0, x: 0), Pixel(y: 1, x: 69)])
    _ = consume values
  }

  /// Windows of every stride, size, padding and border; blocks; low pixels of a doubled image.
  @Test func reachesMatchTheirDefinition() {
    var generator = SeededGenerator(state: 3)
    for border in [BorderMode.zero, .reflect, .replicate] {
      for (stride, size, padding) in [
        (1, 3, 1), (1, 7, 3), (2, 3, 1), (2, 4, 1), (4, 6, 1), (4, 11, 3), (4, 4, 0), (3, 2, 0),
        (1, 3, 2),
      ] {
        let (height, width) = (13, 67)
        let units = ((height + stride - 1) / stride, (width + stride - 1) / stride)
        func axis(_ count: Int, _ pixels: Int) -> AxisReach {
          AxisReach(units: count, pixels: pixels, border: border) {
            $0 * stride - padding..<$0 * stride - padding + size
          }
        }
        let reach = Reach.window(y: axis(units.0, height), x: axis(units.1, width))
        /// What a unit reads along an axis.
        func read(_ unit: Int, _ count: Int) -> [Int] {
          (unit * stride - padding..<unit * stride - padding + size).compactMap {
            borderIndex($0, count: count, border: border)
          }.filter { $0 >= 0 && $0 < count }
        }
        for _ in 0..<5 {
          let pixels = Self.random(height, width, &generator)
          let active = Self.random(units.0, units.1, &generator)
          var touching = PixelSet(height: units.0, width: units.1)
          touching.insertUnits(touching: pixels, reach)
          var touched = PixelSet(height: height, width: width)
          touched.insertPixels(touchedBy: active, reach)
          var found = (touching: touching, touched: touched)
          found.touching.removeAll()
          found.touched.removeAll()
          for y in 0..<units.0 {
            for x in 0..<units.1 {
              for row in read(y, height) {
                for column in read(x, width) {
                  if pixels[row, column] { found.touching[y, x] = true }
                  if active[y, x] { found.touched[row, column] = true }
                }
              }
            }
          }
          // Hulls may hold more at gaps and beyond wide padding, nowhere else.
          var missing = found
          missing.touching.subtract(touching)
          missing.touched.subtract(touched)
          #expect(missing.touching.isEmpty && missing.touched.isEmpty)
          if size >= stride && 2 * padding < size {
            #expect(found.touching == touching && found.touched == touched)
          }
        }
      }
    }
  }
}
