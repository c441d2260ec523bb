import Compute
import TestSupport
import Testing

@testable import Rasterizer

/// The laws of the rasterizer.
@Suite struct CoverageTests {
  /// A triangulated sheet with jittered inner vertices, flat at depth 1, covering [-s, s] squared.
  func sheet(_ n: Int, seed: UInt64, size: Float, depth: Float = 1) -> ([SIMD3<Float>], [UInt32]) {
    var generator = SeededGenerator(state: seed)
    var vertices: [SIMD3<Float>] = []
    var triangles: [UInt32] = []
    for j in 0...n {
      for i in 0...n {
        let inner = i > 0 && i < n && j > 0 && j < n
        let jitter: Float = inner ? 0.2 : 0
        let x = (Float(i) + .random(in: -jitter...jitter, using: &generator)) / Float(n)
        let y = (Float(j) + .random(in: -jitter...jitter, using: &generator)) / Float(n)
        vertices.append(SIMD3((2 * x - 1) * size, (2 * y - 1) * size, 1) * depth)
      }
    }
    for j in 0..<n {
      for i in 0..<n {
        let a = UInt32(j * (n + 1) + i)
        let (b, c, d) = (a + 1, a + UInt32(n) + 1, a + UInt32(n) + 2)
        triangles += Bool.random(using: &generator) ? [a, b, d, a, d, c] : [a, b, c, b, d, c]
      }
    }
    return (vertices, triangles)
  }

  @Test(arguments: [1, 2, 5, 17, 40]) func aSheetHasNoHolesAndNoOverlaps(n: Int) throws {
    for (width, height) in [(1, 1), (3, 5), (13, 17), (127, 65), (64, 64)] {
      // The jitter folds nothing over, so each sample is hit exactly once.
      let (vertices, triangles) = sheet(n, seed: UInt64(n * width), size: 0.75)
      let drawn = try draw(vertices, triangles, width: width, height: height)
      let reference = drawReference(vertices, triangles, width: width, height: height, cull: .none)
      let same = drawn.ids == reference.ids
      #expect(same, "\(n) cells, \(width) x \(height)")
      let once = reference.hits.allSatisfy { $0 == 1 }
      #expect(once, "\(n) cells, \(width) x \(height)")
    }
  }

  @Test func anySoupMatchesTheOracle() throws {
    var generator = SeededGenerator(state: 7)
    for round in 0..<40 {
      let (width, height) = [(33, 21), (1, 7), (70, 40), (16, 16)][round % 4]
      let count = [1, 3, 17, 60][round / 4 % 4]
      let reach: Float = round % 3 == 0 ? 3 : 0.7
      var vertices: [SIMD3<Float>] = []
      for _ in 0..<3 * count {
        let z = Float.random(in: 0.5...4, using: &generator)
        var p = SIMD3(
          Float.random(in: -reach...reach, using: &generator),
          Float.random(in: -reach...reach, using: &generator), 1)
        // Slivers and vertices on sample centres happen too.
        if round % 5 == 0 { p = (p * 8).rounded(.toNearestOrEven) / 8 }
        vertices.append(SIMD3(p.x, p.y, 1) * z)
      }
      let triangles = (0..<UInt32(3 * count)).map { $0 }
      for cull in [CullMode.none, .back, .front] {
        let drawn = try draw(
          vertices, triangles, width: width, height: height, cull: cull)
        let reference = drawReference(
          vertices, triangles, width: width, height: height, cull: cull)
        let wrong = zip(drawn.ids, reference.ids).count { $0 != $1 }
        // Depth is single precision here: two surfaces that cross may swap at a sample.
        #expect(wrong <= width * height / 100, "round \(round), \(cull): \(wrong) samples")
        let covered = zip(drawn.ids, reference.ids).allSatisfy { ($0 < 0) == ($1 < 0) }
        #expect(covered, "round \(round), \(cull)")
      }
    }
  }

  /// Groups of blocks that lie behind what is drawn are left out: nothing may be missing afterwards,
  /// whatever the order, and tiles too small for groups to matter give the same picture.
  @Test func hierarchicalDepthChangesNothing() throws {
    var generator = SeededGenerator(state: 11)
    let (width, height) = (190, 130)
    for round in 0..<12 {
      var vertices: [SIMD3<Float>] = []
      for _ in 0..<90 {
        // Large facets, most of them facing the camera, at depths of their own.
        let z = Float.random(in: 1...5, using: &generator)
        for _ in 0..<3 {
          let p = SIMD2(
            Float.random(in: -0.8...0.8, using: &generator),
            Float.random(in: -0.6...0.6, using: &generator))
          let depth = z + (round % 2 == 0 ? 0 : Float.random(in: -0.3...0.3, using: &generator))
          vertices.append(SIMD3(p.x, p.y, 1) * depth)
        }
      }
      let triangles = (0..<UInt32(vertices.count)).map { $0 }
      let whole = try draw(
        vertices, triangles, width: width, height: height, tile: (64, 64))
      let small = try draw(
        vertices, triangles, width: width, height: height, tile: (16, 16))
      #expect(whole.ids == small.ids, "round \(round)")
      #expect(bits(whole.depth) == bits(small.depth), "round \(round)")
      let reference = drawReference(
        vertices, triangles, width: width, height: height, cull: .none)
      let wrong = zip(whole.ids, reference.ids).count { $0 != $1 }
      #expect(wrong <= width * height / 1000, "round \(round): \(wrong) samples")
    }
  }

  @Test func tilesAndThreadsChangeNothing() throws {
    let (vertices, triangles) = sheet(23, seed: 5, size: 0.4)
    var bent = vertices
    for index in bent.indices { bent[index] *= 1 + 0.5 * bent[index].x * bent[index].x }
    let attributes = [bent.map { $0.x * 3 }, bent.map { $0.y - 1 }]
    let first = try draw(
      bent, triangles, width: 131, height: 77, attributes: attributes)
    for tile in [(16, 16), (32, 32), (64, 64), (48, 7), (16, 64)] {
      for threads in [1, 2, 5] {
        let other = try draw(
          bent, triangles, width: 131, height: 77, attributes: attributes, threads: threads,
          tile: tile, copies: 2)
        let same =
          other.ids == first.ids && other.depth == first.depth
          && bits(other.attributes) == bits(first.attributes)
        #expect(same, "\(tile), \(threads) threads")
      }
    }
  }

  @Test func attributesArePerspectiveCorrect() throws {
    // A steep quad: world coordinates are linear over it, so they are their own expected values.
    let vertices: [SIMD3<Float>] = [[-1, -0.8, 1.5], [2, -1.5, 5], [2, 2, 5.5], [-1, 1, 1.2]]
    let drawn = try draw(
      vertices, [0, 1, 2, 0, 2, 3], width: 160, height: 120,
      attributes: [vertices.map(\.x), vertices.map(\.y), vertices.map(\.z)])
    var covered = 0
    for y in 0..<120 {
      for x in 0..<160 where drawn.ids[y * 160 + x] >= 0 {
        covered += 1
        let p = y * 160 + x
        let depth = drawn.depth[p]
        let expected = SIMD3(
          (Float(x) + 0.5 - 80) / 160 * depth, (Float(y) + 0.5 - 60) / 160 * depth, depth)
        for k in 0..<3 {
          // The corners were rounded to 1/256 of a sample, which moves a point by about 1e-4.
          #expect(abs(drawn.attributes[k * 160 * 120 + p] - expected[k]) < 2e-3 * depth)
        }
      }
    }
    #expect(covered > 3000)
  }

  @Test func clippedAtTheNearPlane() throws {
    // A floor that runs from before the camera to far behind it.
    let vertices: [SIMD3<Float>] = [[-50, 1, -20], [50, 1, -20], [50, 1, 80], [-50, 1, 80]]
    let drawn = try draw(
      vertices, [0, 1, 2, 0, 2, 3], width: 64, height: 64, attributes: [vertices.map(\.z)])
    for y in 0..<64 {
      for x in 0..<64 {
        let id = drawn.ids[y * 64 + x]
        let slope = (Float(y) + 0.5 - 32) / 64
        let depth = slope > 0 ? 1 / slope : .infinity
        if depth < 79 {
          #expect(id >= 0, "floor at row \(y)")
          // Corners lie on a grid of 1/256: so much the horizon may move against the row.
          let tolerance = 1 / 256 / (Float(y) + 0.5 - 32) + 1e-4
          #expect(abs(drawn.depth[y * 64 + x] / depth - 1) < tolerance)
          #expect(abs(drawn.attributes[y * 64 + x] / depth - 1) < tolerance)
        } else if depth > 81 {
          #expect(id == -1)
        }
      }
    }
    // A triangle wholly behind is not drawn.
    let behind = try draw(
      [[-1, -1, -1], [1, -1, -1], [0, 1, -1]], [0, 1, 2], width: 8, height: 8)
    #expect(behind.ids.allSatisfy { $0 == -1 })
  }

  @Test func hugeTrianglesAreExact() throws {
    // Two triangles far beyond the guard band share an edge across the picture.
    let vertices: [SIMD3<Float>] = [
      [-3000, -2000, 1], [3000, 2000, 1], [-3000, 2600, 1], [3000, -2400, 1],
    ]
    let drawn = try draw(vertices, [0, 1, 2, 0, 3, 1], width: 200, height: 150)
    let full = drawn.ids.allSatisfy { $0 >= 0 }
    #expect(full, "the two halves cover everything")
    #expect(Set(drawn.ids) == [0, 1])
  }

  @Test func theFirstOfCoincidentSurfacesWins() throws {
    let vertices: [SIMD3<Float>] = [[-1, -1, 2], [1, -1, 2], [0, 1, 2]]
    let drawn = try draw(vertices, [0, 1, 2, 0, 1, 2, 1, 2, 0], width: 32, height: 32)
    #expect(Set(drawn.ids) == [-1, 0])
  }

  @Test func verticesThatAreNotNumbersDropTheirTriangles() throws {
    var vertices: [SIMD3<Float>] = [[-1, -1, 2], [1, -1, 2], [0, 1, 2], [0, 0, 1]]
    for bad in [Float.nan, .infinity, -.infinity] {
      for axis in 0..<3 {
        vertices[3] = [0, 0, 1]
        vertices[3][axis] = bad
        let drawn = try draw(vertices, [0, 1, 3, 0, 1, 2, 3, 3, 3], width: 16, height: 16)
        #expect(Set(drawn.ids).isSubset(of: [-1, 1]))
        #expect(drawn.ids.contains(1))
      }
    }
  }

  @Test func emptyMeshAndSingleSample() throws {
    #expect(try draw([], [], width: 5, height: 3).ids == [Int32](repeating: -1, count: 15))
    let one = try draw([[-9, -9, 1], [9, -9, 1], [0, 9, 1]], [0, 1, 2], width: 1, height: 1)
    #expect(one.ids == [0])
  }

  @Test func badIndicesAreErrors() {
    #expect(throws: ProgramError.self) { try Mesh(vertexCount: 3, triangles: [0, 1, 3]) }
    #expect(throws: ProgramError.self) { try Mesh(vertexCount: 3, triangles: [0, 1]) }
    #expect(throws: ProgramError.self) {
      try Mesh(vertexCount: 3, triangles: [0, 1, 2], uv: [0, 0], uvTriangles: [0, 0, 1])
    }
  }
}
