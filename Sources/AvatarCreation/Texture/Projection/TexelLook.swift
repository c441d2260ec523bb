import Compute

/// A look at the photo for each texel: where it is there, and how far what is there is to be trusted.
struct TexelLook: Sendable {
  private let atlas: AtlasTexels
  /// (V) position and normal in the camera's axes, and how far the vertex is moved in the working photo
  /// by `FaceWarp`: x, y, z, nx, ny, nz, dx, dy.
  let vertices: Plane<SIMD8<Float>>
  private let groups: Plane<SIMD16<Float>>
  private let posed: PosedSurface
  private let photo: WorkingPhoto
  private let obstacles: SeenTexels.Obstacles

  /// Cosines between normal and view below which nothing is taken, and from which all is.
  private static let grazing: (Float, Float) = (0.15, 0.35)
  /// Of the head, whose sides no fit places well enough.
  private static let grazingHead: (Float, Float) = (0.25, 0.5)
  private static let nearer: (Float, Float) = (0.035, 0.07)

  /// - Parameters:
  ///   - shift: of `FaceWarp`.
  ///   - isMirrored: whether each texel is looked for at its twin on the other side of the body.
  init(
    _ atlas: AtlasTexels, body: BodySurface, posed: PosedSurface, photo: WorkingPhoto,
    shift: Plane<SIMD2<Float>>?, isMirrored: Bool = false, obstacles: SeenTexels.Obstacles
  ) {
    let count = body.vertexCount
    vertices = Plane<SIMD8<Float>>(count: count, filledWith: .zero)
    groups = isMirrored ? Plane(count: count, filledWith: .zero) : body.groups
    for place in 0..<count {
      let vertex = isMirrored ? body.mirror[place] : place
      let (p, n, d) = (posed.positions[vertex], posed.normals[vertex], shift?[vertex] ?? .zero)
      vertices[place] = SIMD8(p.x, p.y, p.z, n.x, n.y, n.z, d.x, d.y)
      if isMirrored { groups[place] = body.groups[vertex] }
    }
    (self.atlas, self.posed, self.photo, self.obstacles) = (atlas, posed, photo, obstacles)
  }

  /// Where a texel is, pixels of the working photo with the face's warp, and a weight of 0 (hidden, grazing or
  /// at an edge) to 1.
  @inline(__always)
  func at(_ texel: Int) -> (place: SIMD2<Float>, weight: Float) {
    let surface = atlas.interpolate(vertices.pointer, texel)
    let point = SIMD4(surface[0], surface[1], surface[2], 0)
    let exact = posed.project(point)
    let place = exact + SIMD2(surface[6], surface[7])
    guard exact.x >= 0, exact.x < Float(photo.width), exact.y >= 0,
      exact.y < Float(photo.height)
    else { return (place, 0) }
    let normal = SIMD3(surface[3], surface[4], surface[5]).normalized
    let view = SIMD3(-point.x, -point.y, -point.z).normalized
    let cosine = normal.dot(view)
    guard cosine > 0.05 else { return (place, 0) }
    let pixel = Int(exact.y) * photo.width + Int(exact.x)
    let behind = point.z - posed.depth[pixel]
    guard behind < 0.012 + 0.01 * (1 / max(cosine, 0.15) - 1) else { return (place, 0) }
    let group = atlas.interpolate(groups.pointer, texel)
    let isHead = group[BodyGroup.head.rawValue] > 0.5
    let limits = isHead ? Self.grazingHead : Self.grazing
    var weight = smoothStep(cosine, limits.0, limits.1)
    weight *= 1 - smoothStep(point.z - obstacles.nearest[pixel], Self.nearer.0, Self.nearer.1)
    weight *= photo.sample(photo.trust, place)
    if !isHead, ArmGap.armWeight(group) < 0.05 { weight *= 1 - photo.sample(obstacles.gap, exact) }
    return (place, weight)
  }
}
