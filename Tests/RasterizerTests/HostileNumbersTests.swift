import Compute
import Foundation
import TestSupport
import Testing

@testable import Rasterizer

/// Numbers from outside that no picture has: nothing traps, nothing is read or written elsewhere, and
/// what is not concerned is drawn as before.
@Suite struct HostileNumbersTests {
  static let numbers: [Float] = [
    .nan, .signalingNaN, .infinity, -.infinity, .greatestFiniteMagnitude,
    -.greatestFiniteMagnitude, 1e30, -1e30, 3e9, -3e9, 0, -0.0, .leastNonzeroMagnitude, 1e-30,
  ]

  @Test func camerasOfAnyNumbers() throws {
    var generator = SeededGenerator(state: 1)
    let mesh = ClosedMesh.ball(rings: 8, jitter: 0.1, &generator)
    let fields: [(inout PinholeCamera, Float) -> Void] = [
      { $0.rotation.0.x = $1 }, { $0.rotation.1.z = $1 }, { $0.rotation.2.y = $1 },
      { $0.translation.x = $1 }, { $0.translation.z = $1 }, { $0.pivot.y = $1 },
      { $0.pivot.z = $1 }, { $0.focalLength.x = $1 }, { $0.focalLength.y = $1 },
      { $0.principalPoint.x = $1 }, { $0.principalPoint.y = $1 }, { $0.near = $1 },
    ]
    for (index, field) in fields.enumerated() {
      for number in Self.numbers {
        for other in [nil, 0, 5] {
          // Half in the near plane, so that there is something to clip.
          var camera = PinholeCamera.random(
            distance: 1, span: 900, width: 100, height: 80, near: 0.3, &generator)
          field(&camera, number)
          if let other { fields[(index + other) % fields.count](&camera, -number) }
          let drawn = try draw(
            mesh.vertices, mesh.triangles, width: 100, height: 80, camera: camera,
            attributes: [mesh.vertices.map(\.x)])
          #expect(drawn.ids.allSatisfy { (-1..<Int32(mesh.triangles.count / 3)).contains($0) })
        }
      }
    }
  }

  @Test func verticesOfAnyNumbers() throws {
    var generator = SeededGenerator(state: 2)
    let camera = PinholeCamera.random(
      distance: 3, span: 30, width: 100, height: 80, near: 0.3, &generator)
    for round in 0..<40 {
      var mesh = ClosedMesh.ball(rings: 8, jitter: 0.1, &generator)
      for _ in 0..<1 + round {
        mesh.vertices[.random(in: 0..<mesh.vertices.count, using: &generator)][
          .random(in: 0..<3, using: &generator)] =
          Self.numbers.randomElement(using: &generator) ?? 0
      }
      let drawn = try draw(
        mesh.vertices, mesh.triangles, width: 100, height: 80, camera: camera,
        attributes: [mesh.vertices.map(\.x), mesh.vertices.map { 1e30 * $0.y }])
      #expect(drawn.ids.allSatisfy { (-1..<Int32(mesh.triangles.count / 3)).contains($0) })
    }
  }

  /// Of two triangles one has a corner that is no number; the other is drawn to the bit.
  @Test func attributesOfAnyNumbersStayInTheirTriangle() throws {
    let vertices: [SIMD3<Float>] = [
      [-0.4, -0.4, 1], [0, -0.4, 1], [-0.4, 0.4, 1], [0.1, 0.4, 1], [0.4, -0.4, 1], [0.4, 0.4, 1],
    ]
    let triangles: [UInt32] = [0, 2, 1, 3, 5, 4]
    let clean = try draw(
      vertices, triangles, width: 90, height: 90, attributes: [[1, 2, 3, 4, 5, 6]])
    for number in Self.numbers {
      let drawn = try draw(
        vertices, triangles, width: 90, height: 90, attributes: [[1, 2, 3, 4, number, 6]])
      #expect(drawn.ids == clean.ids)
      #expect(bits(drawn.depth) == bits(clean.depth))
      for index in drawn.ids.indices where drawn.ids[index] != 1 {
        #expect(drawn.attributes[index].bitPattern == clean.attributes[index].bitPattern)
      }
    }
  }

  /// Any coordinate, level and footprint reads texels of the picture: colours stay in its range.
  @Test func texturePointsOfAnyNumbers() throws {
    var generator = SeededGenerator(state: 3)
    let (width, height) = (37, 19)
    let bytes = (0..<width * height * 3).map { _ in UInt8.random(in: 100...150, using: &generator) }
    let texture = try MipmappedTexture(width: width, height: height, channels: 3, bytes: bytes)
    var points: [TexturePoint] = []
    for number in Self.numbers {
      for other in Self.numbers + [0.5] {
        points.append(TexturePoint(u: number, v: other))
        points.append(TexturePoint(u: other, v: 0.3, level: number))
        points.append(TexturePoint(u: 0.3, v: other, level: 1, du: number, dv: 0))
        points.append(TexturePoint(u: 0.3, v: 0.4, level: other, du: number, dv: other))
      }
    }
    let range = Float(linear(100)) * 0.999...Float(linear(150)) * 1.001
    for (index, color) in texture.sampled(points).enumerated() {
      #expect(range.contains(color.x), "\(points[index])")
    }
  }

  @Test func footprintsOfAnyNumbersAreLevels() {
    for a in Self.numbers {
      for b in Self.numbers {
        func lanes(_ value: Float) -> SIMD16<Float> { SIMD16(repeating: value) }
        let footprint = textureFootprint(
          ux: lanes(a), uy: lanes(b), vx: lanes(1), vy: lanes(a),
          request: FootprintRequest(texels: [512, 512], samplesPerPixel: 2))
        #expect(footprint.level[0].isFinite, "\(a), \(b)")
      }
    }
  }

  /// Lists of tiles in several runs, because they are too long together, give the same picture.
  @Test func runsOfTilesChangeNothing() throws {
    var generator = SeededGenerator(state: 4)
    let mesh = ClosedMesh.random(0, &generator)
    let planes = VertexPlanes(mesh.vertices)
    let connectivity = try Mesh(vertexCount: mesh.vertices.count, triangles: mesh.triangles)
    let (width, height) = (500, 333)
    let camera = PinholeCamera.random(
      distance: 1.3, span: 300, width: width, height: height, near: 0.9, &generator)
    func picture(_ limit: Int, threads: Int) -> [Int32] {
      let rasterizer = Rasterizer(pool: WorkerPool(threads: threads))
      rasterizer.mostBinEntries = limit
      let ids = AlignedBuffer<Int32>(count: width * height, filledWith: -7)
      let writer = BufferWriter(width: width, height: height)
      writer.ids = ids.pointer
      let instance = MeshInstance(
        mesh: connectivity, x: planes.x, y: planes.y, z: planes.z, cull: .none)
      for _ in 0..<2 {
        rasterizer.render(
          [instance, instance], camera: camera, width: width, height: height, shader: writer)
      }
      return (0..<width * height).map { ids[$0] }
    }
    let whole = picture(1 << 20, threads: 1)
    for limit in [0, 1, 97, 3000] {
      #expect(picture(limit, threads: 1) == whole, "\(limit) entries")
      #expect(picture(limit, threads: 3) == whole, "\(limit) entries")
    }
  }

  /// Every triangle of several chunks is cut by all planes at once: records have their room.
  @Test func everyTriangleClipped() throws {
    var generator = SeededGenerator(state: 5)
    var vertices: [SIMD3<Float>] = []
    for _ in 0..<3000 {
      func far() -> Float { .random(in: 2e4...4e4, using: &generator) }
      vertices += [[-far(), far(), -5], [far(), far(), 6], [far() / 9, -far(), 7]]
    }
    let triangles = (0..<UInt32(vertices.count)).map { $0 }
    var camera = PinholeCamera.aligned(focalLength: [40, 40], principalPoint: [20, 15])
    camera.near = 0.5
    var first: [Int32] = []
    for threads in [1, 3] {
      let drawn = try draw(
        vertices, triangles, width: 40, height: 30, camera: camera,
        attributes: [vertices.map(\.x)], threads: threads, copies: 2)
      #expect(drawn.ids.contains { $0 >= 0 })
      if first.isEmpty { first = drawn.ids }
      #expect(drawn.ids == first)
    }
  }

  @Test func meshesTooLargeAreErrors() {
    #expect(throws: ProgramError.self) { try Mesh(vertexCount: 1 << 24 + 1, triangles: []) }
    #expect(throws: ProgramError.self) { try Mesh(vertexCount: .max, triangles: [0, 1, 2]) }
  }
}
