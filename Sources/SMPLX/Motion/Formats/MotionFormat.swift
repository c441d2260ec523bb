import Compute
import TensorFiles

/// A kind of motion files: how it is recognised, how it is read, and what is said of it.
///
/// A new kind is a type of its own in this folder and a line in `MotionFormats.all`; inspection, the
/// page of formats and errors follow from that.
protocol MotionFormat: Sendable {
  /// What `docs/MOTIONS.md` says.
  var facts: MotionFormatFacts { get }

  /// Whether the input is of this format: by its content, never by its name alone.
  ///
  /// - Throws: for content that is of this format as far as it goes and damaged further on.
  func recognises(_ input: MotionInput) throws -> Bool

  /// Reads an input that was recognised.
  ///
  /// - Throws: `ProgramError` naming the key, what was expected and found.
  func read(_ input: MotionInput, _ context: MotionContext) throws -> any Motion
}

/// A row of the page of formats.
struct MotionFormatFacts: Sendable {
  /// "AMASS SMPL-H".
  var name: String
  /// Where such files come from, and whose code the rules are from.
  var source: String
  /// By what the content is told.
  var recognised: String
  /// Rate, up axis, units and hands where a file does not say them.
  var assumed: String
  /// What such files have that is not shown.
  var leftOut: String
  /// A command line.
  var example: String
}

/// What a reader is given besides the input.
struct MotionContext: Sendable {
  var options = MotionOptions()
  /// The body that will be moved; nil only to look at a file.
  var body: BodyModel?
  /// What hand components mean; nil leaves hands that are given in components flat.
  var hands: MotionHandModel?

  init(options: MotionOptions = MotionOptions(), body: BodyModel? = nil) {
    self.options = options
    self.body = body
    hands = body.map(MotionHandModel.init)
  }
}
