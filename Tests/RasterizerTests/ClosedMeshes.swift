import Compute
import Foundation
import TestSupport

@testable import Rasterizer

/// A mesh without borders; triangles are counter-clockwise seen from outside.
struct ClosedMesh {
  var name: String
  var vertices: [SIMD3<Float>]
  var triangles: [UInt32]

  /// Rings of quads around a ball, each vertex moved by up to `jitter` along and across; folds are
  /// welcome.
  static func ball(
    rings: Int, jitter: Float, stretch: SIMD3<Float> = .one, _ generator: inout SeededGenerator
  ) -> ClosedMesh {
    let steps = 2 * rings
    var vertices: [SIMD3<Float>] = [[0, 1, 0], [0, -1, 0]]
    for ring in 1..<rings {
      let polar = Float.pi * Float(ring) / Float(rings)
      for step in 0..<steps {
        let angle = 2 * Float.pi * Float(step) / Float(steps)
        vertices.append([sin(polar) * cos(angle), cos(polar), sin(polar) * sin(angle)])
      }
    }
    for index in vertices.indices {
      for axis in 0..<3 {
        vertices[index][axis] += Float.random(in: -jitter...jitter, using: &generator)
      }
      vertices[index] *= stretch
    }
    func number(_ ring: Int, _ step: Int) -> UInt32 {
      ring == 0 ? 0 : ring == rings ? 1 : UInt32(2 + (ring - 1) * steps + step % steps)
    }
    var triangles: [UInt32] = []
    for ring in 0..<rings {
      for step in 0..<steps {
        let (a, b) = (number(ring, step), number(ring, step + 1))
        let (c, d) = (number(ring + 1, step), number(ring + 1, step + 1))
        if ring > 0 { triangles += [a, b, c] }
        if ring < rings - 1 { triangles += [b, d, c] }
      }
    }
    return ClosedMesh(name: "ball of \(rings) rings", vertices: vertices, triangles: triangles)
  }

  static func torus(
    around: Int, across: Int, radius: Float, _ generator: inout SeededGenerator
  ) -> ClosedMesh {
    var vertices: [SIMD3<Float>] = []
    for i in 0..<around {
      for j in 0..<across {
        let u =
          2 * Float.pi * (Float(i) + .random(in: -0.3...0.3, using: &generator)) / Float(around)
        let v =
          2 * Float.pi * (Float(j) + .random(in: -0.3...0.3, using: &generator)) / Float(across)
        let r = 1 + radius * cos(v)
        vertices.append([r * cos(u), radius * sin(v), r * sin(u)])
      }
    }
    var triangles: [UInt32] = []
    for i in 0..<around {
      for j in 0..<across {
        func number(_ i: Int, _ j: Int) -> UInt32 { UInt32(i % around * across + j % across) }
        let (a, b, c, d) = (
          number(i, j), number(i + 1, j), number(i, j + 1), number(i + 1, j + 1)
        )
        triangles += [a, c, b, b, c, d]
      }
    }
    return ClosedMesh(name: "torus", vertices: vertices, triangles: triangles)
  }

  /// Twelve triangles.
  static func box(_ size: SIMD3<Float>, _ generator: inout SeededGenerator) -> ClosedMesh {
    let vertices = (0..<8).map { corner in
      SIMD3<Float>(
        corner & 1 == 0 ? -1 : 1, corner & 2 == 0 ? -1 : 1, corner & 4 == 0 ? -1 : 1) * size
    }
    var triangles: [UInt32] = []
    let quads: [[UInt32]] = [
      [0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6],
    ]
    for quad in quads {
      let k = Int.random(in: 0..<2, using: &generator)
      triangles += [quad[k], quad[k + 1], quad[k + 2], quad[k], quad[k + 2], quad[(k + 3) % 4]]
    }
    return ClosedMesh(name: "box \(size)", vertices: vertices, triangles: triangles)
  }

  /// Tetrahedra anywhere in a cube, some of them nearly flat.
  static func tetrahedra(_ count: Int, _ generator: inout SeededGenerator) -> ClosedMesh {
    var mesh = ClosedMesh(name: "\(count) tetrahedra", vertices: [], triangles: [])
    for number in 0..<count {
      func point() -> SIMD3<Float> {
        [
          .random(in: -1...1, using: &generator), .random(in: -1...1, using: &generator),
          .random(in: -1...1, using: &generator),
        ]
      }
      var corners = [point(), point(), point(), point()]
      if number % 3 == 0 { corners[3] = (corners[0] + corners[1]) / 2 + point() * 1e-3 }
      let (a, b, c) = (corners[1] - corners[0], corners[2] - corners[0], corners[3] - corners[0])
      let cross = SIMD3(
        a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
      if (cross * c).sum() > 0 { corners.swapAt(0, 1) }
      let first = UInt32(mesh.vertices.count)
      mesh.vertices += corners
      mesh.triangles += [0, 1, 2, 0, 3, 1, 1, 3, 2, 2, 3, 0].map { first + $0 }
    }
    return mesh
  }

  static func random(_ number: Int, _ generator: inout SeededGenerator) -> ClosedMesh {
    switch number % 8 {
    case 0: ball(rings: 24, jitter: 0.02, &generator)
    case 1: torus(around: 40, across: 17, radius: 0.4, &generator)
    case 2: box([1, 0.7, 1.3], &generator)
    case 3: tetrahedra(40, &generator)
    // Edge-on nearly everywhere: slivers.
    case 4: ball(rings: 13, jitter: 0.05, stretch: [1, 2e-3, 1], &generator)
    case 5: box([1, 1e-4, 1e-2], &generator)
    // Folded through itself.
    case 6: ball(rings: 5, jitter: 0.8, &generator)
    default: torus(around: 5, across: 3, radius: 0.9, &generator)
    }
  }
}

extension PinholeCamera {
  /// A rotation drawn evenly.
  static func randomRotation(
    _ generator: inout SeededGenerator
  ) -> (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>) {
    var q = SIMD4<Double>.zero
    repeat {
      for k in 0..<4 { q[k] = .random(in: -1...1, using: &generator) }
    } while !(0.01...1).contains((q * q).sum())
    q /= (q * q).sum().squareRoot()
    let (w, x, y, z) = (q[0], q[1], q[2], q[3])
    return (
      SIMD3<Float>(
        SIMD3(1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y))),
      SIMD3<Float>(
        SIMD3(2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x))),
      SIMD3<Float>(
        SIMD3(2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)))
    )
  }

  /// Looks at about the origin from `distance` metres, turned about a pivot of its own, with different
  /// focal lengths and the principal point off the middle.
  ///
  /// - Parameter span: samples that a metre at that distance takes.
  static func random(
    distance: Float, span: Float, width: Int, height: Int, near: Float,
    _ generator: inout SeededGenerator
  ) -> PinholeCamera {
    func number(_ range: ClosedRange<Float>) -> Float { .random(in: range, using: &generator) }
    let rotation = randomRotation(&generator)
    let pivot = SIMD3(number(-2...2), number(-2...2), number(-2...2))
    let target = SIMD3(number(-0.3...0.3), number(-0.3...0.3), number(-0.3...0.3)) - pivot
    let seen = SIMD3(
      (rotation.0 * target).sum(), (rotation.1 * target).sum(), (rotation.2 * target).sum())
    return PinholeCamera(
      rotation: rotation, translation: [0, 0, distance] - seen,
      focalLength: [span * distance * number(0.8...1.2), span * distance * number(0.8...1.2)],
      principalPoint: [Float(width) * number(0.2...0.8), Float(height) * number(0.2...0.8)],
      near: near, pivot: pivot)
  }
}
