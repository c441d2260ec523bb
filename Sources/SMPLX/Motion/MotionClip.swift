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
  private let usesDINAREyes: Bool

  public var frameCount: Int { summary.frameCount }
  public var frameRate: Double { summary.frameRate }

  init(
    summary: MotionSummary, parts: [Part], expressionCount: Int = 0, usesDINAREyes: Bool = false
  ) {
    self.summary = summary
    self.parts = parts
    self.expressionCount = expressionCount
    self.usesDINAREyes = usesDINAREyes
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
    guard usesDINAREyes else { return }
    for axis in 0..<3 {
      frame[3 * 23 + axis] = DINARConstants.leftEye[axis]
      frame[3 * 24 + axis] = DINARConstants.rightEye[axis]
    }
  }
}

/// The gaze that DINAR gives every body, whatever its file says (axis-angle, radians).
public enum DINARConstants {
  public static let leftEye = SIMD3<Float>(-0.23671481, -0.14406434, 0.10868622)
  public static let rightEye = SIMD3<Float>(-0.39876276, -0.0913531, -0.07875713)
}
