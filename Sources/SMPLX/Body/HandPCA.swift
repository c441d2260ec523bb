// Hands as a few coefficients: principal components of finger rotations, and their mean.
//
// Matches: the `smplx` package, body_models.SMPLX.forward (`use_pca`, `num_pca_comps`,
// `flat_hand_mean`): coefficients times the first rows of `hands_components`, plus `hands_mean`
// unless the mean is flat; the mean is added to axis-angle hands too.

import Compute

/// Turns hand coefficients or hand rotations of a file into full finger rotations of a body.
///
///     let hands = try HandPCA(model: model, componentCount: 6)
///     pose.rotations.replaceSubrange(25..<40, with: try hands.left(coefficients))
public struct HandPCA: Sendable {
  /// Joints of one hand.
  public static let jointCount = 15
  /// Numbers of one hand, three a joint.
  static let width = 45

  /// Number of coefficients, 1 to 45.
  public let componentCount: Int
  private let leftMean, rightMean: [Float]
  private let leftComponents, rightComponents: [Float]

  /// - Parameters:
  ///   - componentCount: how many of the 45 components the coefficients stand for.
  ///   - flatMean: true if coefficients of zero mean flat hands, false if they mean the model's
  ///     relaxed hands.
  public init(model: BodyModel, componentCount: Int = 6, flatMean: Bool = false) throws {
    guard (1...Self.width).contains(componentCount) else {
      throw ProgramError(
        .usage, "hands have that many components at most", expected: "1 to \(Self.width)",
        found: "\(componentCount)")
    }
    self.componentCount = componentCount
    let flat = [Float](repeating: 0, count: Self.width)
    leftMean = flatMean ? flat : model.leftHandMean
    rightMean = flatMean ? flat : model.rightHandMean
    leftComponents = model.leftHandComponents
    rightComponents = model.rightHandComponents
  }

  /// Rotations of the left hand's 15 joints (25 to 39) for `componentCount` coefficients.
  public func left(_ coefficients: [Float]) throws -> [SIMD3<Float>] {
    try decode(coefficients, leftComponents, leftMean)
  }

  /// Rotations of the right hand's 15 joints (40 to 54) for `componentCount` coefficients.
  public func right(_ coefficients: [Float]) throws -> [SIMD3<Float>] {
    try decode(coefficients, rightComponents, rightMean)
  }

  /// Adds the mean to hands given as 45 axis-angle numbers.
  public func left(axisAngle: [Float]) throws -> [SIMD3<Float>] { try add(axisAngle, leftMean) }

  /// Adds the mean to hands given as 45 axis-angle numbers.
  public func right(axisAngle: [Float]) throws -> [SIMD3<Float>] { try add(axisAngle, rightMean) }

  private func decode(
    _ coefficients: [Float], _ components: [Float], _ mean: [Float]
  ) throws -> [SIMD3<Float>] {
    guard coefficients.count == componentCount else {
      throw ProgramError(
        .dataError, "another number of hand coefficients", expected: "\(componentCount)",
        found: "\(coefficients.count)")
    }
    var hand = [Float](repeating: 0, count: Self.width)
    decodeHand(
      coefficients, count: componentCount, components: components, mean: mean, to: &hand)
    return joints { hand[$0] }
  }

  private func add(_ hand: [Float], _ mean: [Float]) throws -> [SIMD3<Float>] {
    guard hand.count == Self.width else {
      throw ProgramError(
        .dataError, "another number of finger rotations", expected: "\(Self.width)",
        found: "\(hand.count)")
    }
    return joints { hand[$0] + mean[$0] }
  }

  private func joints(_ number: (Int) -> Float) -> [SIMD3<Float>] {
    (0..<Self.jointCount).map { SIMD3(number(3 * $0), number(3 * $0 + 1), number(3 * $0 + 2)) }
  }
}

/// 45 numbers of a hand: coefficients times the first rows of the components, plus the mean if there
/// is one.
///
/// - Parameters:
///   - coefficients: `count` of them.
///   - components: 45 x 45, row by row.
func decodeHand(
  _ coefficients: UnsafePointer<Float>, count: Int, components: [Float], mean: [Float]?,
  to output: UnsafeMutablePointer<Float>
) {
  for number in 0..<HandPCA.width {
    var sum = mean.map { Double($0[number]) } ?? 0
    for row in 0..<count {
      sum += Double(coefficients[row]) * Double(components[row * HandPCA.width + number])
    }
    output[number] = Float(sum)
  }
}
