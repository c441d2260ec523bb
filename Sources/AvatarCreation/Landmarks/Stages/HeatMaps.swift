import Compute
import Foundation

/// Where each landmark is likely, by cells of the region: corrects what the regression says.
struct HeatMaps: Sendable {
  /// Cells of a side.
  let side: Int
  /// (side, side, landmarks) logits.
  let logits: [Float]
  private let landmarks: Int

  /// Cells to each side of the landmark's own; nine across reproduce MediaPipe 0.10.21.
  private static let reach = 4
  /// Where no cell is likelier the regression stands.
  private static let leastConfidence: Float = 0.5

  init(_ logits: [Float], landmarks: Int) {
    let cells = Double(logits.count / max(landmarks, 1)).squareRoot()
    side = Int(saturating: cells, .towardZero)
    self.landmarks = landmarks
    self.logits = logits
  }

  /// The mean place of the cells about a landmark, by probability.
  ///
  /// - Parameter place: in the region, 0 to 1.
  func refined(_ place: SIMD2<Float>, landmark: Int) -> SIMD2<Float> {
    let cell = place * Float(side)
    guard all(cell .> -1), all(cell .< Float(side)) else { return place }
    let (column, row) = (Int(cell.x), Int(cell.y))
    var (sum, highest) = (Float(0), Float(0))
    var mean = SIMD2<Float>.zero
    for y in max(row - Self.reach, 0)..<min(row + Self.reach + 1, side) {
      for x in max(column - Self.reach, 0)..<min(column + Self.reach + 1, side) {
        let weight = Detection.probability(logits[(y * side + x) * landmarks + landmark])
        sum += weight
        highest = max(highest, weight)
        mean += SIMD2(Float(x), Float(y)) * weight
      }
    }
    return highest >= Self.leastConfidence ? mean / sum / Float(side) : place
  }
}
