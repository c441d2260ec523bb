import Foundation

/// Something that a detector has found, in places of its input from 0 to 1.
struct Detection: Sendable {
  /// Probability.
  var score: Float
  var low: SIMD2<Float>
  var high: SIMD2<Float>
  var points: [SIMD2<Float>]

  static let leastScore: Float = 0.5
  /// Boxes that overlap by more are the same thing.
  static let mostOverlap: Float = 0.3

  /// What a detector's outputs say, the surest first, boxes of one thing averaged.
  ///
  /// - Parameters:
  ///   - boxes: (anchors, values) centre, size and points in pixels of the input, about the anchor.
  ///   - scores: (anchors) logits.
  ///   - size: pixels of the input.
  static func all(
    boxes: [Float], scores: [Float], anchors: [SIMD2<Float>], size: Int
  ) -> [Detection] {
    let count = min(anchors.count, scores.count)
    guard count > 0 else { return [] }
    let values = boxes.count / count
    guard values >= 4 else { return [] }
    var found: [Detection] = []
    for index in 0..<count {
      let score = probability(scores[index])
      guard score >= leastScore else { continue }
      let pairs = stride(from: index * values, to: (index + 1) * values - 1, by: 2).map {
        SIMD2(boxes[$0], boxes[$0 + 1]) / Float(size)
      }
      let centre = pairs[0] + anchors[index]
      found.append(
        Detection(
          score: score, low: centre - pairs[1] / 2, high: centre + pairs[1] / 2,
          points: pairs[2...].map { $0 + anchors[index] }))
    }
    return merged(found)
  }

  /// The logistic function, of limited logits.
  static func probability(_ logit: Float) -> Float {
    1 / (1 + exp(-logit.limited(to: -100...100)))
  }

  /// Takes the surest box and all that overlap it for one thing, whose places are their mean by score; then
  /// the same of what is left.
  private static func merged(_ all: [Detection]) -> [Detection] {
    // Equal scores stay in the order of the anchors.
    var left = all.enumerated()
      .sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }.map(\.element)
    var results: [Detection] = []
    while let best = left.first {
      let same = left.indices.filter { $0 == 0 || best.overlap(left[$0]) > mostOverlap }
      results.append(mean(same.map { left[$0] }))
      let gone = Set(same)
      left = left.indices.filter { !gone.contains($0) }.map { left[$0] }
    }
    return results
  }

  /// The first one with the places of all.
  private static func mean(_ all: [Detection]) -> Detection {
    var result = all[0]
    let total = all.reduce(0) { $0 + $1.score }
    func mean(_ place: (Detection) -> SIMD2<Float>) -> SIMD2<Float> {
      all.reduce(.zero) { $0 + place($1) * $1.score } / total
    }
    result.low = mean(\.low)
    result.high = mean(\.high)
    for point in result.points.indices { result.points[point] = mean { $0.points[point] } }
    return result
  }

  /// Intersection over union.
  private func overlap(_ other: Detection) -> Float {
    func area(_ low: SIMD2<Float>, _ high: SIMD2<Float>) -> Float {
      max(high.x - low.x, 0) * max(high.y - low.y, 0)
    }
    let common = area(pointwiseMax(low, other.low), pointwiseMin(high, other.high))
    return common / (area(low, high) + area(other.low, other.high) - common)
  }
}
