import Compute

/// A photo's colour over the square of a texel instead of at its middle: what a texture holds is a mean, and
/// where the photo has more detail than texels a single sample is any of it.
struct TexelFootprint: Sendable {
  private let texels: AtlasTexels
  private let posed: PosedSurface
  private let spline: PhotoSpline
  /// (F) how the weights of the second and third corner change with a texel to the right and down:
  /// second by x and y, third by x and y.
  private let steps: Plane<SIMD4<Float>>

  /// Places in a texel, along either side of its middle.
  private static let offset: Float = 0.25

  init(_ texels: AtlasTexels, atlas: TextureAtlas, posed: PosedSurface, spline: PhotoSpline) {
    (self.texels, self.posed, self.spline) = (texels, posed, spline)
    let size = Float(texels.size)
    let count = atlas.faces.count / 3
    steps = Plane(count: max(count, 1), filledWith: .zero)
    func corner(_ face: Int, _ number: Int) -> SIMD2<Float> {
      let row = Int(atlas.faces[3 * face + number])
      return SIMD2(atlas.coordinates[2 * row] * size, -atlas.coordinates[2 * row + 1] * size)
    }
    for face in 0..<count {
      let first = corner(face, 0)
      let (u, v) = (corner(face, 1) - first, corner(face, 2) - first)
      let area = u.x * v.y - u.y * v.x
      // A triangle without area has no texels.
      if area != 0 { steps[face] = SIMD4(v.y, -v.x, -u.y, u.x) / area }
    }
  }

  /// - Parameter look: whose vertices say where the texel is looked for.
  func color(_ texel: Int, _ look: TexelLook) -> SIMD4<Float> {
    let face = Int(texels.faces[texel])
    let (corner, middle, step) = (
      texels.corners.pointer + 3 * face, texels.weights[texel], steps[face]
    )
    let vertices = look.vertices.pointer
    let (a, b, c) = (
      vertices[Int(corner[0])], vertices[Int(corner[1])], vertices[Int(corner[2])]
    )
    var sum = SIMD4<Float>.zero
    for y in [-Self.offset, Self.offset] {
      for x in [-Self.offset, Self.offset] {
        let (second, third) = (
          middle.x + step.x * x + step.y * y, middle.y + step.z * x + step.w * y
        )
        let surface = a * (1 - second - third) + b * second + c * third
        let place = posed.project(SIMD4(surface[0], surface[1], surface[2], 0))
        sum += spline.sample(place + SIMD2(surface[6], surface[7]))
      }
    }
    return sum / 4
  }
}
