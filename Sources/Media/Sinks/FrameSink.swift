// Where finished frames go: a video, a folder of pictures, one picture.

import Compute

/// Takes frames in order and makes an output of them beside the renderer.
///
///     let frame = try sink.acquire()
///     frame.store(rows ...)            // by any number of threads
///     try sink.submit(frame)           // frame 0, then 1, ...
///     ...
///     let done = try sink.finish()
///
/// One thread calls these methods. `acquire` waits while the sink is behind; an error of the sink's
/// own threads is thrown by the next call. Nothing is allocated per frame on the way to a video.
public protocol FrameSink: AnyObject {
  /// Of the pictures, in pixels.
  var width: Int { get }
  var height: Int { get }
  /// Frames that may be acquired and not yet submitted at once.
  var bufferCount: Int { get }

  /// A free frame; waits for one. Its content is undefined.
  func acquire() throws -> FrameBuffer
  /// Hands over the next frame. Several frames may be acquired, but they are numbered in the order
  /// in which they are submitted.
  func submit(_ frame: FrameBuffer) throws
  /// Waits until everything is written and gives the output its name.
  func finish() throws -> FinishedOutput
  /// Stops early. With `keepPartial` the frames submitted so far are finished and stay as an output
  /// that can be used; without it they are dropped. Pictures of a sequence that have their names stay
  /// in both cases: they are whole, and may have replaced others.
  ///
  /// - Returns: what stays, nil for nothing.
  func cancel(keepPartial: Bool) throws -> FinishedOutput?
}
