import Compute
import Foundation
import SMPLX
import TensorFiles

/// Where on a body the 468 points of the face network lie.
///
/// Measured once on the neutral body, in drawings of it; other bodies' faces are found by their own 51
/// landmarks, which every body has: the points move with those around them and go to the surface.
public struct FacePoints: Sendable {
  /// Metres, of the body that they were measured on.
  let points: [SIMD3<Float>]
  /// Of the same body: those that bodies know themselves.
  let landmarks: [SIMD3<Float>]

  public static let count = 468

  /// A place on a body's surface: weights of a triangle's corners.
  public struct Place: Sendable, Equatable {
    public let vertices: SIMD3<UInt32>
    public let weights: SIMD3<Float>
  }
  /// How far a landmark moves the points around it, in heights of the face's landmarks.
  private static let reach: Float = 0.3
  private static let ridge = 0.01

  /// - Parameter path: a `.npz` with `points` (468, 3) and `landmarks` (51, 3), metres.
  /// - Throws: `noInput` and `dataError` for a file that is not there or is not that.
  public init(path: String) throws {
    let archive = try NPZFile(path: path)
    func vectors(_ key: String, _ count: Int) throws -> [SIMD3<Float>] {
      try ProgramError.locating(file: path, key: key) {
        let tensor = try archive.tensor(key)
        let values = try tensor.floats()
        func fail(_ expected: String, _ found: String) -> ProgramError {
          ProgramError(
            .dataError, "these are no points of a face", expected: expected, found: found,
            hint: "take the file that ships")
        }
        guard tensor.shape == [count, 3] else {
          throw fail("(\(count), 3)", "\(tensor.shape)")
        }
        guard values.allSatisfy({ abs($0) <= 10 }) else { throw fail("metres", "other numbers") }
        return (0..<count).map { SIMD3(values[3 * $0], values[3 * $0 + 1], values[3 * $0 + 2]) }
      }
    }
    points = try vectors("points", Self.count)
    landmarks = try vectors("landmarks", LandmarkTable.face.count)
  }

  init(points: [SIMD3<Float>], landmarks: [SIMD3<Float>]) {
    (self.points, self.landmarks) = (points, landmarks)
  }

  /// The points on a body's surface; nil for a body without face landmarks.
  public func places(on model: BodyModel) throws -> [Place]? {
    guard model.landmarks.count == landmarks.count else { return nil }
    let shaped = try ShapedBody(model: model)
    let rest = (0..<model.vertexCount).map { shaped.restVertices[$0] }
    let own = model.landmarks.map { point in
      (0..<3).reduce(SIMD3<Float>.zero) { $0 + rest[Int(point.vertices[$1])] * point.weights[$1] }
    }
    guard let moved = moved(towards: own) else { return nil }
    let regions = BodyRegion.all(of: shaped)
    let skin: Set<BodyRegion> = [.face, .head, .scalp, .neck]
    let triangles = (0..<model.faces.count / 3).compactMap { face -> SIMD3<UInt32>? in
      let corners = SIMD3(
        model.faces[3 * face], model.faces[3 * face + 1], model.faces[3 * face + 2])
      return (0..<3).allSatisfy { skin.contains(regions[Int(corners[$0])]) } ? corners : nil
    }
    guard !triangles.isEmpty else { return nil }
    let corners = triangles.map { triangle in
      (rest[Int(triangle.x)], rest[Int(triangle.y)], rest[Int(triangle.z)])
    }
    return moved.map { point in
      var (best, distance) = (0, Float.infinity)
      var weights = SIMD3<Float>(1, 0, 0)
      for (index, triangle) in corners.enumerated() {
        // A triangle of a head is smaller than 3 cm.
        let step = triangle.0 - point
        guard step.dot(step) < (distance.squareRoot() + 0.03) * (distance.squareRoot() + 0.03)
        else { continue }
        let near = nearestWeights(point, triangle)
        let place = triangle.0 * near.x + triangle.1 * near.y + triangle.2 * near.z
        let square = (place - point).dot(place - point)
        if square < distance { (best, distance, weights) = (index, square, near) }
      }
      return Place(vertices: triangles[best], weights: weights)
    }
  }

  /// The points as the landmarks move them: as a whole, then each with those around it.
  private func moved(towards own: [SIMD3<Float>]) -> [SIMD3<Float>]? {
    let count = Float(landmarks.count)
    let from = landmarks.reduce(.zero, +) / count
    let to = own.reduce(.zero, +) / count
    let size = landmarks.reduce(0) { $0 + ($1 - from).dot($1 - from) }
    let wanted = own.reduce(0) { $0 + ($1 - to).dot($1 - to) }
    guard size > 0, wanted > 0, let top = landmarks.map(\.y).max(),
      let bottom = landmarks.map(\.y).min(), top > bottom
    else { return nil }
    let scale = (wanted / size).squareRoot()
    let reach = Self.reach * (top - bottom)
    func kernel(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float {
      let d = (a - b) / reach
      return exp(-0.5 * d.dot(d))
    }
    func whole(_ place: SIMD3<Float>) -> SIMD3<Float> { to + (place - from) * scale }
    let rest = zip(landmarks, own).map { $1 - whole($0) }
    let matrix = landmarks.indices.flatMap { row in
      landmarks.indices.map {
        Double(kernel(landmarks[row], landmarks[$0])) + (row == $0 ? Self.ridge : 0)
      }
    }
    let weights = (0..<3).map { axis -> [Double] in
      var (a, b) = (matrix, rest.map { Double($0[axis]) })
      return solveCholesky(&a, &b, b.count) ? b : b.map { _ in 0 }
    }
    return points.map { point in
      var result = whole(point)
      for (index, landmark) in landmarks.enumerated() {
        let share = kernel(point, landmark)
        for axis in 0..<3 { result[axis] += Float(weights[axis][index]) * share }
      }
      return result
    }
  }
}

/// Weights of the corners of the place in a triangle that is nearest to a point.
///
/// Method: Ericson, "Real-Time Collision Detection" (2004), 5.1.5.
func nearestWeights(
  _ p: SIMD3<Float>, _ triangle: (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>)
) -> SIMD3<Float> {
  let (a, b, c) = triangle
  let (ab, ac, ap) = (b - a, c - a, p - a)
  let (d1, d2) = (ab.dot(ap), ac.dot(ap))
  if d1 <= 0, d2 <= 0 { return [1, 0, 0] }
  let bp = p - b
  let (d3, d4) = (ab.dot(bp), ac.dot(bp))
  if d3 >= 0, d4 <= d3 { return [0, 1, 0] }
  let vc = d1 * d4 - d3 * d2
  if vc <= 0, d1 >= 0, d3 <= 0 {
    let t = d1 / max(d1 - d3, .leastNormalMagnitude)
    return [1 - t, t, 0]
  }
  let cp = p - c
  let (d5, d6) = (ab.dot(cp), ac.dot(cp))
  if d6 >= 0, d5 <= d6 { return [0, 0, 1] }
  let vb = d5 * d2 - d1 * d6
  if vb <= 0, d2 >= 0, d6 <= 0 {
    let t = d2 / max(d2 - d6, .leastNormalMagnitude)
    return [1 - t, 0, t]
  }
  let va = d3 * d6 - d5 * d4
  if va <= 0, d4 >= d3, d5 >= d6 {
    let t = (d4 - d3) / max((d4 - d3) + (d5 - d6), .leastNormalMagnitude)
    return [0, 1 - t, t]
  }
  let sum = va + vb + vc
  guard sum > 0 else { return [1, 0, 0] }
  return [va / sum, vb / sum, vc / sum]
}
