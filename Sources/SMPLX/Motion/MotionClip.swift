/// A motion read from a file: the parts that the file has, each a table of floats, put together
/// into full SMPL-X frames on demand.
///
/// All layouts end here; only their keys and column orders differ.
import Compute

public final class MotionClip: Motion {
  /// Columns of a table and where they belong in a frame.
  struct Part: Sendable {
    var store: FrameStore
    /// (first column of the store, offset in the frame, number of floats).
    var pieces: [Piece]
  }

  struct Piece: Sendable {
    var column: Int
    var offset: Int
    var count: Int
  }

  public let summary: MotionSummary
  public let expressionCount: Int
  private let parts: [Part]
  private let widest: Int
  private let gaze: Gaze?

  public var frameCount: Int { summary.frameCount }
  public var frameRate: Double { summary.frameRate }

  init(
    summary: MotionSummary, parts: [Part], expressionCount: Int = 0, gaze: Gaze? = nil
  ) {
    self.summary = summary
    self.parts = parts
    self.expressionCount = expressionCount
    self.gaze = gaze
    widest = parts.reduce(1) { max($0, $1.store.width) }
  }

  public func read(frame index: Int, into frame: UnsafeMutablePointer<Float>) throws {
    // Joints that the file does not have stay at rest.
    frame.update(repeating: 0, count: frameWidth)
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: widest) { scratch in
      guard let row = scratch.baseAddress else { return }
      for part in parts {
        try part.store.read(index, into: row)
        for piece in part.pieces {
          (frame + piece.offset).update(from: row + piece.column, count: piece.count)
        }
      }
    }
    guard let gaze else { return }
    for axis in 0..<3 {
      frame[3 * 23 + axis] = gaze.leftEye[axis]
      frame[3 * 24 + axis] = gaze.rightEye[axis]
    }
  }
}
