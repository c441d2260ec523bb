import Compute

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
    let sides = Self.sides(pixels, faces: faces)
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

  /// Which sides of the faces around each vertex the camera sees: 1 front, 2 back, 3 both.
  private static func sides(_ pixels: [SIMD2<Float>], faces: [UInt32]) -> [UInt8] {
    var sides = [UInt8](repeating: 0, count: pixels.count)
    for face in stride(from: 0, to: faces.count - 2, by: 3) {
      let (a, b, c) = (
        pixels[Int(faces[face])], pixels[Int(faces[face + 1])], pixels[Int(faces[face + 2])]
      )
      let area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
      // Pixels count downwards: fronts turn clockwise.
      let side: UInt8 = area < 0 ? 1 : 2
      for corner in 0..<3 { sides[Int(faces[face + corner])] |= side }
    }
    return sides
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

  /// A smaller picture by averages of areas.
  ///
  /// - Parameter factor: below 1; sizes are rounded.
  func scaled(to width: Int, _ height: Int) -> Matte {
    if width == self.width, height == self.height { return self }
    let across = Self.shrunk(coverage, rows: self.height, from: self.width, to: width)
    var turned = [Float](repeating: 0, count: across.count)
    for y in 0..<self.height {
      for x in 0..<width { turned[x * self.height + y] = across[y * width + x] }
    }
    let down = Self.shrunk(turned, rows: width, from: self.height, to: height)
    var result = [Float](repeating: 0, count: width * height)
    for x in 0..<width {
      for y in 0..<height { result[y * width + x] = down[x * height + y] }
    }
    return Matte(width: width, height: height, coverage: result)
  }

  private static func shrunk(_ values: [Float], rows: Int, from: Int, to: Int) -> [Float] {
    var result = [Float](repeating: 0, count: rows * to)
    let factor = Double(from) / Double(to)
    for x in 0..<to {
      let (low, high) = (Double(x) * factor, Double(x + 1) * factor)
      for source in Int(low)..<min(Int(saturating: high, .up), from) {
        let share = Float(min(high, Double(source + 1)) - max(low, Double(source)))
        for y in 0..<rows { result[y * to + x] += share * values[y * from + source] }
      }
    }
    let mean = Float(1 / factor)
    return result.map { $0 * mean }
  }
}

extension PinholeCamera {
  /// The pixel of a point in camera axes; for cameras that are `aligned`.
  func project(_ point: SIMD3<Float>) -> SIMD2<Float> {
    focalLength * SIMD2(point.x, point.y) / point.z + principalPoint
  }
}
