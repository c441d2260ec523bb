import Compute
import TensorFiles

/// Where the parameters of motions lie in a file: a tree of sequences and persons over named arrays.
///
/// Parameters may lie one or more levels down, wrapped by the system that wrote them; whoever asks for a
/// motion is led to one set of arrays by the names of a sequence and a person.
indirect enum MotionTree: Sendable {
  /// Arrays of one person.
  case arrays(MotionArrays)
  case persons([Child])
  case sequences([Child])
  /// Poses of which nothing says whether they are frames or persons of one picture: frames, unless a person
  /// is asked for.
  case poses(frames: MotionArrays, persons: [Child])

  struct Child: Sendable {
    let name: String
    let tree: MotionTree
  }

  /// The first arrays of the tree: what it is recognised by.
  var first: MotionArrays? {
    switch self {
    case .arrays(let arrays): arrays
    case .persons(let children), .sequences(let children): children.first?.tree.first
    case .poses(let frames, _): frames
    }
  }

  /// Children found under names, which say whether they are frames, persons or sequences.
  static func joined(_ children: [Child], file: String) -> MotionTree? {
    guard children.count > 1 else { return children.first?.tree }
    if children.allSatisfy({ FrameNames.isPicture($0.name) }) {
      return FrameRun.tree(children, file: file)
    }
    guard children.allSatisfy({ FrameNames.isNumber($0.name) }) else {
      return children.allSatisfy { FrameNames.isPerson($0.name) }
        ? .persons(children) : .sequences(children)
    }
    // A video has more frames than people; each of them has one pose, and few are missing.
    let ordered = children.sorted { FrameNames.precede($0.name, $1.name) }
    guard children.count > 4,
      children.allSatisfy({ Int($0.name) != nil && $0.tree.isSingleFrame }),
      FrameNumbers(ordered.map(\.name))?.areFew ?? true
    else { return .persons(children) }
    let frames = FrameRun.tree(ordered, file: file)
    guard case .arrays(let arrays)? = frames, !PoseSteps.areSmall(arrays.entries) else {
      return frames
    }
    return .poses(frames: arrays, persons: ordered)
  }

  /// Whether each person has one pose.
  var isSingleFrame: Bool {
    switch self {
    case .arrays(let arrays):
      arrays.entries.count == 1 && ParameterRows.frames(arrays.entries[0]) == 1
    case .persons(let children): children.allSatisfy { $0.tree.isSingleFrame }
    case .sequences, .poses: false
    }
  }
}
