import Compute
import Foundation
import TestSupport
import Testing

@testable import Rasterizer

/// A closed mesh has no holes, whatever the camera: every ray that enters it leaves it.
@Suite struct WatertightTests {
  struct View: Sendable, CustomTestStringConvertible {
    var name: String
    /// Metres from the eye to about the origin; meshes reach about a metre.
    var distance: Float
    /// Samples that a metre there takes, in widths of the picture.
    var span: Float
    var near: Float

    var testDescription: String { name }

    static let all = [
      View(name: "whole", distance: 4, span: 0.3, near: 0.01),
      View(name: "far and small", distance: 900, span: 0.05, near: 0.1),
      // A metre is 30 pictures wide: sides run out of the guard band.
      View(name: "huge", distance: 3, span: 30, near: 0.01),
      View(name: "cut by the near plane", distance: 1.2, span: 0.6, near: 1),
      View(name: "cut by both", distance: 0.9, span: 40, near: 0.4),
      View(name: "from inside", distance: 0.05, span: 6, near: 0.02),
    ]
  }

  /// Fronts less backs at every sample.
  func check(
    _ mesh: ClosedMesh, camera: PinholeCamera, width: Int, height: Int, _ comment: String
  ) throws -> SampleCounts {
    let counts = try SampleCounts(mesh, camera: camera, width: width, height: height)
    let cut = NearCut(mesh, camera: camera)
    var (wrong, example) = (0, "")
    for y in 0..<height {
      let expected = cut.isEmpty ? [] : cut.expected(row: y, width: width)
      for x in 0..<width {
        guard let expected = cut.isEmpty ? 0 : expected[x] else { continue }
        if counts.front(x, y) - counts.back(x, y) != expected {
          wrong += 1
          example = "\(x), \(y): \(counts.front(x, y)) fronts, \(counts.back(x, y)) backs"
          example += ", expected \(expected) more"
        }
      }
    }
    #expect(wrong == 0, "\(mesh.name), \(comment): \(wrong) samples, such as \(example)")
    return counts
  }

  @Test(arguments: View.all) func asManyFrontsAsBacks(view: View) throws {
    for round in 0..<24 {
      var generator = SeededGenerator(state: UInt64(round) &* 77 &+ UInt64(view.distance * 100))
      let mesh = ClosedMesh.random(round, &generator)
      let (width, height) = [(211, 190), (640, 333), (1500, 64)][round % 3]
      let camera = PinholeCamera.random(
        distance: view.distance, span: view.span * Float(width), width: width, height: height,
        near: view.near, &generator)
      let counts = try check(
        mesh, camera: camera, width: width, height: height, "\(view.name), round \(round)")
      // The picture shows what was counted.
      for cull in [CullMode.none, .back, .front] {
        let drawn = try draw(
          mesh.vertices, mesh.triangles, width: width, height: height, camera: camera, cull: cull)
        var wrong = 0
        for index in drawn.ids.indices {
          let (x, y) = (index % width, index / width)
          let hits =
            (cull == .front ? 0 : counts.front(x, y)) + (cull == .back ? 0 : counts.back(x, y))
          if (drawn.ids[index] >= 0) != (hits > 0) { wrong += 1 }
        }
        #expect(wrong == 0, "\(mesh.name), \(view.name), round \(round), \(cull): \(wrong) samples")
      }
    }
  }

  @Test(arguments: 0..<8) func asManyFrontsAsBacksInLargePictures(round: Int) throws {
    var generator = SeededGenerator(state: UInt64(round) &+ 4000)
    let mesh = ClosedMesh.random(round, &generator)
    let view = View.all[round % View.all.count]
    let (width, height) = [(6000, 6000), (3000, 2000), (5900, 700), (2048, 2048)][round % 4]
    let camera = PinholeCamera.random(
      distance: view.distance, span: view.span * Float(min(width, height)), width: width,
      height: height, near: view.near, &generator)
    _ = try check(mesh, camera: camera, width: width, height: height, view.name)
  }

  /// Small, large and cut triangles side by side by the thousand, far from the origin of the screen,
  /// where coordinates have the fewest bits behind the point: a corner that one of the three ways projects
  /// with another order of operations shows as holes.
  @Test(arguments: 0..<8) func everyWayPutsACornerOnTheSameSubpixel(round: Int) throws {
    var generator = SeededGenerator(state: UInt64(round) &+ 7100)
    let isCut = round % 2 == 1
    let (side, distance) = (6000, Float(4))
    let mesh = ClosedMesh.ball(rings: isCut ? 150 : 92, jitter: 0.004, &generator)
    let extent = Float(RasterConstants.smallExtent) / RasterConstants.subpixels
    // About half of all triangles reach over the extent at which set-up changes.
    let span = Float(isCut ? 100 : 92) * extent / .pi
    let camera = PinholeCamera.random(
      distance: distance, span: span, width: side, height: side,
      near: isCut ? distance - 0.1 : 0.01, &generator)
    _ = try check(
      mesh, camera: camera, width: side, height: side, isCut ? "cut" : "about the extent")
  }

  /// The law as a picture shows it, without looking inside: what fronts cover is what backs cover.
  @Test func frontsCoverWhatBacksCover() throws {
    for round in 0..<16 {
      var generator = SeededGenerator(state: UInt64(round) &+ 900)
      let mesh = ClosedMesh.random(round, &generator)
      let (width, height) = (900, 700)
      let camera = PinholeCamera.random(
        distance: 3.5, span: [250, 4000, 30000][round % 3], width: width, height: height,
        near: 0.01, &generator)
      let fronts = try draw(
        mesh.vertices, mesh.triangles, width: width, height: height, camera: camera, cull: .back)
      let backs = try draw(
        mesh.vertices, mesh.triangles, width: width, height: height, camera: camera, cull: .front)
      let holes = zip(fronts.ids, backs.ids).count { ($0 < 0) != ($1 < 0) }
      #expect(holes == 0, "\(mesh.name), round \(round)")
    }
  }

  /// Two triangles on either side of an edge that runs through many sample centres: one of them takes
  /// each of those, seen by a turned camera.
  @Test func oneOfTwoTakesASampleOnTheirEdge() throws {
    var onEdges = 0
    for round in 0..<60 {
      var generator = SeededGenerator(state: UInt64(round) &+ 12)
      let (width, height) = round % 2 == 0 ? (90, 70) : (700, 500)
      var camera = PinholeCamera.random(
        distance: 3, span: Float(width), width: width, height: height, near: 0.01, &generator)
      camera.pivot = round % 3 == 0 ? .zero : camera.pivot
      func place(_ sample: SIMD2<Int>) -> SIMD3<Float> {
        let depth = Double.random(in: 2...4, using: &generator)
        let f = SIMD2<Double>(camera.focalLength)
        let s = SIMD2(Double(sample.x) + 0.5, Double(sample.y) + 0.5)
        let flat = (s - SIMD2<Double>(camera.principalPoint)) / f * depth
        let q = SIMD3(flat.x, flat.y, depth) - SIMD3<Double>(camera.translation)
        let r = (
          SIMD3<Double>(camera.rotation.0), SIMD3<Double>(camera.rotation.1),
          SIMD3<Double>(camera.rotation.2)
        )
        return SIMD3<Float>(r.0 * q.x + r.1 * q.y + r.2 * q.z + SIMD3<Double>(camera.pivot))
      }
      func random(_ extent: Int) -> Int { .random(in: 0..<extent, using: &generator) }
      // Steps of the edge from sample to sample.
      let step = SIMD2(random(7) - 3, random(5) - 2)
      guard step != .zero else { continue }
      let middle = SIMD2(width / 2, height / 2)
      let reach = min(width / 8, height / 6)
      let (a, b) = (middle &- step &* reach, middle &+ step &* reach)
      let aside = SIMD2(-step.y, step.x) &* (reach / 2)
      let (c, d) = (middle &+ aside, middle &- aside &+ step)
      var mesh = ClosedMesh(name: "pair", vertices: [a, b, c, d].map(place), triangles: [])
      mesh.triangles = round % 2 == 0 ? [0, 1, 2, 1, 0, 3] : [2, 0, 1, 3, 1, 0]
      // One side is a front, the other as well: together they are a quad.
      let counts = try SampleCounts(mesh, camera: camera, width: width, height: height)
      for k in -reach + 1..<reach {
        let sample = middle &+ step &* k
        guard (0..<width).contains(sample.x), (0..<height).contains(sample.y) else { continue }
        let hits = counts.front(sample.x, sample.y) + counts.back(sample.x, sample.y)
        #expect(hits == 1, "round \(round), \(sample)")
        onEdges += 1
      }
    }
    #expect(onEdges > 1000)
  }

  /// The fast path's vertices, lane by lane, and the corners that clipping projects, are one number.
  @Test func projectionIsItsScalarTwin() throws {
    for round in 0..<40 {
      var generator = SeededGenerator(state: UInt64(round) &+ 31)
      let camera = PinholeCamera.random(
        distance: [0.1, 3, 500][round % 3], span: [30, 900, 40000][round / 3 % 3], width: 800,
        height: 600, near: 0.02, &generator)
      let vertices = (0..<777).map { _ in
        SIMD3<Float>(
          .random(in: -2...2, using: &generator), .random(in: -2...2, using: &generator),
          .random(in: -2...2, using: &generator))
      }
      let planes = VertexPlanes(vertices)
      let rows = AlignedBuffer<Int32>(count: 4 * planes.padded)
      let outside = projectVertices(
        x: planes.x, y: planes.y, z: planes.z, from: 0, to: planes.padded, count: vertices.count,
        projection: VertexProjection(camera: camera, width: 800, height: 600),
        into: ProjectedVertices(rows: rows.pointer))
      var found = 0
      for (index, vertex) in vertices.enumerated() {
        let q = cameraCoordinatesReference(vertex, camera)
        let screen = screenReference(q, camera)
        let inside =
          q.z >= camera.near && (-14960 * 256...15760 * 256).contains(screen.x)
          && (-15060 * 256...15660 * 256).contains(screen.y)
        found += inside ? 0 : 1
        #expect(rows[4 * index + 3] == (inside ? 0 : -1))
        guard inside else { continue }
        #expect(rows[4 * index] == Int32(screen.x.rounded(.toNearestOrEven)))
        #expect(rows[4 * index + 1] == Int32(screen.y.rounded(.toNearestOrEven)))
        #expect(UInt32(bitPattern: rows[4 * index + 2]) == screen.z.bitPattern)
      }
      #expect(outside == found)
    }
  }

  /// A picture of the largest size lies inside the guard band.
  @Test func theLargestPictureIsCovered() throws {
    let (width, height) = (RasterConstants.largestSide, 9)
    var camera = PinholeCamera.aligned(
      focalLength: [4, 4], principalPoint: [Float(width) / 2, 4])
    camera.near = 0.5
    let drawn = try draw(
      [[-9000, -9000, 1], [9000, -9000, 1], [9000, 9000, 1], [-9000, 9000, 1]],
      [0, 1, 2, 0, 2, 3], width: width, height: height, camera: camera)
    let holes = drawn.ids.count { $0 < 0 }
    #expect(holes == 0)
  }

  /// Triangles much narrower than a sample: what they cover is drawn, at a depth that they have.
  @Test func sliversAreDrawnAtTheirDepth() throws {
    var covered = 0
    for round in 0..<60 {
      var generator = SeededGenerator(state: UInt64(round) &+ 55)
      let (width, height) = (400, 300)
      var vertices: [SIMD3<Float>] = []
      for _ in 0..<400 {
        func point() -> SIMD2<Float> {
          [.random(in: -200...200, using: &generator), .random(in: -150...150, using: &generator)]
        }
        let a = point().rounded(.down) + 0.5
        let reach: Float = round % 2 == 0 ? 0.15 : 1
        let b = a + (point() * reach).rounded(.down)
        let t = Float.random(in: 0...1, using: &generator)
        let c =
          a + (b - a) * t + [.random(in: -1...1, using: &generator) / 64, 1 / 128]
        for corner in [a, b, c] {
          let depth = exp(Float.random(in: -2...2, using: &generator))
          vertices.append(SIMD3(corner.x / 400, corner.y / 400, 1) * depth)
        }
      }
      let mesh = ClosedMesh(
        name: "slivers", vertices: vertices, triangles: (0..<UInt32(vertices.count)).map { $0 })
      let camera = PinholeCamera.aligned(focalLength: [400, 400], principalPoint: [200, 150])
      let counts = try SampleCounts(mesh, camera: camera, width: width, height: height)
      let drawn = try draw(
        vertices, mesh.triangles, width: width, height: height, camera: camera,
        attributes: [vertices.map(\.z)])
      for index in drawn.ids.indices {
        let (x, y) = (index % width, index / width)
        let hits = counts.front(x, y) + counts.back(x, y)
        #expect((drawn.ids[index] >= 0) == (hits > 0), "round \(round), \(x), \(y)")
        guard drawn.ids[index] >= 0 else { continue }
        covered += 1
        // Rounding of a plane through corners 16384 times as far apart as the triangle is wide: a
        // 256th of their differences.
        let corners = (0..<3).map { 1 / vertices[3 * Int(drawn.ids[index]) + $0].z }
        let (low, high) = (corners.min() ?? 0, corners.max() ?? 0)
        let slack = (high - low) / 256 + 1e-4 * high
        let range = 1 / (high + slack)...1 / max(low - slack, 1e-9)
        #expect(range.contains(drawn.depth[index]), "round \(round), \(x), \(y)")
        #expect(range.contains(drawn.attributes[index]), "round \(round), \(x), \(y)")
      }
    }
    #expect(covered > 1000)
  }
}
