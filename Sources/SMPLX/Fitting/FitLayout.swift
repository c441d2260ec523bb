/// Where each unknown of a fit lies in its vector of parameters.
///
/// In this order: root rotation (an increment, axis-angle, on a start rotation), translation, 21 body
/// joints, jaw, components of the left and of the right hand, betas, expression, tilt of the camera,
/// thickness of clothes.
package struct FitLayout: Sendable {
  package static let bodyJointCount = 21
  package let handCount: Int
  package let betaCount: Int
  package let expressionCount: Int

  package let root = 0..<3
  package let translation = 3..<6
  package let body = 6..<69
  package let jaw = 69..<72
  package let leftHand: Range<Int>
  package let rightHand: Range<Int>
  package let betas: Range<Int>
  package let expression: Range<Int>

  /// Pitch (positive downwards) and roll of the camera, radians.
  package let tilt: Range<Int>

  /// How far clothes stand out from the trunk and from the legs, metres.
  package let cloth: Range<Int>

  package var count: Int { cloth.upperBound }
  /// Betas and expression: what moves the rest body.
  package var shape: Range<Int> { betas.lowerBound..<expression.upperBound }

  /// - Parameters:
  ///   - handCount: components a hand, at most 45.
  ///   - betaCount: at most as many as the body has; the first ones.
  init(
    handCount: Int, betaCount: Int, expressionCount: Int
  ) {
    self.handCount = handCount
    self.betaCount = betaCount
    self.expressionCount = expressionCount
    leftHand = 72..<72 + handCount
    rightHand = leftHand.upperBound..<leftHand.upperBound + handCount
    betas = rightHand.upperBound..<rightHand.upperBound + betaCount
    expression = betas.upperBound..<betas.upperBound + expressionCount
    tilt = expression.upperBound..<expression.upperBound + 2
    cloth = tilt.upperBound..<tilt.upperBound + 2
  }

  /// The three parameters of a body joint (1 to 21).
  package func joint(_ joint: Int) -> Range<Int> {
    let first = body.lowerBound + 3 * (joint - 1)
    return first..<first + 3
  }
}
