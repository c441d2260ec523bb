import Compute
import SMPLX

/// Finger rotations as coefficients of a body's hand components, about its mean hand.
struct HandCoefficients {
  private let body: BodyModel
  /// Coefficients that programs expect, the fewest first.
  static let counts = [6, 12, 45]

  init(_ body: BodyModel) { self.body = body }

  /// - Parameter counts: numbers of coefficients that may be used, the fewest first.
  func left(_ rotations: [SIMD3<Float>], counts: [Int] = counts) -> [Float] {
    encode(rotations, body.leftHandComponents, body.leftHandMean, counts)
  }

  func right(_ rotations: [SIMD3<Float>], counts: [Int] = counts) -> [Float] {
    encode(rotations, body.rightHandComponents, body.rightHandMean, counts)
  }

  /// The fewest coefficients that tell the rotations to 1e-4 radians, else the most, as near as they come.
  private func encode(
    _ rotations: [SIMD3<Float>], _ components: [Float], _ mean: [Float], _ counts: [Int]
  ) -> [Float] {
    let wanted = rotations.flatMap { [$0.x, $0.y, $0.z] }.enumerated().map {
      Double($1) - Double(mean[$0])
    }
    let width = wanted.count
    var last: [Float] = []
    for count in counts {
      func component(_ row: Int, _ number: Int) -> Double {
        Double(components[row * width + number])
      }
      func dot(_ a: (Int) -> Double, _ b: (Int) -> Double) -> Double {
        (0..<width).reduce(0) { $0 + a($1) * b($1) }
      }
      var matrix = (0..<count * count).map { index in
        dot({ component(index / count, $0) }, { component(index % count, $0) })
      }
      var right = (0..<count).map { row in dot({ component(row, $0) }, { wanted[$0] }) }
      guard solveCholesky(&matrix, &right, count) else { return last }
      last = right.map { Float($0) }
      let error = (0..<width).map { number in
        abs((0..<count).reduce(-wanted[number]) { $0 + right[$1] * component($1, number) })
      }
      if error.allSatisfy({ $0 < 1e-4 }) { break }
    }
    return last
  }
}
