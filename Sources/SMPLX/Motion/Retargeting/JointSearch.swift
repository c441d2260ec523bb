/// Looks the joints of a skeleton up in the table of names.

struct JointSearch {
  private let skeleton: BVHSkeleton
  private var named: [JointName: [Int]] = [:]
  private let words: Set<String>
  private let prefix: String

  init(_ skeleton: BVHSkeleton) {
    self.skeleton = skeleton
    let names = skeleton.joints.map(\.name)
    let stripped = JointName.stripped(names)
    for (index, text) in stripped.enumerated() {
      named[JointName(text, parts: JointAliases.all), default: []].append(index)
    }
    words = Set(stripped.map { $0.lowercased().filter { $0.isLetter || $0.isNumber } })
    prefix = names.last?.lowercased() ?? ""
  }

  /// The first of `aliases` that a joint below `above` has.
  private func find(_ aliases: [String], _ side: JointName.Side? = nil, below above: Int?) -> Int? {
    for part in aliases {
      let found = named[JointName(side: side, part: part)]?.first { joint in
        above.map { joint != $0 && skeleton.descends(joint, from: $0) } ?? true
      }
      if let found { return found }
    }
    return nil
  }

  mutating func joints() -> [Int?] {
    var joints = [Int?](repeating: nil, count: 55)
    joints[0] = find(JointAliases.pelvis, below: nil)
    for (side, first) in [(JointName.Side.left, 0), (.right, 1)] {
      findLeg(side, first, &joints)
    }
    if let left = joints[1], let right = joints[2] {
      let above = skeleton.commonAncestor(left, right)
      // Names of the hips' parents differ more than the tree does.
      if joints[0].map({ !skeleton.descends(above, from: $0) }) ?? true { joints[0] = above }
    }
    joints[15] = find(JointAliases.head, below: joints[0])
    if let head = joints[15] {
      let neck = find(JointAliases.neck, below: joints[0])
      if let neck, neck != head, skeleton.descends(head, from: neck) { joints[12] = neck }
      joints[22] = find(JointAliases.jaw, below: head)
      joints[23] = find(JointAliases.eye, .left, below: head)
      joints[24] = find(JointAliases.eye, .right, below: head)
    }
    for (side, first) in [(JointName.Side.left, 0), (.right, 1)] {
      findArm(side, first, &joints)
    }
    if isSMPLX {
      for (joint, name) in [(3, "spine1"), (6, "spine2"), (9, "spine3")] {
        joints[joint] = find([name], below: joints[0])
      }
    }
    return joints
  }

  private func findLeg(_ side: JointName.Side, _ first: Int, _ joints: inout [Int?]) {
    // "leg" is a knee where "upleg" is a hip, "foot" a toe where "ankle" is there.
    let hip = find(JointAliases.hip + ["hip"], side, below: nil)
    let knee = find(JointAliases.knee + ["leg"], side, below: hip)
    let ankle = find(["ankle", "foot"], side, below: knee)
    joints[1 + first] = hip
    if hip != nil { joints[4 + first] = knee }
    if joints[4 + first] != nil { joints[7 + first] = ankle }
    if let ankle = joints[7 + first] {
      joints[10 + first] = find(JointAliases.toe + ["foot"], side, below: ankle)
    }
  }

  private func findArm(_ side: JointName.Side, _ first: Int, _ joints: inout [Int?]) {
    // "shoulder" is the joint of the arm unless another one is.
    let shoulder = find(JointAliases.shoulder + ["shoulder"], side, below: joints[0])
    guard let shoulder else { return }
    let collar = find(JointAliases.collar + ["shoulder"], side, below: joints[0])
    if let collar, collar != shoulder, skeleton.descends(shoulder, from: collar) {
      joints[13 + first] = collar
    }
    joints[16 + first] = shoulder
    guard let elbow = find(JointAliases.elbow, side, below: shoulder) else { return }
    joints[18 + first] = elbow
    guard let wrist = find(JointAliases.wrist, side, below: elbow) else { return }
    joints[20 + first] = wrist
    for finger in 0..<5 { findFinger(finger, side, below: wrist, 25 + 15 * first, &joints) }
  }

  /// One joint alone says nothing of how a finger bends.
  private func findFinger(
    _ finger: Int, _ side: JointName.Side, below wrist: Int, _ hand: Int, _ joints: inout [Int?]
  ) {
    let isBiped = named[JointName(side: side, part: "finger0")] != nil
    var found: [Int] = []
    for joint in 1...3 {
      let aliases = JointAliases.finger(finger, joint: joint, isBiped: isBiped)
      guard let next = find(aliases, side, below: found.last ?? wrist) else { break }
      found.append(next)
    }
    guard found.count > 1 else { return }
    for (offset, joint) in found.enumerated() { joints[hand + 3 * finger + offset] = joint }
  }

  private var isSMPLX: Bool {
    ["spine1", "spine2", "spine3", "lefthip", "leftcollar"].allSatisfy(words.contains)
      || ["spine1", "spine2", "spine3", "lhip", "lcollar"].allSatisfy(words.contains)
  }

  /// Whose names these look like.
  var convention: String {
    func has(_ names: String...) -> Bool { names.allSatisfy(words.contains) }
    if isSMPLX { return words.contains("leftindex1") ? "SMPL-X" : "SMPL" }
    if prefix.hasPrefix("mixamorig") { return "Mixamo" }
    if prefix.hasPrefix("bip") { return "3ds Max Biped" }
    if has("lhipjoint") { return "CMU" }
    if has("leftinhandindex") { return "Perception Neuron" }
    if has("leftthigh", "leftshin") { return "Rokoko" }
    if has("leftupperleg", "t8") || has("leftknee", "leftcollar", "chest") { return "Xsens" }
    if has("thighl", "calfl") { return "Unreal" }
    if has("lthigh", "lshin") { return "DAZ" }
    if has("thighl", "shinl") { return "Rigify" }
    if has("leftupleg", "leftshoulder", "lefthandend") { return "AnimatedDrawings" }
    if has("leftupleg", "lefttoe", "spine2") { return "LaFAN1" }
    if has("leftupleg", "lefttoebase") { return "MotionBuilder" }
    return "generic"
  }
}

extension JointName {
  init(side: Side?, part: String) {
    self.side = side
    self.part = part
  }
}
