import Compute

/// What holds in files of a system beyond the names of their keys.
struct ParameterConventions: Sendable {
  var layout: MotionLayout
  var keys = ParameterKeys()
  /// Frames a second of files that do not say; nil takes the default with a notice.
  var frameRate: Double?
  /// What hands given as 45 numbers are relative to; nil decides by the names of the keys.
  var hands: HandReading?
  /// Whether rows of all joints count before separate parts; nil: unless they are what a model gave back.
  var prefersJoined: Bool?
  /// Whether hands of fewer numbers are the model's components.
  var handComponents: Int?
}

/// A format of named arrays: what tells it from others, and what holds in it.
protocol ParameterFormat: MotionFormat {
  /// Whether arrays are of this system.
  func recognises(_ arrays: MotionArrays) -> Bool
  func conventions(of arrays: MotionArrays, _ options: MotionOptions) -> ParameterConventions
}

extension ParameterFormat {
  func recognises(_ input: MotionInput) throws -> Bool {
    try input.arrays().map(recognises) ?? false
  }

  func read(_ input: MotionInput, _ context: MotionContext) throws -> any Motion {
    let selection = try MotionSelection(input, context.options)
    var reader = MotionReader(
      arrays: selection.arrays, options: context.options, hands: context.hands)
    reader.notices += selection.notices
    let clip = try reader.readParameters(conventions(of: selection.arrays, context.options))
    return clip.naming(persons: selection.persons, sequences: selection.sequences)
  }
}
