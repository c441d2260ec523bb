/// Eyes, their sockets and the inside of the mouth, which lids and lips cover within the depth that fits are
/// off by: a texel of theirs is seen only where everything around its pixel is one of them.
struct FaceOpenings: Sendable {
  private let body: BodySurface
  private let posed: PosedSurface

  init(_ body: BodySurface, _ posed: PosedSurface) {
    (self.body, self.posed) = (body, posed)
  }

  /// Whether a texel is of an opening.
  func contain(_ texels: AtlasTexels, _ texel: Int) -> Bool {
    isOpening(Int(texels.corners[3 * Int(texels.faces[texel])]))
  }

  /// Whether nothing but openings is around where a texel is looked for.
  func show(_ texels: AtlasTexels, _ texel: Int, _ look: TexelLook) -> Bool {
    let surface = texels.interpolate(look.vertices.pointer, texel)
    let place = posed.project(SIMD4(surface[0], surface[1], surface[2], 0))
    guard place.x >= 1, place.y >= 1, place.x < Float(posed.width - 1),
      place.y < Float(posed.height - 1)
    else { return false }
    let (column, row) = (Int(place.x), Int(place.y))
    for y in row - 1...row + 1 {
      for x in column - 1...column + 1 {
        let triangle = Int(posed.triangles[y * posed.width + x])
        guard triangle >= 0, isOpening(Int(body.model.faces[3 * triangle])) else { return false }
      }
    }
    return true
  }

  private func isOpening(_ vertex: Int) -> Bool {
    switch body.regions[vertex] {
    case .leftEye, .rightEye, .socket, .mouth: true
    default: false
    }
  }
}
