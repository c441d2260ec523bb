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

  init(left: Side, right: Side) {
    self.left = left
    self.right = right
  }

  init(_ body: BodyModel) {
    left = Side(components: body.leftHandComponents, mean: body.leftHandMean)
    right = Side(components: body.rightHandComponents, mean: body.rightHandMean)
  }
}
