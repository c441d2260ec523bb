import Compute

/// The formats of motion files that are read, in the order in which they are tried: systems that are told
/// by keys of their own come before those that many share.
enum MotionFormats {
  static let all: [any MotionFormat] = [
    BVHFormat(),
    DINARFormat(), MoShFormat(), GRABFormat(), BEATFormat(), ThreeDPWFormat(), InterHumanFormat(),
    BEDLAMFormat(), MDMFormat(), SLAHMRFormat(), WHAMFormat(), GVHMRFormat(), PromptHMRFormat(),
    TRAMFormat(), PHALPFormat(),
    ROMPFormat(), EasyMocapFormat(), LHMFormat(), SMPLifyXFormat(), AISTFormat(), EDGEFormat(),
    EMDBFormat(), SMPLCodecFormat(), VIBEFormat(), MotionXFormat(), AMASSFormat(), ColumnsFormat(),
    SMPLXFormat(),
  ]

  /// The first format that recognises the input; nil for none.
  static func recognising(_ input: MotionInput) throws -> (any MotionFormat)? {
    try all.first { try $0.recognises(input) }
  }
}
