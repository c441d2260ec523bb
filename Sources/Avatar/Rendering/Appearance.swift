import Compute
import SMPLX

/// What covers a part of a person, and how that becomes pixels.
///
/// Read by `DecoderKind.read` while the body is loaded beside it, then checked against that body.
public protocol Appearance: Sendable {
  /// Where the surface lies in the appearance's own textures; nil for where the body's own texture
  /// coordinates say.
  var layout: SurfaceLayout? { get }
  /// Vertices of the body whose mean a person turns about before the camera of a photo; nil for all.
  var pivotVertices: [UInt32]? { get }
  /// Whether one renderer wants all workers for one frame at a time.
  var takesAllWorkers: Bool { get }
  /// Throws unless it can be drawn on the body.
  func check(_ body: BodyModel) throws
  /// Makes a renderer of frames with all their colours.
  ///
  /// - Parameter progress: called while it prepares; returning false throws `interrupted`.
  func makeRenderer(
    of scene: Scene, settings: RenderSettings, pool: WorkerPool,
    progress: (FrameProgress) -> Bool
  ) throws -> any FrameRenderer
}

extension Appearance {
  public var layout: SurfaceLayout? { nil }
  public var pivotVertices: [UInt32]? { nil }
  public var takesAllWorkers: Bool { false }
  public func check(_ body: BodyModel) throws {}
}

/// Texture coordinates and which of them each corner of each face has.
public struct SurfaceLayout: Sendable {
  /// (U, 2), V up, as body files have it.
  public let coordinates: [Float]
  /// (F, 3) rows of `coordinates`, faces in the body's order.
  public let faces: [UInt32]
}

/// Where an appearance is read from besides the avatar's file.
public struct AppearanceSource: Sendable {
  /// Path of weights to take instead of the avatar's own.
  public var checkpoint: String?

  public init(checkpoint: String? = nil) { self.checkpoint = checkpoint }
}
