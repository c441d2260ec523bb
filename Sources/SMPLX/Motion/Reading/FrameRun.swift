import Compute
import TensorFiles

/// Groups with a pose each, one a frame.
enum FrameRun {
  /// Persons are told by their names in each frame. Where one is missing between two frames, or a frame is
  /// by its number, the pose before holds.
  static func tree(_ frames: [MotionTree.Child], file: String) -> MotionTree? {
    let frames = frames.sorted { FrameNames.precede($0.name, $1.name) }
    var names: [String] = []
    var entries: [String: [any NamedArrays]] = [:]
    var gaps: [String: Int] = [:]
    var missing: [String: Int] = [:]
    var pattern: MotionArrays?
    let numbers = FrameNumbers(frames.map(\.name))
    let holds = numbers?.areFew ?? false
    for (index, frame) in frames.enumerated() {
      if let before = numbers?.missing[index], holds {
        for name in names { gaps[name, default: 0] += before }
      }
      var present: Set<String> = []
      let persons: [MotionTree.Child] =
        if case .persons(let persons) = frame.tree { persons } else {
          [.init(name: "0", tree: frame.tree)]
        }
      for person in persons {
        guard case .arrays(let arrays) = person.tree, let entry = arrays.entries.first else {
          continue
        }
        pattern = pattern ?? arrays
        present.insert(person.name)
        if entries[person.name] == nil { names.append(person.name) }
        if let last = entries[person.name]?.last, let gap = gaps[person.name], gap > 0 {
          entries[person.name]?.append(contentsOf: Array(repeating: last, count: gap))
          missing[person.name, default: 0] += gap
        }
        gaps[person.name] = 0
        entries[person.name, default: []].append(entry)
      }
      for name in names where !present.contains(name) { gaps[name, default: 0] += 1 }
    }
    guard let pattern else { return nil }
    let children = names.map { name in
      var arrays = MotionArrays(file: file, entries: entries[name] ?? [])
      (arrays.path, arrays.outer) = (pattern.path, pattern.outer)
      let count = missing[name] ?? 0
      if let numbers, numbers.total > 0 {
        arrays.notices.append(Self.words(numbers, holds: holds))
      }
      let alone = count - (holds ? numbers?.total ?? 0 : 0)
      if alone > 0 {
        arrays.notices.append("the person is missing in \(alone) frames: the pose before holds")
      }
      return MotionTree.Child(name: name, tree: .arrays(arrays))
    }
    return children.count == 1 ? children[0].tree : .persons(children)
  }
  /// What is said of frames whose numbers have gaps.
  static func words(_ numbers: FrameNumbers, holds: Bool) -> String {
    let count = numbers.total
    let frames = "\(count) frame\(count == 1 ? " is" : "s are") missing by their numbers"
    return holds
      ? "\(frames): the pose before holds" : "\(frames): what follows a gap comes at once"
  }
}
