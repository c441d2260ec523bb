/// The stages of a mask against brute force and pictures with known edges.
import Compute
import Testing

@testable import AvatarCreation

@Suite struct MaskTests {
  private static func random(_ count: Int, share: Float, seed: UInt64) -> [Bool] {
    let random = PhiloxRandom(seed: seed, use: "mask test")
    return (0..<count).map { random.uniform(at: UInt64($0)) < share }
  }

  @Test(arguments: [(1, 1), (17, 13), (130, 3), (3, 127)])
  func distancesAreThoseOfEveryPair(width: Int, height: Int) {
    for share: Float in [0.01, 0.3] {
      let seeds = Self.random(width * height, share: share, seed: 3)
      let found = DistanceTransform.distances(
        to: seeds, width: width, height: height, pool: WorkerPool(threads: 1))
      for pixel in seeds.indices {
        var best = Float.infinity
        for seed in seeds.indices where seeds[seed] {
          let (dx, dy) = (seed % width - pixel % width, seed / width - pixel / width)
          best = min(best, Float(dx * dx + dy * dy).squareRoot())
        }
        #expect(found[pixel] == best)
      }
      for threads in [2, 5] {
        #expect(
          DistanceTransform.distances(
            to: seeds, width: width, height: height, pool: WorkerPool(threads: threads)) == found)
      }
    }
  }

  /// Nothing changes but for what is farther.
  @Test(arguments: [1.5, 4, 7.3, 40] as [Float])
  func distancesWithinReachAreTheSame(reach: Float) {
    let (width, height) = (61, 47)
    for share: Float in [0, 0.002, 0.02, 0.5, 0.98, 1] {
      let seeds = Self.random(width * height, share: share, seed: 5)
      let pool = WorkerPool(threads: 2)
      let all = DistanceTransform.distances(to: seeds, width: width, height: height, pool: pool)
      let near = DistanceTransform.plane(
        to: seeds, width: width, height: height, reach: reach, pool: pool)
      for pixel in seeds.indices {
        #expect(near[pixel] == (all[pixel] < reach ? all[pixel] : .infinity), "\(share)")
      }
    }
  }

  @Test(arguments: [(1, 1, 1), (5, 3, 2), (40, 21, 7), (133, 9, 12), (3, 150, 40)])
  func theLeastAroundIsThatOfTheSquare(width: Int, height: Int, reach: Int) {
    let random = PhiloxRandom(seed: 6, use: "mask test")
    let values = Plane<Float>(count: width * height, filledWith: 0)
    for pixel in 0..<width * height {
      let value = random.uniform(at: UInt64(pixel))
      values[pixel] = value < 0.2 ? .infinity : value
    }
    for threads in [1, 2, 5] {
      let found = LeastAround.within(
        reach, of: values, width: width, height: height, pool: WorkerPool(threads: threads))
      for pixel in 0..<width * height {
        let (row, column) = (pixel / width, pixel % width)
        var least = Float.infinity
        for y in max(row - reach, 0)...min(row + reach, height - 1) {
          for x in max(column - reach, 0)...min(column + reach, width - 1) {
            least = min(least, values[y * width + x])
          }
        }
        #expect(found[pixel] == least)
      }
    }
  }

  /// A picture at half the size tells of what is unknown what filling it whole tells.
  @Test(arguments: [(4, 4), (37, 22), (8, 51), (64, 3)])
  func surroundingsAreTheFilledPicture(width: Int, height: Int) {
    let random = PhiloxRandom(seed: 7, use: "mask test")
    let pool = WorkerPool(threads: 2)
    for share: Float in [0.002, 0.1, 0.7] {
      let pixels = Plane<SIMD4<Float>>(count: width * height, filledWith: .zero)
      let filled = Plane<SIMD4<Float>>(count: width * height, filledWith: .zero)
      var isKnown = [Bool](repeating: false, count: width * height)
      for pixel in 0..<width * height {
        let at = UInt64(4 * pixel)
        pixels[pixel] = SIMD4(
          random.uniform(at: at), random.uniform(at: at + 1), random.uniform(at: at + 2), 1)
        isKnown[pixel] = pixel == 0 || random.uniform(at: at + 3) < share
        if isKnown[pixel] { filled[pixel] = pixels[pixel] }
      }
      PushPull.fill(filled, width: width, height: height, pool: pool)
      let known = isKnown
      let around = PushPull.Surroundings(pixels, width: width, height: height, pool: pool) {
        known[$0]
      }
      for pixel in 0..<width * height where !isKnown[pixel] {
        #expect(around.value(pixel / width, pixel % width) == filled[pixel])
      }
    }
  }

  @Test func signedDistancesAreHalfAPixelAtTheEdge() {
    let inside = [false, false, true, true, true]
    let signed = DistanceTransform.signedDistances(
      to: inside, width: 5, height: 1, pool: WorkerPool(threads: 1))
    #expect(signed == [-1.5, -0.5, 0.5, 1.5, 2.5])
  }

  @Test func theLargestPartHangsTogetherBySides() {
    let picture = [
      "##..#",
      "##.#.",
      "...#.",
      "#..##",
    ]
    let inside = picture.joined().map { $0 == "#" }
    let part = Components.largest(inside, width: 5, height: 4)
    let expected = [".....", "...#.", "...#.", "...##"].joined().map { $0 == "#" }
    // Four pixels each; the corner in the upper right touches by a corner only.
    let first = ["##...", "##...", ".....", "....."].joined().map { $0 == "#" }
    #expect(part == first)
    #expect(Components.largest(inside.map { !$0 }, width: 5, height: 4).filter { $0 }.count == 8)
    #expect(
      Components.largest(zip(inside, first).map { $0 && !$1 }, width: 5, height: 4) == expected)
    #expect(Components.largest([false, false], width: 2, height: 1) == [false, false])
    let all = Components.all(inside, width: 5, height: 4)
    #expect(all.map { $0.sorted() } == [[0, 1, 5, 6], [4], [8, 13, 18, 19], [15]])
  }

  /// A disc of one colour on another, and a mask of it that is blurred and too large.
  private static func disc(
    _ front: SIMD3<UInt8>, _ back: SIMD3<UInt8>
  ) -> (photo: Photo, mask: Matte, truth: [Bool]) {
    let (size, radius) = (220, Float(80))
    var pixels: [UInt8] = []
    var coverage: [Float] = []
    var truth: [Bool] = []
    for y in 0..<size {
      for x in 0..<size {
        let (u, v) = (Float(x) + 0.5 - 110, Float(y) + 0.5 - 110)
        let distance = radius - (u * u + v * v).squareRoot()
        truth.append(distance > 0)
        let color = distance > 0 ? front : back
        // Something to tell one place from another.
        let grain = UInt8((x * 7 + y * 13) % 5)
        pixels += [color.x + grain, color.y + grain, color.z + grain]
        coverage.append(min(max(0.5 + (distance + 2) / 6, 0), 1))
      }
    }
    return (
      Photo(width: size, height: size, pixels: pixels),
      Matte(width: size, height: size, coverage: coverage), truth
    )
  }

  private static func overlap(_ matte: Matte, _ truth: [Bool]) -> Float {
    matte.overlap(truth.map { $0 ? 0 : -1 })
  }

  @Test func coloursMoveTheEdgeToWhereItIs() {
    let (photo, mask, truth) = Self.disc([180, 40, 30], [40, 60, 150])
    #expect(Self.overlap(mask, truth) < 0.96)
    let refined = MatteRefinement.refine(mask, photo: photo, pool: WorkerPool(threads: 1))
    #expect(Self.overlap(refined, truth) > 0.99)
    #expect(refined.coverage.allSatisfy { $0 >= 0 && $0 <= 1 })
    // Well inside and outside nothing is unsure.
    #expect(refined.coverage[110 * 220 + 110] == 1 && refined.coverage[3] == 0)
    for threads in [2, 5] {
      let other = MatteRefinement.refine(mask, photo: photo, pool: WorkerPool(threads: threads))
      #expect(other.coverage == refined.coverage)
    }
  }

  @Test func coloursThatAreAlikeDecideNothing() {
    let (photo, mask, _) = Self.disc([90, 90, 90], [92, 91, 90])
    let refined = MatteRefinement.refine(mask, photo: photo, pool: WorkerPool(threads: 1))
    #expect(refined.overlap(mask.coverage.map { $0 > 0.5 ? 0 : -1 }) > 0.99)
  }

  @Test func masksOfNobodyStayEmpty() {
    let photo = Photo(width: 9, height: 5, pixels: [UInt8](repeating: 7, count: 135))
    let empty = Matte(width: 9, height: 5, coverage: [Float](repeating: 0.2, count: 45))
    let refined = MatteRefinement.refine(empty, photo: photo, pool: WorkerPool(threads: 1))
    #expect(refined.coverage == [Float](repeating: 0, count: 45))
    let full = Matte(width: 9, height: 5, coverage: [Float](repeating: 1, count: 45))
    #expect(
      MatteRefinement.refine(full, photo: photo, pool: WorkerPool(threads: 1)).coverage
        == full.coverage)
  }

  @Test func smallerMattesKeepTheirCoverage() {
    let matte = Matte(width: 6, height: 4, coverage: (0..<24).map { Float($0 % 7) / 7 })
    let small = matte.resized(width: 3, height: 2, pool: WorkerPool(threads: 2))
    for y in 0..<2 {
      for x in 0..<3 {
        let mean =
          (0..<4).reduce(Float(0)) {
            $0 + matte.coverage[(2 * y + $1 / 2) * 6 + 2 * x + $1 % 2]
          } / 4
        #expect(abs(small.coverage[y * 3 + x] - mean) < 1e-6)
      }
    }
    #expect(matte.sample([2.5, 1.5]) == matte.coverage[6 + 2])
    #expect(matte.sample([-9, 2]) == 0 && matte.sample([.nan, 2]) == 0)
  }
}
