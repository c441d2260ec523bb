/// Turns hand components of a motion file into finger rotations.
///
/// Matches: smplx.SMPLX.forward with `use_pca`: coefficients times the first rows of the
/// components, plus the mean hand.

/// What hand components mean on a body: 45 rows of 45 numbers (axis-angle of 15 finger joints)
/// and the mean hand, for each side.
struct MotionHandModel: Sendable {
  struct Side: Sendable {
    /// 45 x 45, row by row.
    var components: [Float]
    /// 45.
    var mean: [Float]
  }
  var left: Side
  var right: Side

  static let width = 45

  init(left: Side, right: Side) {
    self.left = left
    self.right = right
  }

  init(_ body: BodyModel) {
    left = Side(components: body.leftHandComponents, mean: body.leftHandMean)
    right = Side(components: body.rightHandComponents, mean: body.rightHandMean)
  }
}

extension MotionHandModel.Side {
  /// The hand of `count` coefficients, plus the mean if `addsMean`.
  func decode(
    _ coefficients: UnsafePointer<Float>, count: Int, addsMean: Bool,
    to output: UnsafeMutablePointer<Float>
  ) {
    let width = MotionHandModel.width
    for column in 0..<width {
      var sum: Double = addsMean ? Double(mean[column]) : 0
      for i in 0..<count {
        sum += Double(coefficients[i]) * Double(components[i * width + column])
      }
      output[column] = Float(sum)
    }
  }
}
