/// A motion read from a file: the parts that the file has, each a table of floats, put together
/// into full SMPL-X frames on demand.
///
/// All layouts end here; only their keys and column orders differ.
import Compute

public struct MotionClip: Motion {
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

  public private(set) var summary: MotionSummary
  public let expressionCount: Int
  private let parts: [Part]
  /// A rotation of the whole body, before its root's own; nil for none.
  private let outerRoot: FrameStore?
  /// Hands that are added to those of the file; nil for none.
  private let handMeans: MotionHandModel?
  private let widest: Int
  private let gaze: Gaze?

  public var frameCount: Int { summary.frameCount }
  public var frameRate: Double { summary.frameRate }

  init(
    summary: MotionSummary, parts: [Part], outerRoot: FrameStore? = nil,
    handMeans: MotionHandModel? = nil, expressionCount: Int = 0, gaze: Gaze? = nil
  ) {
    self.summary = summary
    self.parts = parts
    self.outerRoot = outerRoot
    self.handMeans = handMeans
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
        // A single row holds for all frames.
        try part.store.read(min(index, part.store.count - 1), into: row)
        for piece in part.pieces {
          (frame + piece.offset).update(from: row + piece.column, count: piece.count)
        }
      }
    }
    if let handMeans {
      for i in 0..<45 {
        frame[MotionFrame.leftHand + i] += handMeans.left.mean[i]
        frame[MotionFrame.rightHand + i] += handMeans.right.mean[i]
      }
    }
    if let outerRoot { try turn(frame, by: outerRoot, index) }
    guard let gaze else { return }
    for axis in 0..<3 {
      frame[3 * 23 + axis] = gaze.leftEye[axis]
      frame[3 * 24 + axis] = gaze.rightEye[axis]
    }
  }

  /// Puts the rotation of the whole body before its root's own.
  private func turn(
    _ frame: UnsafeMutablePointer<Float>, by store: FrameStore, _ index: Int
  ) throws {
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: 3) { scratch in
      guard let row = scratch.baseAddress else { return }
      try store.read(min(index, store.count - 1), into: row)
      let outer = SIMD3(Double(row[0]), Double(row[1]), Double(row[2]))
      let own = Orientation.rotation(frame, 0)
      // A root that does not turn leaves the file's own numbers.
      let root =
        own == .zero
        ? outer : (UnitQuaternion(axisAngle: outer) * UnitQuaternion(axisAngle: own)).axisAngle
      for axis in 0..<3 { frame[axis] = Float(root[axis]) }
    }
  }

  /// The clip with the names that could have been chosen instead.
  func naming(persons: [String], sequences: [String]) -> MotionClip {
    var clip = self
    (clip.summary.persons, clip.summary.sequences) = (persons, sequences)
    return clip
  }

  /// The clip with a root that turns about another point.
  func turning(about pivot: RootPivot) -> MotionClip {
    var clip = self
    clip.summary.pivot = pivot
    return clip
  }
}
