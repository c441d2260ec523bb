/// Soft parts of a body that are filled each by its own rule; numbers are lanes of `BodySurface.groups`.
enum BodyGroup: Int, CaseIterable, Sendable {
  case trunk, leftArm, rightArm, leftLeg, rightLeg, head, leftFoot, rightFoot, leftHand, rightHand

  /// The group of each of the 55 joints.
  static let ofJoint: [Int] = {
    var groups = [Int](repeating: BodyGroup.trunk.rawValue, count: 55)
    func set(_ group: BodyGroup, _ joints: some Sequence<Int>) {
      for joint in joints { groups[joint] = group.rawValue }
    }
    set(.leftArm, [16, 18])
    set(.rightArm, [17, 19])
    set(.leftLeg, [1, 4])
    set(.rightLeg, [2, 5])
    set(.head, [12, 15, 22, 23, 24])
    set(.leftFoot, [7, 10])
    set(.rightFoot, [8, 11])
    set(.leftHand, [20] + Array(25..<40))
    set(.rightHand, [21] + Array(40..<55))
    return groups
  }()

  /// The same limb of the other side.
  var twin: BodyGroup? {
    switch self {
    case .leftArm: .rightArm
    case .rightArm: .leftArm
    case .leftLeg: .rightLeg
    case .rightLeg: .leftLeg
    case .leftFoot: .rightFoot
    case .rightFoot: .leftFoot
    case .leftHand: .rightHand
    case .rightHand: .leftHand
    case .trunk, .head: nil
    }
  }
}
