import Compute
import TensorFiles

/// Where the parameters of motions lie in a file: a tree of sequences and persons over named arrays.
///
/// Parameters may lie one or more levels down, wrapped by the system that wrote them; whoever asks for a
/// motion is led to one set of arrays by the names of a sequence and a person.
indirect enum MotionTree {
  /// Arrays of one person.
  case arrays(MotionArrays)
  case persons([Child])
  case sequences([Child])

  struct Child {
    let name: String
    let tree: MotionTree
  }

  /// The first arrays of the tree: what it is recognised by.
  var first: MotionArrays? {
    switch self {
    case .arrays(let arrays): arrays
    case .persons(let children), .sequences(let children): children.first?.tree.first
    }
  }

  /// Children found under names, which say whether they are frames, persons or sequences.
  static func joined(_ children: [Child], file: String) -> MotionTree? {
    guard children.count > 1 else { return children.first?.tree }
    if children.allSatisfy({ FrameNames.isPicture($0.name) }) {
      return FrameRun.tree(children, file: file)
    }
    let numbers = children.compactMap { Int($0.name) }
    guard numbers.count == children.count else {
      return children.allSatisfy { FrameNames.isPerson($0.name) }
        ? .persons(children) : .sequences(children)
    }
    // A video has more frames than people; each of them has one pose.
    let areFrames = children.count > 4 && children.allSatisfy { $0.tree.isSingleFrame }
    return areFrames ? FrameRun.tree(children, file: file) : .persons(children)
  }

  /// Whether each person has one pose.
  var isSingleFrame: Bool {
    switch self {
    case .arrays(let arrays):
      arrays.entries.count == 1 && ParameterRows.frames(arrays.entries[0]) == 1
    case .persons(let children): children.allSatisfy { $0.tree.isSingleFrame }
    case .sequences: false
    }
  }
}

/// What the names of a file's groups say.
enum FrameNames {
  private static let pictures = [".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"]

  /// The name or path of a frame's picture.
  static func isPicture(_ name: String) -> Bool {
    let name = name.lowercased()
    return pictures.contains { name.hasSuffix($0) }
  }

  /// "person1", "track_0", "subject 2".
  static func isPerson(_ name: String) -> Bool {
    let name = name.lowercased()
    return ["person", "track", "subject", "human", "player", "dancer", "p"].contains { word in
      name.hasPrefix(word)
        && name.dropFirst(word.count).drop { $0 == "_" || $0 == "-" || $0 == " " }
          .allSatisfy { $0.isASCII && $0.isNumber }
        && name.count > word.count
    }
  }

  /// Whether `a` comes before `b`, numbers by their values: frame2 before frame10.
  static func precede(_ a: String, _ b: String) -> Bool {
    var (x, y) = (Array(a.utf8)[...], Array(b.utf8)[...])
    func digits(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
      text.prefix { (48...57).contains($0) }
    }
    while let p = x.first, let q = y.first {
      let (m, n) = (digits(x), digits(y))
      if !m.isEmpty, !n.isEmpty {
        let (u, v) = (m.drop { $0 == 48 }, n.drop { $0 == 48 })
        if u.count != v.count { return u.count < v.count }
        if u != v { return u.lexicographicallyPrecedes(v) }
        (x, y) = (x.dropFirst(m.count), y.dropFirst(n.count))
      } else if p != q {
        return p < q
      } else {
        (x, y) = (x.dropFirst(), y.dropFirst())
      }
    }
    return x.isEmpty != y.isEmpty ? x.isEmpty : a < b
  }
}

/// Groups with a pose each, one a frame.
enum FrameRun {
  /// Persons are told by their names in each frame. Where one is missing between two frames the pose before
  /// holds.
  static func tree(_ frames: [MotionTree.Child], file: String) -> MotionTree? {
    let frames = frames.sorted { FrameNames.precede($0.name, $1.name) }
    var names: [String] = []
    var entries: [String: [any NamedArrays]] = [:]
    var gaps: [String: Int] = [:]
    var missing: [String: Int] = [:]
    var pattern: MotionArrays?
    for frame in frames {
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
      if let count = missing[name], count > 0 {
        arrays.notices.append("the person is missing in \(count) frames: the pose before holds")
      }
      return MotionTree.Child(name: name, tree: .arrays(arrays))
    }
    return children.count == 1 ? children[0].tree : .persons(children)
  }
}
