import Compute

/// The formats of motion files that are read, in the order in which they are tried.
enum MotionFormats {
  static let all: [any MotionFormat] = [
    BVHFormat(),
    ParameterFormat(),
  ]

  /// The first format that recognises the input; nil for none.
  static func recognising(_ input: MotionInput) throws -> (any MotionFormat)? {
    try all.first { try $0.recognises(input) }
  }
}
