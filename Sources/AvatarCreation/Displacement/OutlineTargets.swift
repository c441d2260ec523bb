import Compute
import SMPLX

/// Where the outline of a body has to go so that it meets the mask's.
struct OutlineTargets {
  /// A vertex on the outline and how far its surface should move.
  struct Target {
    var vertex: Int
    /// Along the direction given for the vertex, metres.
    var distance: Float
    var weight: Float
  }

  /// The picture that is fitted to, and how far an outline is looked for in it.
  struct Picture {
    var matte: Matte
    var camera: PinholeCamera
    /// Metres.
    var farthest: Float
  }

  /// Pixels of a step, and steps to either side.
  private static let step: Float = 0.5
  private static let reach = 60

  /// - Parameters:
  ///   - points: posed vertices, camera axes.
  ///   - directions: of each vertex's displacement, unit vectors in camera axes.
  ///   - ids: the rendered triangle of each pixel.
  ///   - isOutline: vertices that may be moved at all.
  static func find(
    points: [SIMD3<Float>], directions: [SIMD3<Float>], faces: [UInt32], ids: [Int32],
    picture: Picture, isOutline: (Int) -> Bool, pool: WorkerPool
  ) -> [Target] {
    let matte = picture.matte
    let (width, height) = (matte.width, matte.height)
    let drawn = ids.map { $0 >= 0 }
    let depth = DistanceTransform.signedDistances(
      to: drawn, width: width, height: height, pool: pool)
    let pixels = points.map { picture.camera.project($0) }
    let sides = FacingSides.around(vertexCount: points.count, faces: faces) { points[$0] }
    var targets: [Target] = []
    for vertex in points.indices where sides[vertex] == 3 && isOutline(vertex) {
      let pixel = pixels[vertex]
      guard let x = Int(exactly: pixel.x.rounded(.down)),
        let y = Int(exactly: pixel.y.rounded(.down)),
        x > 1, x < width - 2, y > 1, y < height - 2, abs(depth[y * width + x]) <= 2.5
      else { continue }
      // How the pixel moves when the vertex does.
      let point = points[vertex]
      let direction = directions[vertex]
      let scale = picture.camera.focalLength.x / point.z
      let movement =
        scale
        * SIMD2(
          direction.x - direction.z * point.x / point.z,
          direction.y - direction.z * point.y / point.z)
      let length = (movement * movement).sum().squareRoot()
      guard length > 0.3 * scale else { continue }
      guard
        let found = march(
          from: pixel, along: movement / length, matte: matte, drawn: drawn)
      else { continue }
      let distance = found.distance / length
      targets.append(
        Target(
          vertex: vertex, distance: distance,
          weight: abs(distance) > 1.5 * picture.farthest ? 0.1 * found.weight : found.weight))
    }
    return targets
  }

  /// Pixels to the mask's edge along a direction, negative inwards; nil if there is none in reach.
  private static func march(
    from start: SIMD2<Float>, along direction: SIMD2<Float>, matte: Matte, drawn: [Bool]
  ) -> (distance: Float, weight: Float)? {
    func coverage(_ steps: Int) -> Float {
      matte.sample(start + Float(steps) * step * direction)
    }
    func isDrawn(_ steps: Int) -> Bool {
      let p = start + Float(steps) * step * direction
      guard p.x >= 0, p.y >= 0, p.x < Float(matte.width), p.y < Float(matte.height) else {
        return false
      }
      return drawn[Int(p.y) * matte.width + Int(p.x)]
    }
    var last = coverage(0)
    if last > 0.5 {
      for steps in 1...reach {
        // The body again, beyond a gap that the mask has closed: meet half way, weakly.
        if steps > 6, isDrawn(steps) {
          return steps < 40 ? (min(Float(steps) / 2, 24) * step, 0.1) : nil
        }
        let next = coverage(steps)
        if next <= 0.5 {
          let part = (last - 0.5) / max(last - next, 1e-3)
          return ((Float(steps - 1) + part) * step, 1)
        }
        last = next
      }
      return nil
    }
    for steps in 1...reach {
      let next = coverage(-steps)
      if next > 0.5 {
        let part = (0.5 - last) / max(next - last, 1e-3)
        return (-(Float(steps - 1) + part) * step, 1)
      }
      last = next
    }
    return nil
  }
}

extension Matte {
  /// Coverage at a point of the picture, pixel centres at +0.5, bilinear; nothing beyond the border.
  func sample(_ point: SIMD2<Float>) -> Float {
    let p = point - 0.5
    guard p.x > -1, p.y > -1, p.x < Float(width), p.y < Float(height) else { return 0 }
    let (left, top) = (Int(saturating: p.x, .down), Int(saturating: p.y, .down))
    func at(_ x: Int, _ y: Int) -> Float {
      x >= 0 && y >= 0 && x < width && y < height ? coverage[y * width + x] : 0
    }
    let (u, v) = (p.x - Float(left), p.y - Float(top))
    return (1 - v) * ((1 - u) * at(left, top) + u * at(left + 1, top))
      + v * ((1 - u) * at(left, top + 1) + u * at(left + 1, top + 1))
  }
}

extension PinholeCamera {
  /// The pixel of a point in camera axes; for cameras that are `aligned`.
  func project(_ point: SIMD3<Float>) -> SIMD2<Float> {
    focalLength * SIMD2(point.x, point.y) / point.z + principalPoint
  }
}
