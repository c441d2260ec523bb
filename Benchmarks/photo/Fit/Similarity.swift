import Compute

/// The similarity (rotation, scale, translation) that takes points nearest to others in the least-squares
/// sense.
///
/// Method: Horn, "Closed-form solution of absolute orientation using unit quaternions" (1987); the largest
/// eigenvector by power iteration.
struct Similarity {
  private let rotation: RotationMatrix
  private let scale: Double
  private let from: SIMD3<Double>
  private let to: SIMD3<Double>

  init(_ points: [SIMD3<Double>], to others: [SIMD3<Double>]) {
    let count = Double(points.count)
    let (from, to) = (points.reduce(.zero, +) / count, others.reduce(.zero, +) / count)
    var s = [[Double]](repeating: [0, 0, 0], count: 3)
    for (a, b) in zip(points, others) {
      for i in 0..<3 { for j in 0..<3 { s[i][j] += (a - from)[i] * (b - to)[j] } }
    }
    let n: [SIMD4<Double>] = [
      [s[0][0] + s[1][1] + s[2][2], s[1][2] - s[2][1], s[2][0] - s[0][2], s[0][1] - s[1][0]],
      [s[1][2] - s[2][1], s[0][0] - s[1][1] - s[2][2], s[0][1] + s[1][0], s[2][0] + s[0][2]],
      [s[2][0] - s[0][2], s[0][1] + s[1][0], s[1][1] - s[0][0] - s[2][2], s[1][2] + s[2][1]],
      [s[0][1] - s[1][0], s[2][0] + s[0][2], s[1][2] + s[2][1], s[2][2] - s[0][0] - s[1][1]],
    ]
    // Moved so that the largest eigenvalue is the largest in magnitude.
    let shift = n.flatMap { row in (0..<4).map { abs(row[$0]) } }.reduce(0, +)
    var q: SIMD4<Double> = [1, 0.01, 0.02, 0.03]
    for _ in 0..<2000 {
      let next = shift * q + SIMD4((0..<4).map { (n[$0] * q).sum() })
      q = next / (next * next).sum().squareRoot()
    }
    let turn = RotationMatrix(UnitQuaternion(w: q[0], v: SIMD3(q[1], q[2], q[3])))
    var (along, square) = (0.0, 0.0)
    for (a, b) in zip(points, others) {
      along += (turn * (a - from)).dot(b - to)
      square += (a - from).dot(a - from)
    }
    rotation = turn
    scale = along / square
    (self.from, self.to) = (from, to)
  }

  func callAsFunction(_ point: SIMD3<Double>) -> SIMD3<Double> {
    scale * (rotation * (point - from)) + to
  }
}
