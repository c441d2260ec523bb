import Compute

/// Some vertices of a body in double precision, with everything that moves them.
///
/// A fit looks at a few hundred vertices; they are taken out of the body's blocks once.
package struct FittedVertices: Sendable {
  package let ids: [Int]
  /// Metres, before shaping.
  let rest: [SIMD3<Double>]
  /// (n, S): metres per unit of each beta and expression coefficient.
  let shape: [SIMD3<Double>]
  /// Entries `correctiveStarts[v] ..< correctiveStarts[v + 1]` belong to vertex v: a joint (1 to 54) and
  /// nine columns, metres per entry of its R - I, row by row.
  let correctiveStarts: [Int]
  let correctiveJoints: [Int]
  let correctives: [SIMD3<Double>]
  /// Likewise the joints that it follows and how much.
  let weightStarts: [Int]
  let weightJoints: [Int]
  let weights: [Double]

  package init(_ ids: [Int], of model: FitModel) {
    let body = model.body
    let layout = model.layout
    self.ids = ids
    rest = ids.map { body.restPosition($0) }
    var shape: [SIMD3<Double>] = []
    var (correctiveStarts, correctiveJoints, correctives) = ([0], [Int](), [SIMD3<Double>]())
    var (weightStarts, weightJoints, weights) = ([0], [Int](), [Double]())
    let skin = body.weights.pointers
    for id in ids {
      shape += Self.columns(body.shapeColumns, vertex: id, count: layout.betaCount)
      shape += Self.columns(body.expressionColumns, vertex: id, count: layout.expressionCount)
      let all = Self.columns(body.poseColumns, vertex: id, count: body.poseColumns.columnCount)
      for joint in 1..<body.jointCount {
        let nine = all[9 * (joint - 1)..<9 * joint]
        guard nine.contains(where: { $0 != .zero }) else { continue }
        correctiveJoints.append(joint)
        correctives += nine
      }
      correctiveStarts.append(correctiveJoints.count)
      let (block, lane) = (id / blockWidth, id % blockWidth)
      for entry in Int(skin.starts[block])..<Int(skin.starts[block + 1]) {
        let weight = skin.values[entry * blockWidth + lane]
        guard weight != 0 else { continue }
        weightJoints.append(Int(skin.joints[entry]))
        weights.append(Double(weight))
      }
      weightStarts.append(weights.count)
    }
    self.shape = shape
    self.correctiveStarts = correctiveStarts
    self.correctiveJoints = correctiveJoints
    self.correctives = correctives
    self.weightStarts = weightStarts
    self.weightJoints = weightJoints
    self.weights = weights
  }

  /// The first columns of a vertex, zeros among them.
  private static func columns(
    _ map: BlockColumns, vertex: Int, count: Int
  ) -> [SIMD3<Double>] {
    var result = [SIMD3<Double>](repeating: .zero, count: count)
    let pointers = map.pointers
    let (block, lane) = (vertex / blockWidth, vertex % blockWidth)
    for entry in Int(pointers.starts[block])..<Int(pointers.starts[block + 1]) {
      let column = Int(pointers.columns[entry])
      guard column < count else { continue }
      let value = pointers.values + entry * 48 + lane
      result[column] = SIMD3(Double(value[0]), Double(value[16]), Double(value[32]))
    }
    return result
  }
}
