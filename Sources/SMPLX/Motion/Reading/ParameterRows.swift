import Compute
import TensorFiles

/// What the numbers of a row mean, by how many there are: joints times the numbers of a rotation.
struct ParameterRows: Sendable, Equatable {
  /// Joints of a row.
  let joints: Int
  /// Numbers of a row.
  let width: Int

  /// The pelvis and what follows it: SMPL-X without hands and face, SMPL, SMPL-H and SMPL-X.
  static let joined = [22, 24, 52, 55]
  /// Without the pelvis: SMPL-X's and SMPL's body.
  static let body = [21, 23]
  static let root = [1]
  static let hand = [15]
  static let hands = [30]
  /// Rows of all joints that hold more than rotations: EasyMocap's with hands in components, Motion-X's.
  static let extras: Set<Int> = [
    EasyMocapColumns.smplh, EasyMocapColumns.smplx, MotionXFormat.width,
  ]

  /// nil for a width that is none of `counts` joints; no width means two things.
  init?(width: Int, _ counts: [Int]) {
    guard
      let joints = counts.first(where: { joints in
        RotationKind.allCases.contains { width == joints * $0.width }
      })
    else { return nil }
    self.joints = joints
    self.width = width
  }

  /// Where the columns of rotation vectors of all joints belong in a frame.
  var pieces: [MotionClip.Piece] {
    switch joints {
    case 55: [.init(column: 0, offset: 0, count: 165)]
    // SMPL-H has no jaw and no eyes between the body and the hands.
    case 52:
      [
        .init(column: 0, offset: 0, count: 66),
        .init(column: 66, offset: MotionFrame.leftHand, count: 90),
      ]
    // SMPL's joints 22 and 23 are whole hands, which SMPL-X does not have.
    default: [.init(column: 0, offset: 0, count: 66)]
    }
  }

  /// Frames and width of an array, its leading axes being frames; nil where no split gives rows of so
  /// many joints.
  static func split(_ shape: [Int], _ counts: [Int], extras: Set<Int> = []) -> (
    frames: Int, width: Int
  )? {
    for axis in [1, 0, 2] where axis <= shape.count {
      let width = shape[axis...].reduce(1) { $0.clampedProduct(max(0, $1)) }
      let frames = shape[..<axis].reduce(1) { $0.clampedProduct(max(0, $1)) }
      guard let rows = ParameterRows(width: width, counts) else {
        if extras.contains(width) { return (frames, width) }
        continue
      }
      // All of an array is one row where its first axis is joints; (5, 66) is no row of 330.
      if axis > 0 || shape.count < 2 || shape[0] == rows.joints { return (frames, width) }
    }
    return nil
  }

  /// How much of a body's pose a group holds, by its names.
  enum Kind: Comparable {
    case nothing, root, body

    init(_ group: any NamedArrays) {
      let keys = ParameterKeys()
      if (keys.body + keys.joined).contains(where: { ParameterRows.shape(of: $0, in: group) != nil }
      ) {
        self = .body
      } else {
        self = keys.root.contains(where: group.holdsArray) ? .root : .nothing
      }
    }
  }

  /// The shape of a pose that is understood: of a body's by its name, of all joints' by their number. Of a
  /// list of one array a person the first one counts.
  static func shape(of key: String, in group: any NamedArrays) -> [Int]? {
    let shape: [Int]
    if group.holdsArray(key), let header = try? group.header(key), header.scalarType.isReal {
      shape = header.shape
    } else if let persons = PersonArrays.list(key, in: group),
      let first = (try? persons.first?.tensor()) ?? nil
    {
      shape = first.shape
    } else {
      return nil
    }
    return ParameterKeys().body.contains(key) || split(shape, joined, extras: extras) != nil
      ? shape : nil
  }

  /// Frames of a group, by its body's pose or its root's; nil where that is not understood.
  static func frames(_ group: any NamedArrays) -> Int? {
    let keys = ParameterKeys()
    for (names, counts) in [(keys.body, body), (keys.joined, joined), (keys.root, root)] {
      for key in names where group.holdsArray(key) {
        guard let shape = try? group.header(key).shape,
          let rows = split(shape, counts, extras: names == keys.joined ? extras : [])
        else { continue }
        return rows.frames
      }
    }
    return nil
  }

  /// The name that a file of one array is read under; nil for an array that is nothing known.
  static func key(ofSingle shape: [Int]) -> String? {
    guard let (_, width) = split(shape, joined, extras: extras) else { return nil }
    return width == MotionXFormat.width ? MotionXFormat.key : "poses"
  }
}
