import Compute
import TestSupport
import Testing

@testable import Rasterizer

/// The laws of parts with holes.
@Suite struct CutOutTests {
  /// A frame equals the scalar one, whatever the tiles, the threads and the attributes; in tiles of 16
  /// samples no groups of blocks are left out.
  func check(_ scene: PartScene, _ name: String) throws {
    let expected = try scene.reference()
    for (tile, threads) in [((64, 64), 1), ((16, 16), 2), ((48, 48), 5)] {
      let drawn = try scene.draw(attributeCount: 2, tile: tile, threads: threads, copies: 2)
      #expect(drawn == expected, "\(name), tiles \(tile)")
    }
    let plain = try scene.draw(tile: (64, 64))
    #expect(plain.numbers == expected.numbers, "\(name), no attributes")
    #expect(bits(plain.inverseDepth) == bits(expected.inverseDepth), "\(name), no attributes")
  }

  /// Parts of all sizes around the tile's groups, some with holes, at depths that cross.
  func scene(
    _ reach: Float, _ generator: inout SeededGenerator, depth: ClosedRange<Float> = 1...3
  ) throws -> PartScene {
    var parts: [TestPart] = []
    for (index, addressing) in OpacityTexture.Addressing.allCases.enumerated() {
      let cutOut = try TestOpacity.noise(5, 4, addressing: addressing, &generator)
      parts.append(
        try PartScene.soup(
          8, reach: reach, depth: depth, cutOut: cutOut, textureTriangles: index == 0, &generator))
      parts.append(try PartScene.soup(6, reach: reach, depth: depth, cull: .back, &generator))
    }
    return PartScene(parts: parts)
  }

  @Test(arguments: [Float(0.01), 0.1, 0.4, 3]) func anyPartsMatchTheScalarTwin(reach: Float) throws
  {
    var generator = SeededGenerator(state: 41)
    for round in 0..<3 { try check(scene(reach, &generator), "reach \(reach), round \(round)") }
  }

  @Test func clippedPartsMatchTheScalarTwin() throws {
    var generator = SeededGenerator(state: 42)
    for round in 0..<3 {
      var scene = try scene(0.5, &generator, depth: 0.1...2)
      scene.near = 0.9
      try check(scene, "round \(round)")
    }
  }

  @Test func opaqueEverywhereIsWithoutACutOut() throws {
    var generator = SeededGenerator(state: 43)
    for threshold: Float in [0.001, 0.5, 1] {
      let scene = try scene(0.3, &generator)
      for part in scene.parts { part.cutOut = nil }
      let expected = try (0...2).map { try scene.draw(attributeCount: 2 * ($0 % 2)) }
      for part in scene.parts { part.cutOut = try .uniform(255, threshold: threshold) }
      for index in 0...2 {
        let drawn = try scene.draw(attributeCount: 2 * (index % 2), tile: (64, 64))
        #expect(drawn == expected[index], "threshold \(threshold)")
      }
    }
  }

  @Test func transparentEverywhereIsNotThere() throws {
    var generator = SeededGenerator(state: 44)
    for round in 0..<3 {
      let scene = try scene(0.3, &generator)
      let expected = try scene.draw(attributeCount: 2)
      // Large ones in front of everything, so that a group would be hidden behind them.
      let glass = try PartScene.card(
        halfWidth: 1, halfHeight: 1, depth: 0.5, cutOut: .uniform(round == 0 ? 0 : 127))
      for place in 0...scene.parts.count {
        var with = scene
        with.parts.insert(glass, at: place)
        for tile in [(64, 64), (16, 16)] {
          var drawn = try with.draw(attributeCount: 2, tile: tile)
          for sample in drawn.instances.indices where drawn.instances[sample] > place {
            drawn.instances[sample] -= 1
            drawn.numbers[sample] -= 2
          }
          #expect(drawn == expected, "round \(round), place \(place), tiles \(tile)")
        }
      }
    }
  }

  /// The near part shows at the opaque squares of its board, the far one at the others: by position.
  @Test func aCheckerboardBeforeAnotherPart() throws {
    let (width, height) = (128, 96)
    // 1 m ahead a sample is 1 / 128 m: the card fills samples 32 to 95 and 16 to 79, 8 a square.
    let board = try PartScene.card(
      halfWidth: 0.25, halfHeight: 0.25, depth: 1, cutOut: .checkerboard(8, addressing: .clamped))
    let wall = try PartScene.card(halfWidth: 3, halfHeight: 3, depth: 2)
    for (near, parts) in [(0, [board, wall]), (1, [wall, board])] {
      let scene = PartScene(parts: parts, width: width, height: height)
      let drawn = try scene.draw(tile: (64, 64))
      var wrong = 0
      for y in 0..<height {
        for x in 0..<width {
          let (column, row) = (x - 32, y - 16)
          let inside = (0..<64).contains(column) && (0..<64).contains(row)
          // Within the outer half of the border squares, and at the others' centres and near them.
          let isOpaque = (column / 8 + row / 8) % 2 == 0
          // Where four squares meet, the bilinear surface is a saddle: its level 0.5 follows the borders.
          let expected = inside && isOpaque ? near : 1 - near
          if drawn.instances[y * width + x] != Int32(expected) { wrong += 1 }
        }
      }
      #expect(wrong == 0)
      try check(scene, "near is \(near)")
    }
  }

  /// What is large and behind a card with holes stays visible through them, and what is large and
  /// before it hides it, in every order.
  @Test func hierarchicalDepthAndHoles() throws {
    var generator = SeededGenerator(state: 45)
    let cutOut = try TestOpacity.checkerboard(6)
    for round in 0..<6 {
      func large(_ holes: Bool) throws -> TestPart {
        try PartScene.soup(
          5, reach: 0.9, depth: 1...(round % 2 == 0 ? 1.5 : 4), cutOut: holes ? cutOut : nil,
          &generator)
      }
      var parts = try [large(true), large(false), large(true), large(false)]
      parts.shuffle(using: &generator)
      try check(PartScene(parts: parts, width: 150, height: 100), "round \(round)")
    }
  }

  /// Of equal depths the first that has no hole there wins.
  @Test func theFirstOfCoincidentPartsWins() throws {
    let board = try PartScene.card(
      halfWidth: 0.3, halfHeight: 0.3, depth: 1, cutOut: .checkerboard(4))
    let closed = try PartScene.card(halfWidth: 0.3, halfHeight: 0.3, depth: 1)
    let first = try PartScene(parts: [closed, board]).draw()
    #expect(Set(first.instances) == [-1, 0])
    let second = try PartScene(parts: [board, closed, closed]).draw()
    #expect(Set(second.instances) == [-1, 0, 1])
    try check(PartScene(parts: [board, board, closed]), "coincident")
  }

  @Test(arguments: OpacityTexture.Addressing.allCases)
  func coordinatesOfAnyNumbers(addressing: OpacityTexture.Addressing) throws {
    var generator = SeededGenerator(state: 46)
    let cutOut = try TestOpacity.noise(7, 3, addressing: addressing, &generator)
    let wall = try PartScene.card(halfWidth: 3, halfHeight: 3, depth: 4)
    for near: Float in [0.01, 1.5] {
      var vertices: [SIMD3<Float>] = []
      var uv: [SIMD2<Float>] = []
      for number in HostileNumbersTests.numbers {
        let part = try PartScene.soup(2, reach: 0.2, depth: 1...3, &generator)
        vertices += part.vertices
        uv += part.uv.enumerated().map { index, point in
          index == 0 ? [number, point.y] : index == 4 ? [number, -number] : point
        }
      }
      let hostile = try TestPart(
        vertices, (0..<UInt32(vertices.count)).map { $0 }, uv: uv, cutOut: cutOut)
      let scene = PartScene(parts: [hostile, wall], near: near)
      let drawn = try scene.draw(threads: 2)
      #expect(drawn.numbers == (try scene.reference()).numbers, "near \(near)")
    }
  }
}
