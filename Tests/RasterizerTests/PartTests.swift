import Compute
import TestSupport
import Testing

@testable import Rasterizer

/// Samples know their part: the instance and the triangle in it, against triangles drawn alone.
@Suite struct PartTests {
  func check(_ scene: PartScene, instances: Int, _ name: String) throws {
    let expected = try scene.reference()
    let plain = try scene.draw(tile: (64, 64))
    #expect(plain.instances == expected.instances, "\(name)")
    #expect(plain.triangles == expected.triangles, "\(name)")
    #expect(plain.numbers == expected.numbers, "\(name)")
    #expect(Set(plain.instances.filter { $0 >= 0 }).count == instances, "\(name)")
    for threads in [1, 2, 5] {
      let drawn = try scene.draw(
        attributeCount: 2, tile: (16, 16), threads: threads, copies: 2)
      #expect(drawn == expected, "\(name), \(threads) threads")
    }
  }

  @Test func overlappingInstancesOfAllSides() throws {
    var generator = SeededGenerator(state: 31)
    for reach: Float in [0.02, 0.15, 0.9] {
      let parts = try [CullMode.none, .back, .front, .none, .back].map {
        try PartScene.soup(23, reach: reach, depth: 1...3, cull: $0, &generator)
      }
      try check(PartScene(parts: parts), instances: 5, "reach \(reach)")
    }
  }

  @Test func emptyInstancesCount() throws {
    let empty = try TestPart([], [])
    let card = try PartScene.card(halfWidth: 0.3, halfHeight: 0.2, depth: 1)
    let drawn = try PartScene(parts: [empty, empty, card, empty]).draw()
    #expect(Set(drawn.instances) == [-1, 2])
    #expect(Set(drawn.triangles) == [-1, 0, 1])
    #expect(Set(drawn.numbers) == [-1, 0, 1])
    #expect(try Set(PartScene(parts: []).draw().instances) == [-1])
  }

  /// Pieces of a triangle that a plane cuts are that triangle.
  @Test func clippedTrianglesKeepInstanceAndNumber() throws {
    var generator = SeededGenerator(state: 32)
    let near: Float = 0.8
    let parts = try (0..<3).map { _ in
      try PartScene.soup(9, reach: 0.4, depth: 0.2...2.5, &generator)
    }
    // Beyond the guard band too.
    let vertices: [SIMD3<Float>] = [
      [-3e4, -2e4, 1], [3e4, 2e4, 1], [-3e4, 3e4, 1], [4e4, -3e4, 30], [0.2, 0.1, -9],
    ]
    let far = try TestPart(vertices.map { $0 + [0, 0, 3] }, [0, 1, 2, 0, 3, 1, 4, 1, 0, 2, 4, 3])
    try check(
      PartScene(parts: [parts[0], far, parts[1], parts[2]], near: near), instances: 4, "clipped")
  }

  /// Many chunks of several parts, and triangles counted over them.
  @Test func numbersBeyondAChunk() throws {
    var generator = SeededGenerator(state: 33)
    let parts = try [1500, 3, 2900].map {
      try PartScene.soup($0, reach: 0.03, depth: 1...3, &generator)
    }
    let drawn = try PartScene(parts: parts, width: 190, height: 130).draw(threads: 2)
    let first: [Int32] = [0, 1500, 1503]
    for sample in drawn.numbers.indices where drawn.numbers[sample] >= 0 {
      let instance = drawn.numbers[sample] < 1500 ? 0 : drawn.numbers[sample] < 1503 ? 1 : 2
      #expect(drawn.instances[sample] == Int32(instance))
      #expect(drawn.triangles[sample] == drawn.numbers[sample] - first[instance])
    }
    #expect(Set(drawn.instances).isSuperset(of: [-1, 0, 2]))
  }
}
