/// The hierarchy of a BVH file as it is written there.

/// A tree of joints, each after its parent.
public struct BVHSkeleton: Sendable, Equatable {
  /// One number of a joint in every frame.
  public enum Channel: Int, Sendable, CaseIterable {
    case xPosition, yPosition, zPosition
    case xRotation, yRotation, zRotation

    /// 0, 1, 2 for x, y, z.
    public var axis: Int { rawValue % 3 }
    public var isRotation: Bool { rawValue >= 3 }

    /// "Xposition", as files write it.
    public var name: String {
      ["X", "Y", "Z"][axis] + (isRotation ? "rotation" : "position")
    }
  }

  public struct Joint: Sendable, Equatable {
    public var name: String
    /// -1 for the root.
    public var parent: Int
    /// From the parent's origin, in the file's unit.
    public var offset: SIMD3<Double>
    /// In the order in which rotations are applied: R = R1 R2 R3.
    public var channels: [Channel]
    /// Column of the first channel in a frame.
    public var firstColumn: Int
    /// Offsets of the End Sites below it.
    public var endSites: [SIMD3<Double>]
    /// Where the file declares it, from 1; 0 if it is from no file.
    public var line: Int

    public init(
      name: String, parent: Int, offset: SIMD3<Double>, channels: [Channel], firstColumn: Int,
      endSites: [SIMD3<Double>] = [], line: Int = 0
    ) {
      self.name = name
      self.parent = parent
      self.offset = offset
      self.channels = channels
      self.firstColumn = firstColumn
      self.endSites = endSites
      self.line = line
    }
  }

  public var joints: [Joint]

  public init(joints: [Joint]) { self.joints = joints }

  /// Numbers of a frame.
  public var channelCount: Int { joints.reduce(0) { $0 + $1.channels.count } }

  /// Whether `joint` is `ancestor` or below it.
  func descends(_ joint: Int, from ancestor: Int) -> Bool {
    var at = joint
    while at > ancestor { at = joints[at].parent }
    return at == ancestor
  }

  /// From `joint` up to the root, both included.
  func pathToRoot(_ joint: Int) -> [Int] {
    var path: [Int] = []
    var at = joint
    while at >= 0 {
      path.append(at)
      at = joints[at].parent
    }
    return path
  }

  /// The lowest joint that both are below of.
  func commonAncestor(_ a: Int, _ b: Int) -> Int {
    let above = Set(pathToRoot(a))
    return pathToRoot(b).first(where: above.contains) ?? 0
  }
}
