import Compute
import Foundation
import SMPLX

/// Moves a head's vertices in the photo so that the face's landmarks lie where the photo has them: no fit
/// places eyes and mouth to the pixel.
///
/// An affine part that fades away from the face, and Gaussian radial functions for what is left.
struct FaceWarp: Sendable {
  /// (V) pixels of the working photo.
  let shift: Plane<SIMD2<Float>>
  /// Of the face in the photo, pixels of the photo.
  let faceHeight: Float
  /// Mean distance of landmarks and fit before, in heights of the face.
  let error: Float

  /// In heights of the face: reach of a landmark, and where the affine part fades.
  private static let reach: Float = 0.16
  private static let fade: (Float, Float) = (0.55, 1.1)
  private static let ridge: Float = 0.15
  /// Fits that are farther off are of something else.
  static let greatestError: Float = 0.25

  /// Nil without a face, or for a body without landmarks.
  init?(
    _ landmarks: PersonLandmarks?, body: BodySurface, posed: PosedSurface, photo: WorkingPhoto
  ) {
    let model = body.model
    guard let face = landmarks?.face, face.points.count > 405,
      model.landmarks.count == LandmarkTable.face.count
    else { return nil }
    let heights = face.points.map(\.y)
    guard let top = heights.min(), let bottom = heights.max(), bottom > top,
      (bottom - top).isFinite
    else { return nil }
    faceHeight = bottom - top
    let unit = faceHeight * photo.scale
    let places = model.landmarks.map { point -> SIMD2<Float> in
      var sum = SIMD4<Float>.zero
      for k in 0..<3 { sum += posed.positions[Int(point.vertices[k])] * point.weights[k] }
      return posed.project(sum)
    }
    let residuals = LandmarkTable.face.indices.map { index -> SIMD2<Float> in
      let point = face.points[LandmarkTable.face[index]]
      return photo.place(SIMD2(point.x, point.y)) - places[index]
    }
    let count = Float(places.count)
    error = residuals.reduce(0) { $0 + Self.length($1) } / count / unit
    let shift = Plane<SIMD2<Float>>(count: body.vertexCount, filledWith: .zero)
    self.shift = shift
    // Written so that what is not a number fails.
    guard error <= Self.greatestError else { return }

    let centre = places.reduce(.zero, +) / count
    let affine = Self.affine(places.map { ($0 - centre) / unit }, residuals)
    func affineShift(_ place: SIMD2<Float>) -> SIMD2<Float> {
      let at = (place - centre) / unit
      return affine[0] + affine[1] * at.x + affine[2] * at.y
    }
    let rest = places.indices.map { residuals[$0] - affineShift(places[$0]) }
    func kernel(_ a: SIMD2<Float>, _ b: SIMD2<Float>) -> Float {
      let d = (a - b) / (unit * Self.reach)
      return exp(-0.5 * (d * d).sum())
    }
    let matrix = places.indices.flatMap { row in
      places.indices.map {
        Double(kernel(places[row], places[$0]) + (row == $0 ? Self.ridge : 0))
      }
    }
    let weights = Self.solve(matrix, rest)
    for vertex in 0..<body.vertexCount {
      let share = body.groups[vertex][BodyGroup.head.rawValue]
      guard share > 0 else { continue }
      let place = posed.project(posed.positions[vertex])
      let distance = Self.length(place - centre) / unit
      var sum = affineShift(place) * smoothStep(distance, Self.fade.1, Self.fade.0)
      for index in places.indices { sum += weights[index] * kernel(place, places[index]) }
      shift[vertex] = sum * share
    }
  }

  private static func length(_ vector: SIMD2<Float>) -> Float {
    (vector * vector).sum().squareRoot()
  }

  /// The offset and the two columns that take places to residuals best, the columns held back a little.
  private static func affine(
    _ places: [SIMD2<Float>], _ residuals: [SIMD2<Float>]
  ) -> [SIMD2<Float>] {
    var matrix = [Double](repeating: 0, count: 9)
    var right = [SIMD2<Float>](repeating: .zero, count: 3)
    for (place, residual) in zip(places, residuals) {
      let row = [1, place.x, place.y]
      for i in 0..<3 {
        for j in 0..<3 { matrix[3 * i + j] += Double(row[i] * row[j]) }
        right[i] += residual * row[i]
      }
    }
    for i in 0..<3 { matrix[4 * i] += i == 0 ? 1e-3 : 0.5 }
    return solve(matrix, right)
  }

  /// Solves for both coordinates; zeros for a matrix that is not positive definite.
  private static func solve(_ matrix: [Double], _ right: [SIMD2<Float>]) -> [SIMD2<Float>] {
    let columns = (0..<2).map { axis -> [Double] in
      var (a, b) = (matrix, right.map { Double($0[axis]) })
      return solveCholesky(&a, &b, b.count) ? b : b.map { _ in 0 }
    }
    return right.indices.map { SIMD2(Float(columns[0][$0]), Float(columns[1][$0])) }
  }
}
