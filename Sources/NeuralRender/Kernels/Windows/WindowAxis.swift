// Which pixels a moving window reads along one axis, found once for every output.

import Compute

/// Extents of an image.
struct ImageSize: Sendable, Equatable {
  var height: Int
  var width: Int
}

/// One axis of a moving window: tap t of output o reads position o stride - before + t dilation, or
/// what the border mode puts in its place.
struct WindowAxis: Sendable {
  let input: Int
  let output: Int
  let taps: Int
  let stride: Int
  let dilation: Int
  /// Positions added in front.
  let before: Int
  /// The outputs none of whose taps leaves the input.
  let interior: Range<Int>
  /// The position of each output's taps, negative where there is none.
  private let positions: KernelTable<Int32>

  /// What is added behind follows from the extents. Reflection must not need a second mirror.
  init(
    input: Int, output: Int, taps: Int, stride: Int, dilation: Int, before: Int, border: BorderMode
  ) {
    precondition(input > 0 && output >= 0 && taps > 0 && stride > 0 && dilation > 0)
    self.input = input
    self.output = output
    self.taps = taps
    self.stride = stride
    self.dilation = dilation
    self.before = before
    let reach = (taps - 1) * dilation
    let first = min(max((before + stride - 1) / stride, 0), output)
    let room = input + before - reach
    let end = room > 0 ? min((room + stride - 1) / stride, output) : 0
    interior = first..<max(first, end)
    positions = KernelTable(count: output * taps) { index in
      let (output, tap) = index.quotientAndRemainder(dividingBy: taps)
      let position = borderIndex(
        output * stride - before + tap * dilation, count: input, border: border)
      precondition(position.map { $0 >= 0 && $0 < input } ?? true, "a second mirror")
      return Int32(position ?? -1)
    }
  }

  /// The position that a tap reads; negative where it reads zeros.
  @inline(__always)
  func position(_ output: Int, _ tap: Int) -> Int { Int(positions[output &* taps &+ tap]) }

  /// The first tap's position, before border handling.
  @inline(__always)
  func first(_ output: Int) -> Int { output &* stride &- before }

  /// The positions from the first to the last tap's, before border handling.
  func read(_ output: Int) -> Range<Int> {
    first(output)..<first(output) + (taps - 1) * dilation + 1
  }

  /// The part of some outputs that is interior; what remains lies before and behind it.
  @inline(__always)
  func interior(of outputs: Range<Int>) -> Range<Int> {
    let start = min(max(interior.lowerBound, outputs.lowerBound), outputs.upperBound)
    return start..<max(start, min(interior.upperBound, outputs.upperBound))
  }
}
