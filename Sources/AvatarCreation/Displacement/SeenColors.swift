import Compute
import SMPLX

/// What the photo shows of a body's surface, by vertex.
struct SeenColors {
  /// Lightness and two opponent colours of each vertex, CIE L*a*b*; nil where the photo does not show it.
  let colors: [SIMD3<Float>?]
  /// Of the face; nil where none is seen.
  let skin: SIMD3<Float>?

  /// - Parameters:
  ///   - points: posed vertices, camera axes.
  ///   - normals: theirs.
  ///   - ids: the rendered triangle of each pixel of the working picture.
  ///   - scale: working pixels of a pixel of the photo.
  init(
    points: [SIMD3<Float>], normals: [SIMD3<Float>], faces: [UInt32], ids: [Int32],
    picture: OutlineTargets.Picture, photo: Photo, scale: SIMD2<Float>, regions: SurfaceRegions
  ) {
    let (width, height) = (picture.matte.width, picture.matte.height)
    var shown = [Bool](repeating: false, count: points.count)
    for id in ids where id >= 0 {
      for corner in 0..<3 { shown[Int(faces[3 * Int(id) + corner])] = true }
    }
    let colors = points.indices.map { vertex -> SIMD3<Float>? in
      // Turned to the camera, in front, and well inside the person.
      guard shown[vertex], normals[vertex].dot(points[vertex].normalized) < -0.4 else { return nil }
      let pixel = picture.camera.project(points[vertex])
      guard pixel.x >= 1, pixel.y >= 1, pixel.x < Float(width - 1), pixel.y < Float(height - 1),
        picture.matte.sample(pixel) > 0.95
      else { return nil }
      let (x, y) = (
        Int(saturating: pixel.x / scale.x, .down), Int(saturating: pixel.y / scale.y, .down)
      )
      guard x < photo.width, y < photo.height else { return nil }
      let start = 3 * (y * photo.width + x)
      return PerceptualColor.lab(
        SIMD4(
          Float(photo.pixels[start]), Float(photo.pixels[start + 1]),
          Float(photo.pixels[start + 2]), 0))
    }
    self.colors = colors
    let face = colors.indices.compactMap { regions[$0] == .face ? colors[$0] : nil }
    skin =
      face.count < 20
      ? nil
      : SIMD3(
        Self.median(face.map(\.x)), Self.median(face.map(\.y)), Self.median(face.map(\.z)))
  }

  /// How much of what is seen of some vertices has the face's colour; nil if too little is seen to say.
  func skinShare(_ vertices: (Int) -> Bool) -> Float? {
    guard let skin else { return nil }
    var (alike, seen) = (0, 0)
    for vertex in colors.indices where vertices(vertex) {
      guard let color = colors[vertex] else { continue }
      seen += 1
      let difference = color - skin
      // Bodies are lit less evenly than faces, and keep their hue.
      let hue = (difference.y * difference.y + difference.z * difference.z).squareRoot()
      if hue < 11, abs(difference.x) < 32 { alike += 1 }
    }
    return seen < 20 ? nil : Float(alike) / Float(seen)
  }

  static func median(_ values: [Float]) -> Float {
    values.isEmpty ? 0 : values.sorted()[values.count / 2]
  }
}
