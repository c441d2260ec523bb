import Compute

/// A body model as fitting reads it: joints and how shape moves them, hands, all in double precision.
package final class FitModel: Sendable {
  package let body: BodyModel
  package let layout: FitLayout
  /// Rest positions of the joints of the unshaped body, metres.
  let joints: [SIMD3<Double>]
  /// (J, S): metres per unit of each beta and expression coefficient.
  let jointShape: [SIMD3<Double>]
  /// Bit i of entry j is set if joint i is j or one that j hangs from.
  let ancestors: [UInt64]
  let leftHandMean, rightHandMean: [Double]
  /// (handCount, 45).
  let leftHandComponents, rightHandComponents: [Double]

  var shapeCount: Int { layout.betaCount + layout.expressionCount }

  /// - Parameters:
  ///   - betaCount: the most betas that are fitted, the first ones.
  ///   - handCount: components a hand, 45 at most.
  package init(
    _ body: BodyModel, betaCount: Int = 10, expressionCount: Int = 10, handCount: Int = 12
  ) {
    self.body = body
    layout = FitLayout(
      handCount: min(max(0, handCount), HandPCA.width),
      betaCount: min(max(0, betaCount), body.shapeCount),
      expressionCount: min(max(0, expressionCount), body.expressionCount))
    let template = body.restPosition
    joints = body.regressor(template)
    let (betaCount, expressionCount) = (layout.betaCount, layout.expressionCount)
    // Regression is linear: joints of each column by itself.
    let columns = (0..<betaCount).map { column in
      var unit = [Double](repeating: 0, count: body.shapeCount)
      unit[column] = 1
      return body.regressor {
        columnOffsetReference(body.shapeColumns, vertex: $0, coefficients: unit)
      }
    }
    let jointCount = body.jointCount
    jointShape = (0..<jointCount).flatMap { joint in
      columns.map { $0[joint] }
        + (0..<expressionCount).map { body.expressionJoints[$0 * jointCount + joint] }
    }
    var ancestors = [UInt64](repeating: 0, count: jointCount)
    for joint in 0..<jointCount {
      ancestors[joint] =
        (joint == 0 ? 0 : ancestors[body.parents[joint]]) | (1 as UInt64) << UInt64(joint)
    }
    self.ancestors = ancestors
    leftHandMean = body.leftHandMean.map(Double.init)
    rightHandMean = body.rightHandMean.map(Double.init)
    let used = layout.handCount * HandPCA.width
    leftHandComponents = body.leftHandComponents.prefix(used).map(Double.init)
    rightHandComponents = body.rightHandComponents.prefix(used).map(Double.init)
  }
}

extension BodyModel {
  /// The template's position of a vertex, metres.
  func restPosition(_ vertex: Int) -> SIMD3<Double> {
    let stride = paddedCount
    return SIMD3(
      Double(template[vertex]), Double(template[stride + vertex]),
      Double(template[2 * stride + vertex]))
  }
}
