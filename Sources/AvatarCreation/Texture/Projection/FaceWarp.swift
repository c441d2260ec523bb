import Compute
import Foundation
import SMPLX

/// Moves a head's vertices in the photo so that the face's points lie where the photo has them: no fit
/// places eyes and mouth to the pixel.
///
/// An affine part that fades away from the face, and Gaussian radial functions for what is left. Distances
/// are those of a face whose mouth is open, or what one lip wants would move the other.
struct FaceWarp: Sendable {
  /// (V) pixels of the working photo.
  let shift: Plane<SIMD2<Float>>
  /// Of the face in the photo, pixels of the photo.
  let faceHeight: Float
  /// Mean distance of points and fit before, in heights of the face.
  let error: Float

  /// In heights of the face: reach of a point, and where the affine part fades.
  private static let reach: Float = 0.16
  private static let fade: (Float, Float) = (0.55, 1.1)
  private static let ridge: Float = 0.15
  /// How far the mouth is opened, radians.
  private static let opening: Float = 0.5
  /// Cosine to the view below which a point is at the border of what is seen, or hidden.
  private static let facing: Float = 0.15
  /// Fits that are farther off are of something else.
  static let greatestError: Float = 0.25

  /// A point of the face network and where it lies on the body.
  private struct Anchor {
    var number: Int
    var place: FacePoints.Place

    func mean<Value: SIMD>(_ values: Plane<Value>) -> Value where Value.Scalar == Float {
      (0..<3).reduce(into: .zero) { $0 += values[Int(place.vertices[$1])] * place.weights[$1] }
    }
  }

  /// Nil without a face, or for a body without landmarks.
  ///
  /// - Parameter places: of the network's 468 points on the body (`FacePoints`); nil takes the 51 that
  ///   bodies know themselves.
  init?(
    _ landmarks: PersonLandmarks?, places: [FacePoints.Place]? = nil, body: BodySurface,
    posed: PosedSurface, photo: WorkingPhoto
  ) {
    let model = body.model
    guard let face = landmarks?.face, face.points.count >= FacePoints.count,
      model.landmarks.count == LandmarkTable.face.count
    else { return nil }
    let heights = face.points.map(\.y)
    guard let top = heights.min(), let bottom = heights.max(), bottom > top,
      (bottom - top).isFinite
    else { return nil }
    faceHeight = bottom - top
    let unit = faceHeight * photo.scale
    let known = zip(LandmarkTable.face, model.landmarks).map {
      Anchor(number: $0, place: .init(vertices: $1.vertices, weights: $1.weights))
    }
    func residual(_ anchor: Anchor) -> SIMD2<Float> {
      let point = face.points[anchor.number]
      return photo.place(SIMD2(point.x, point.y)) - posed.project(anchor.mean(posed.positions))
    }
    error = known.reduce(0) { $0 + Self.length(residual($1)) } / Float(known.count) / unit
    let shift = Plane<SIMD2<Float>>(count: body.vertexCount, filledWith: .zero)
    self.shift = shift
    // Written so that what is not a number fails.
    guard error <= Self.greatestError else { return }

    // Above the brows the network guesses under hair: there hairlines would be pulled off the face.
    let brows = known.reduce(-Float.infinity) { max($0, $1.mean(body.rest).y) }
    let all =
      places?.enumerated().map { Anchor(number: $0, place: $1) }
      .filter { $0.mean(body.rest).y <= brows } ?? known
    let anchors = all.filter { Self.isFacing($0.mean(posed.normals), $0.mean(posed.positions)) }
    guard anchors.count >= 8 else { return }
    let at = anchors.map { posed.project($0.mean(posed.positions)) }
    let residuals = anchors.map(residual)
    let centre = at.reduce(.zero, +) / Float(at.count)
    let affine = Self.affine(at.map { ($0 - centre) / unit }, residuals)
    func affineShift(_ place: SIMD2<Float>) -> SIMD2<Float> {
      let at = (place - centre) / unit
      return affine[0] + affine[1] * at.x + affine[2] * at.y
    }
    let open = Self.open(body, posed)
    let reach = unit * Self.reach
    let opened = anchors.map { $0.mean(open) / reach }
    @inline(__always) func kernel(_ a: SIMD2<Float>, _ b: SIMD2<Float>) -> Float {
      let d = a - b
      return exp(-0.5 * (d * d).sum())
    }
    let matrix = anchors.indices.flatMap { row in
      anchors.indices.map {
        Double(kernel(opened[row], opened[$0]) + (row == $0 ? Self.ridge : 0))
      }
    }
    let rest = anchors.indices.map { residuals[$0] - affineShift(at[$0]) }
    let weights = Self.solve(matrix, rest)
    for vertex in 0..<body.vertexCount {
      let share = body.groups[vertex][BodyGroup.head.rawValue]
      guard share > 0 else { continue }
      let place = posed.project(posed.positions[vertex])
      let distance = Self.length(place - centre) / unit
      var sum = affineShift(place) * smoothStep(distance, Self.fade.1, Self.fade.0)
      let own = open[vertex] / reach
      for index in anchors.indices {
        let step = own - opened[index]
        // Beyond that it is a thousandth.
        if (step * step).sum() < 14 { sum += weights[index] * kernel(own, opened[index]) }
      }
      shift[vertex] = sum * share
    }
  }

  private static func isFacing(_ normal: SIMD4<Float>, _ place: SIMD4<Float>) -> Bool {
    let (n, p) = (SIMD3(normal.x, normal.y, normal.z), SIMD3(place.x, place.y, place.z))
    return -n.normalized.dot(p.normalized) > facing
  }

  /// (V) where vertices would be in the photo if the mouth were open: the jaw's share of each is turned down
  /// about the jaw's joint.
  private static func open(_ body: BodySurface, _ posed: PosedSurface) -> Plane<SIMD2<Float>> {
    let result = Plane<SIMD2<Float>>(count: body.vertexCount, filledWith: .zero)
    let jaw = body.model.groupWeights((0..<55).map { $0 == 22 ? 1 : 0 }, count: 2)
    let joint = body.joints[22]
    let (sine, cosine) = (sin(opening), cos(opening))
    for vertex in 0..<body.vertexCount {
      let place = posed.positions[vertex]
      let share = jaw[2 * vertex + 1]
      let rest = SIMD3(body.rest[vertex].x, body.rest[vertex].y, body.rest[vertex].z) - joint
      let fall = rest.y * cosine - rest.z * sine - rest.y
      // Downwards in the picture; where a head leans or looks aside it is still apart.
      let pixels = share * fall * posed.camera.focalLength.y / max(place.z, 1e-3)
      result[vertex] = posed.project(place) - SIMD2(0, pixels)
    }
    return result
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
