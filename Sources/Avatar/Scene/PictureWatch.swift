import Compute
import SMPLX

/// Tells in which frames a person has left the picture of a camera that stands still.
///
/// A person whom the first frame shows whole has left when something is cut; one of whom it shows a part
/// has left when nothing is to be seen.
struct PictureWatch: Sendable {
  private let path: CameraPath
  private let framing: Framing
  /// Measures the nearest points instead of the farthest: half extents with the other sign.
  private let opposite: Framing
  private let firstIsWhole: Bool

  init(_ path: CameraPath, person: Person, poses: any PoseSource) throws {
    self.path = path
    framing = Framing(path: path, margin: 0)
    opposite = Framing(path: path, margin: 2)
    let poser = BodyPoser(body: person.body, pool: WorkerPool(threads: 1))
    var pose = BodyPose()
    try poses.pose(frame: 0, into: &pose)
    try poser.pose(pose)
    let v = poser.vertices()
    firstIsWhole = framing.measure(
      x: v.x, y: v.y, z: v.z, count: v.count, path: path, frame: 0
    ).isInside(path.offset, framing.tangents)
  }

  /// Whether the person has left in a frame.
  func isGone(_ v: PlanarVertices, frame: Int) -> Bool {
    let reach = framing.measure(x: v.x, y: v.y, z: v.z, count: v.count, path: path, frame: frame)
    if firstIsWhole { return !reach.isInside(path.offset, framing.tangents) }
    if reach.isInside(path.offset, framing.tangents) { return false }
    return opposite.measure(x: v.x, y: v.y, z: v.z, count: v.count, path: path, frame: frame)
      .isBeyondOneSide(path.offset, framing.tangents)
  }

  /// What the first frame of a person who has left shows less than the first of the sequence.
  var words: String { firstIsWhole ? "is cut by the picture's edge" : "is outside of the picture" }
}
