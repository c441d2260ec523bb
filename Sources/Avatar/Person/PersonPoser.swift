import Compute
import SMPLX

/// Poses all parts of a person, some frames at once.
///
/// The body is skinned by its own weights; other parts come with ways of their own.
public final class PersonPoser {
  private let body: BodyPoser

  /// - Parameter batch: the most frames that one call poses.
  public init(_ person: Person, pool: WorkerPool, batch: Int = 1) {
    body = BodyPoser(body: person.body, pool: pool, batch: batch)
  }

  public func pose(_ poses: ArraySlice<BodyPose>) throws { try body.pose(poses) }

  public func pose(_ pose: BodyPose) throws { try body.pose(pose) }

  /// The n-th frame of the last call; valid until the next.
  public func person(_ index: Int = 0) -> PosedPerson { PosedPerson(body: body.vertices(index)) }
}

/// Where the vertices of a person's parts are in one frame: world coordinates, metres.
public struct PosedPerson: Sendable {
  public let body: PlanarVertices

  public init(body: PlanarVertices) { self.body = body }

  /// Of `Person.parts[index]`.
  @inline(__always)
  subscript(part index: Int) -> PlanarVertices { body }
}
