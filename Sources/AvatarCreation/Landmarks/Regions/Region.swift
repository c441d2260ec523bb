import Foundation

/// A rotated square of a picture that a network looks at.
///
/// In pixels whose centres are whole numbers, as the networks were made; `PersonLandmarks` counts from
/// half a pixel before. Angles are in radians, clockwise on the screen.
struct Region: Sendable, Equatable {
  var centre: SIMD2<Double>
  var side: Double
  var angle: Double

  /// The square around a whole picture.
  init(around width: Int, _ height: Int) {
    centre = SIMD2(Double(width), Double(height)) / 2
    side = Double(max(width, height))
    angle = 0
  }

  init(centre: SIMD2<Double>, side: Double, angle: Double) {
    self.centre = centre
    self.side = side
    self.angle = angle
  }

  /// A square with a given centre, of which another point tells size and direction.
  ///
  /// - Parameters:
  ///   - target: the direction that the point has in the square, radians counterclockwise from the right.
  ///   - scale: the side over twice the distance.
  ///   - shift: of the centre along the square's rows downwards, in twice the distance.
  init(
    centre: SIMD2<Double>, towards point: SIMD2<Double>, target: Double, scale: Double,
    shift: Double = 0
  ) {
    let offset = point - centre
    let distance = 2 * (offset * offset).sum().squareRoot()
    angle = Self.wrapped(target - atan2(-offset.y, offset.x))
    side = distance * scale
    self.centre = centre
    move(down: shift * distance)
  }

  /// Moves the centre along the square's own vertical axis, pixels.
  mutating func move(down distance: Double) {
    centre += SIMD2(-sin(angle), cos(angle)) * distance
  }

  /// The pixel of a place in the square, 0 to 1 along its sides.
  func point(_ place: SIMD2<Double>) -> SIMD2<Double> {
    let (d, e) = ((place.x - 0.5) * side, (place.y - 0.5) * side)
    let (cosine, sine) = (cos(angle), sin(angle))
    return centre + SIMD2(d * cosine - e * sine, d * sine + e * cosine)
  }

  /// The same of a place with a depth, which is in sides.
  func point(_ place: SIMD3<Float>) -> SIMD3<Float> {
    let pixel = point(SIMD2(Double(place.x), Double(place.y)))
    return SIMD3(Float(pixel.x), Float(pixel.y), Float(Double(place.z) * side))
  }

  /// A direction in the square as one of the picture.
  func turned(_ vector: SIMD3<Float>) -> SIMD3<Float> {
    let (cosine, sine) = (Float(cos(angle)), Float(sin(angle)))
    return SIMD3(
      vector.x * cosine - vector.y * sine, vector.x * sine + vector.y * cosine, vector.z)
  }

  /// The square at the same place of the picture's mirror image.
  func mirrored(width: Int) -> Region {
    Region(
      centre: SIMD2(Double(width - 1) - centre.x, centre.y), side: side, angle: -angle)
  }

  /// An angle as one of -pi ..< pi.
  static func wrapped(_ angle: Double) -> Double {
    angle - 2 * .pi * ((angle + .pi) / (2 * .pi)).rounded(.down)
  }
}
