/// The table of names: what programs call the joints that SMPL-X has.
///
/// Sources: CMU's database in its BVH conversions (MotionBuilder's, DAZ's, AnimatedDrawings'),
/// Mixamo, Autodesk MotionBuilder and HumanIK, 3ds Max Biped, Rokoko Studio, Xsens MVN, Ubisoft's
/// LaFAN1, Perception Neuron, Unreal's mannequin, Unity's humanoid, Blender's Rigify, SMPL and SMPL-X.
///
/// A new convention whose words are none of these is a word in a list; `SkeletonMap` finds its way
/// between lists that share a word ("shoulder", "foot", "hip") by what else is there.
enum JointAliases {
  static let pelvis = ["hips", "pelvis", "hip", "mhips", "root"]
  static let neck = ["neck", "neck1", "neck01", "neck0", "lowerneck", "necklower"]
  static let head = ["head", "head1", "skull"]
  static let jaw = ["jaw"]
  static let eye = ["eye", "eyesmplhf"]

  // Without the words that other joints have too.
  static let hip = ["upleg", "thigh", "upperleg", "legupper", "femur"]
  static let knee = ["lowerleg", "lowleg", "leglower", "shin", "calf", "knee", "tibia"]
  static let toe = ["toebase", "toes", "toe", "toe0", "ball", "toe1", "forefoot"]
  static let collar = ["collar", "clavicle", "collarbone"]
  static let shoulder = ["arm", "upperarm", "uparm", "armupper", "shldr", "humerus"]
  static let elbow = ["forearm", "lowerarm", "lowarm", "armlower", "elbow", "radius"]
  static let wrist = ["wrist", "hand"]

  /// Of index, middle, pinky, ring, thumb: the words of each, and its number where fingers are
  /// counted from the thumb.
  private static let fingers: [(words: [String], number: Int, ordinal: String)] = [
    (["index", "indexfinger", "fore"], 2, "second"),
    (["middle", "mid", "middlefinger"], 3, "third"),
    (["pinky", "little", "pinkie", "small", "littlefinger"], 5, "fifth"),
    (["ring", "ringfinger"], 4, "fourth"), (["thumb"], 1, "first"),
  ]

  /// Words for the joints 1 to 3 of finger 0 to 4, in SMPL-X's order.
  ///
  /// - Parameter isBiped: fingers are counted from 0 and their joints are further digits.
  static func finger(_ finger: Int, joint: Int, isBiped: Bool) -> [String] {
    let (words, number, ordinal) = fingers[finger]
    if isBiped { return ["finger\(number - 1)" + (joint == 1 ? "" : "\(joint - 1)")] }
    let isThumb = number == 1
    // A thumb has a metacarpal of its own and no middle phalanx.
    let phalanges =
      isThumb
      ? [["metacarpal", "proximal", "mc"], ["proximal", "intermediate", "pp"], ["distal", "dp"]]
      : [["proximal", "pp"], ["intermediate", "medial", "middle", "mp"], ["distal", "dp"]]
    let names = words.flatMap { [$0, "hand" + $0] } + ["finger\(number)", ordinal]
    let numbered = names.prefix(2 * words.count).flatMap { ["\($0)\(joint)", "\($0)0\(joint)"] }
    return numbered + names.flatMap { name in phalanges[joint - 1].map { name + $0 } }
  }

  /// Every word that is a part, for names whose side is one letter in front.
  static let all: Set<String> = Set(
    neck + head + eye + hip + knee + toe + collar + shoulder + elbow + wrist
      + ["hip", "leg", "foot", "ankle", "shoulder", "fingers", "thumb"])
}
