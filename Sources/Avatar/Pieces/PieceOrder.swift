import Compute
import Media

/// Pieces of one run in the order of their frames.
///
/// In what order they are named does not matter: each says which frames it holds.
public struct PieceOrder: Sendable {
  public let parts: [VideoPart]
  /// Of all parts together; nil when they make up the whole sequence, which needs no label.
  public let label: PieceLabel?

  /// - Parameter partial: whether the ends of the sequence may be missing.
  /// - Throws: when parts are not labelled, belong to different runs, overlap or leave gaps.
  public init(_ videos: [VideoPart], partial: Bool) throws {
    var pieces: [(part: VideoPart, label: PieceLabel, range: ClosedRange<Int>)] = []
    for part in videos {
      guard let label = PieceLabel(part.info.comment) else {
        throw ProgramError(
          .dataError, "the video does not say which frames of a run it holds", file: part.path,
          found: part.info.comment.isEmpty ? "no comment" : "another comment",
          hint: "join takes the videos of `frames`; whole ones are not labelled")
      }
      guard let range = label.frames.range else {
        throw ProgramError(
          .dataError, "the video holds a list of frames, not one range", file: part.path,
          found: part.info.comment)
      }
      guard range.count == part.frameCount else {
        throw ProgramError(
          .dataError, "the video does not hold all its frames", file: part.path,
          expected: "\(range.count) frames", found: "\(part.frameCount)",
          hint: "the run was interrupted; render this piece again")
      }
      pieces.append((part, label, range))
    }
    guard let some = pieces.first else {
      throw ProgramError(.usage, "there is nothing to join")
    }
    for piece in pieces.dropFirst() {
      guard piece.label.run == some.label.run, piece.label.total == some.label.total else {
        throw ProgramError(
          .dataError, "the videos are of different runs: avatar, motion or settings differ",
          file: piece.part.path, expected: "run \(some.label.run) as in \(some.part.path)",
          found: "run \(piece.label.run)")
      }
    }
    pieces.sort { $0.range.lowerBound < $1.range.lowerBound }
    for (one, next) in zip(pieces, pieces.dropFirst()) {
      let expected = one.range.upperBound + 1
      guard next.range.lowerBound >= expected else {
        throw ProgramError(
          .dataError, "the videos overlap", file: next.part.path,
          expected: "frames from \(expected) on, after \(one.part.path)",
          found: "frames \(next.range.lowerBound)-\(next.range.upperBound)")
      }
      guard next.range.lowerBound == expected else {
        throw ProgramError(
          .dataError, "frames \(expected)-\(next.range.lowerBound - 1) are missing",
          file: next.part.path, expected: "a video of them between \(one.part.path) and this one")
      }
    }
    let range = pieces[0].range.lowerBound...pieces[pieces.count - 1].range.upperBound
    let isWhole = range == 0...some.label.total - 1
    guard isWhole || partial else {
      throw ProgramError(
        .dataError, "the videos are not the whole sequence",
        expected: "frames 0-\(some.label.total - 1)",
        found: "frames \(range.lowerBound)-\(range.upperBound)",
        hint: "`partial` joins what is there")
    }
    parts = pieces.map(\.part)
    label =
      isWhole
      ? nil
      : PieceLabel(
        version: some.label.version, frames: FrameSelection(ranges: [range]),
        total: some.label.total, run: some.label.run)
  }
}
