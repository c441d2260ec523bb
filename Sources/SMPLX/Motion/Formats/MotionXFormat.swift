import Compute

/// Motion-X's rows of 322 numbers: rotations of the root, the body, the hands and the jaw, 50 of expression,
/// 100 of the face's shape, the translation and 10 betas. No eyes.
///
/// Source: Motion-X's readme (`smplx_322`).
struct MotionXFormat: MotionFormat {
  /// The name that a file's only array is read under.
  static let key = "smplx_322"
  static let width = 322

  let facts = MotionFormatFacts(
    name: "Motion-X", source: "Motion-X and generators trained on it (`*.npy`)",
    recognised: "an array of 322 columns",
    assumed: "30 frames a second, Y up, metres, complete hands",
    leftOut: "expressions, the shape of the face",
    example: "avatar animate sample clip.npy -o clip.mp4")

  func recognises(_ input: MotionInput) throws -> Bool {
    guard let arrays = try input.arrays() else { return false }
    return Self.key(arrays) != nil
  }

  private static func key(_ arrays: MotionArrays) -> String? {
    arrays.keys.first { key in
      ((try? arrays.shape(key, entry: 0)) ?? nil)?.last == width
    }
  }

  func read(_ input: MotionInput, _ context: MotionContext) throws -> any Motion {
    let selection = try MotionSelection(input, context.options)
    guard let key = Self.key(selection.arrays) else { throw MotionFile.unknown(input) }
    var reader = MotionReader(
      arrays: selection.arrays, options: context.options, hands: context.hands)
    let factor = Float(context.options.scale ?? 1)
    let addsHands = context.options.hands != .flat
    try reader.add(
      key, width: 162,
      pieces: [
        .init(column: 0, offset: 0, count: 66),
        .init(column: 66, offset: MotionFrame.leftHand, count: addsHands ? 90 : 0),
        .init(column: 156, offset: MotionFrame.jaw, count: 3),
        .init(column: 159, offset: MotionFrame.translation, count: 3),
      ],
      expected: "322 numbers", accepts: { $0 == Self.width },
      convert: { row, _, output in
        output.update(from: row, count: 159)
        for axis in 0..<3 { output[159 + axis] = factor * row[309 + axis] }
      })
    let rate = try reader.frameRate(ofLayout: 30)
    let layout = MotionLayout(label: "Motion-X")
    return try reader.finish(layout, hands: addsHands ? .rotations : .flat, rate: rate)
      .naming(persons: selection.persons, sequences: selection.sequences)
  }
}
