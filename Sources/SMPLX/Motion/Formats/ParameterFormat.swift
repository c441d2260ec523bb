import Compute

/// Rotations of SMPL's joints in named arrays.
struct ParameterFormat: MotionFormat {
  let facts = MotionFormatFacts(
    name: "parameters", source: "smplx", recognised: "keys", assumed: "", leftOut: "", example: "")

  func recognises(_ input: MotionInput) throws -> Bool { true }

  func read(_ input: MotionInput, _ context: MotionContext) throws -> any Motion {
    try MotionFile.read(input.arrays(), options: context.options, hands: context.hands)
  }
}
