import Compute

/// What the photo says of every texel: its colour there and how far that is to be trusted.
struct SeenTexels: Sendable {
  /// By texel: sRGB of 0 to 255, and a weight of 0 (hidden, grazing or at an edge) to 1.
  let colors: Plane<SIMD4<Float>>
  /// (V) position and normal in the camera's axes, and how far the vertex is moved in the working photo
  /// by `FaceWarp`: x, y, z, nx, ny, nz, dx, dy.
  let vertices: Plane<SIMD8<Float>>

  /// Cosines between normal and view below which nothing is taken, and from which all is.
  private static let grazing: (Float, Float) = (0.15, 0.35)
  /// Of the head, whose sides no fit places well enough.
  private static let grazingHead: (Float, Float) = (0.25, 0.5)
  /// Pixels of a person of 1000 within which nothing nearer may be.
  private static let occlusion: Float = 10
  private static let nearer: (Float, Float) = (0.035, 0.07)

  /// What is before each pixel of the photo.
  struct Obstacles: Sendable {
    /// (height, width) metres: the least depth around.
    fileprivate let nearest: Plane<Float>
    /// (height, width): 1 at the arms and near them.
    fileprivate let gap: Plane<Float>

    init(_ posed: PosedSurface, body: BodySurface, pool: WorkerPool) {
      nearest = SeenTexels.nearestWithin(SeenTexels.occlusion * posed.unit, posed, pool)
      gap = ArmGap.share(posed, body: body, pool: pool)
    }
  }

  /// - Parameters:
  ///   - isMirrored: whether each texel is looked for at its twin on the other side of the body.
  ///   - obstacles: of the same surface; nil finds them.
  init(
    _ atlas: AtlasTexels, body: BodySurface, posed: PosedSurface, photo: WorkingPhoto,
    spline: PhotoSpline, shift: Plane<SIMD2<Float>>?, isMirrored: Bool = false,
    obstacles: Obstacles? = nil, pool: WorkerPool
  ) {
    let vertices = Plane<SIMD8<Float>>(count: body.vertexCount, filledWith: .zero)
    let groups = Plane<SIMD16<Float>>(count: body.vertexCount, filledWith: .zero)
    for place in 0..<body.vertexCount {
      let vertex = isMirrored ? body.mirror[place] : place
      let (p, n, d) = (posed.positions[vertex], posed.normals[vertex], shift?[vertex] ?? .zero)
      vertices[place] = SIMD8(p.x, p.y, p.z, n.x, n.y, n.z, d.x, d.y)
      groups[place] = body.groups[vertex]
    }
    let colors = Plane<SIMD4<Float>>(count: max(atlas.count, 1), filledWith: .zero)
    let obstacles = obstacles ?? Obstacles(posed, body: body, pool: pool)
    let (nearest, gap) = (obstacles.nearest, obstacles.gap)
    pool.inChunks(atlas.count, of: AtlasTexels.chunk) { range in
      for texel in range {
        let surface = atlas.interpolate(vertices.pointer, texel)
        let point = SIMD4(surface[0], surface[1], surface[2], 0)
        let exact = posed.project(point)
        let place = exact + SIMD2(surface[6], surface[7])
        let color = spline.sample(place)
        colors[texel] = color
        colors[texel].w = 0
        guard exact.x >= 0, exact.x < Float(photo.width), exact.y >= 0,
          exact.y < Float(photo.height)
        else { continue }
        let normal = SIMD3(surface[3], surface[4], surface[5]).normalized
        let view = SIMD3(-point.x, -point.y, -point.z).normalized
        let cosine = normal.dot(view)
        guard cosine > 0.05 else { continue }
        let pixel = Int(exact.y) * photo.width + Int(exact.x)
        let behind = point.z - posed.depth[pixel]
        guard behind < 0.012 + 0.01 * (1 / max(cosine, 0.15) - 1) else { continue }
        let group = atlas.interpolate(groups.pointer, texel)
        let isHead = group[BodyGroup.head.rawValue] > 0.5
        let limits = isHead ? Self.grazingHead : Self.grazing
        var weight = smoothStep(cosine, limits.0, limits.1)
        weight *= 1 - smoothStep(point.z - nearest[pixel], Self.nearer.0, Self.nearer.1)
        weight *= photo.sample(photo.trust, place)
        if !isHead, ArmGap.armWeight(group) < 0.05 { weight *= 1 - photo.sample(gap, exact) }
        colors[texel].w = weight
      }
    }
    self.colors = colors
    self.vertices = vertices
  }

  /// Where a texel is in the working photo, the face's warp included.
  @inline(__always)
  func place(_ texel: Int, _ atlas: AtlasTexels, _ posed: PosedSurface) -> SIMD2<Float> {
    let surface = atlas.interpolate(vertices.pointer, texel)
    return posed.project(SIMD4(surface[0], surface[1], surface[2], 0))
      + SIMD2(surface[6], surface[7])
  }

  /// Makes the border of what is seen of the head soft on the surface: light changes over a head's sides,
  /// and masks end there where they like.
  func feather(_ atlas: AtlasTexels, body: BodySurface, pool: WorkerPool) {
    let (colors, groups) = (colors, body.groups)
    let sums = atlas.gather(vertexCount: body.vertexCount, pool: pool) { texel in
      SIMD4(colors[texel].w, 1, 0, 0)
    }
    let means = Plane(
      body.smoothed((0..<body.vertexCount).map { sums[$0].x / max(sums[$0].y, 1) }, steps: 2),
      orEmpty: 0)
    pool.inChunks(atlas.count, of: AtlasTexels.chunk) { range in
      for texel in range where colors[texel].w > 0 {
        guard atlas.interpolate(groups.pointer, texel)[BodyGroup.head.rawValue] > 0.5 else {
          continue
        }
        colors[texel].w *= smoothStep(atlas.interpolate(means.pointer, texel), 0.15, 0.7)
      }
    }
  }

  /// The least depth within some pixels of every pixel, along rows and columns.
  private static func nearestWithin(
    _ radius: Float, _ posed: PosedSurface, _ pool: WorkerPool
  ) -> Plane<Float> {
    let (width, height) = (posed.width, posed.height)
    let reach = max(1, Int(saturating: radius))
    let across = Plane<Float>(count: width * height, filledWith: .infinity)
    let result = Plane<Float>(count: width * height, filledWith: .infinity)
    let depth = posed.depth
    pool.inChunks(height, of: 16) { rows in
      for row in rows {
        let (source, target) = (depth.pointer + row * width, across.pointer + row * width)
        for step in -reach...reach where abs(step) < width {
          for column in max(0, -step)..<min(width, width - step) {
            target[column] = min(target[column], source[column + step])
          }
        }
      }
    }
    pool.inChunks(height, of: 16) { rows in
      for row in rows {
        let target = result.pointer + row * width
        for other in max(0, row - reach)...min(height - 1, row + reach) {
          let source = across.pointer + other * width
          for column in 0..<width { target[column] = min(target[column], source[column]) }
        }
      }
    }
    return result
  }
}

/// Distrust of trunk and legs close to an arm in the picture.
///
/// No fit places arms to the pixel: beside them lie their shadows, what they hold and the background in
/// the gap between arm and trunk.
enum ArmGap {
  /// Pixels of a person of 1000 that are distrusted, and how soft the border is.
  private static let reach: Float = 12
  private static let softness: Float = 3

  @inline(__always)
  static func armWeight(_ groups: SIMD16<Float>) -> Float {
    groups[BodyGroup.leftArm.rawValue] + groups[BodyGroup.rightArm.rawValue]
      + groups[BodyGroup.leftHand.rawValue] + groups[BodyGroup.rightHand.rawValue]
  }

  /// (height, width): 1 at the arms and near them.
  static func share(_ posed: PosedSurface, body: BodySurface, pool: WorkerPool) -> Plane<Float> {
    let count = posed.width * posed.height
    var isArm = [Bool](repeating: false, count: count)
    let (triangles, groups, faces) = (posed.triangles, body.groups, body.model.faces)
    for pixel in 0..<count where triangles[pixel] >= 0 {
      let vertex = Int(faces[3 * Int(triangles[pixel])])
      isArm[pixel] = armWeight(groups[vertex]) > 0.95
    }
    let distances = Plane(
      DistanceTransform.distances(to: isArm, width: posed.width, height: posed.height, pool: pool),
      orEmpty: .infinity)
    let (inner, outer) = (
      (reach - softness) * posed.unit, max((reach + softness) * posed.unit, 1)
    )
    for pixel in 0..<count { distances[pixel] = smoothStep(distances[pixel], outer, inner) }
    return distances
  }
}
