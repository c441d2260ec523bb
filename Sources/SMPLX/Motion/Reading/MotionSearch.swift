import Compute
import TensorFiles

/// Looks for parameters in what a file holds.
struct MotionSearch {
  let file: String
  let coordinates: MotionCoordinates
  /// Arrays of groups farther out, the nearest first: rates and genders lie there.
  private var outer: [any NamedArrays] = []
  private var path: [String] = []

  /// Levels that are looked through before a file is given up.
  static let deepest = 5
  /// Groups of which one is taken: in the world, and in the axes of the camera.
  static let worldGroups = ["smpl_params_global", "smplx_world", "smpl_world", "world"]
  static let cameraGroups = ["smpl_params_incam", "smplx_cam", "smpl_cam", "camera_space"]

  init(file: String, coordinates: MotionCoordinates) {
    self.file = file
    self.coordinates = coordinates
  }

  /// nil where there are none. A body's pose is looked for everywhere before its root's alone is taken.
  func tree(of contents: ArrayFile.Contents) -> MotionTree? {
    for isWeak in [false, true] {
      let found =
        switch contents {
        case .arrays(let arrays): tree(of: arrays, isWeak)
        case .value(let value): tree(of: value, isWeak)
        }
      if let found { return found }
    }
    return nil
  }

  private func arrays(_ entries: [any NamedArrays]) -> MotionArrays {
    var arrays = MotionArrays(file: file, entries: entries)
    (arrays.path, arrays.outer) = (path, outer)
    return arrays
  }

  /// One group, its persons told apart.
  private func leaf(_ group: any NamedArrays) -> MotionTree {
    let isPicture = path.last.map(FrameNames.isPicture) ?? false
    guard let count = PersonArrays.count(in: group, isPicture: isPicture) else {
      return .arrays(arrays([group]))
    }
    let ids = PersonArrays.ids(of: group, count: count)
    let children = (0..<count).map { index in
      MotionTree.Child(
        name: ids?[index] ?? "\(index)",
        tree: .arrays(arrays([PersonArrays(group, person: index, of: count)])))
    }
    return .persons(children)
  }

  private func inside(_ name: String, of group: (any NamedArrays)? = nil) -> MotionSearch {
    var search = self
    search.path.append(name)
    if let group { search.outer.insert(group, at: 0) }
    return search
  }

  // MARK: Dictionaries

  private func tree(of group: any NamedArrays, _ isWeak: Bool) -> MotionTree? {
    if let list = group.value(MotionReader.dinarKey) { return dinar(list) }
    let kind = ParameterRows.Kind(group)
    if kind == .body || isWeak && kind == .root { return leaf(group) }
    guard path.count < Self.deepest else { return nil }
    if let persons = trackedPersons(group) { return persons }
    let groups =
      coordinates == .camera
      ? Self.cameraGroups + Self.worldGroups : Self.worldGroups + Self.cameraGroups
    for name in groups {
      guard let value = group.value(name),
        let tree = inside(name, of: group).tree(of: value, isWeak)
      else { continue }
      return tree
    }
    let children = group.names.compactMap { name -> MotionTree.Child? in
      guard let value = group.value(name) else { return nil }
      return inside(name, of: group).tree(of: value, isWeak).map { .init(name: name, tree: $0) }
    }
    return MotionTree.joined(children, file: file)
  }

  private func tree(of value: PickleValue, _ isWeak: Bool) -> MotionTree? {
    switch value {
    case .dict(let entries):
      if let group = PickleArrays(value, file: file), !group.names.isEmpty {
        return tree(of: group, isWeak)
      }
      guard path.count < Self.deepest else { return nil }
      // Persons and frames by their numbers.
      let children = entries.compactMap { key, value -> MotionTree.Child? in
        guard let number = key.integer else { return nil }
        let name = "\(number)"
        return inside(name).tree(of: value, isWeak).map { .init(name: name, tree: $0) }
      }
      return MotionTree.joined(children, file: file)
    case .list(let items), .tuple(let items): return tree(ofList: items, isWeak)
    case .tensor(let tensor):
      guard let key = ParameterRows.key(ofSingle: tensor.shape) else { return nil }
      return leaf(SingleArray(name: key, tensor: tensor, file: file))
    default: return nil
    }
  }

  /// PHALP and 4D-Humans: a frame's `smpl` is a list of groups, `tid` their persons, `camera` where
  /// they are.
  private func trackedPersons(_ group: any NamedArrays) -> MotionTree? {
    guard let people = group.value("smpl")?.sequence, !people.isEmpty,
      group.holdsArray("tid"), let ids = try? group.tensor("tid").doubles(),
      ids.count >= people.count
    else { return nil }
    let places = try? (group.holdsArray("camera") ? group.tensor("camera") : nil)
    let rows = (try? places?.doubles()) ?? nil
    var children: [MotionTree.Child] = []
    for (index, person) in people.enumerated() {
      guard case .dict(var entries) = person else { return nil }
      if let rows, rows.count >= 3 * (index + 1) {
        let place = Array(rows[3 * index..<3 * index + 3])
        entries.append(
          (key: .string("cam_trans"), value: .tensor(TensorData(shape: [1, 3], doubles: place))))
      }
      guard let arrays = PickleArrays(.dict(entries), file: file) else { return nil }
      children.append(
        .init(
          name: "\(Int(saturating: ids[index]))",
          tree: .arrays(inside("smpl", of: group).arrays([arrays]))))
    }
    return .persons(children)
  }

  // MARK: Lists

  private func tree(ofList items: [PickleValue], _ isWeak: Bool) -> MotionTree? {
    let (items, missing) = Self.held(items)
    guard let first = items.first, path.count < Self.deepest else { return nil }
    let groups = items.compactMap { PickleArrays($0, file: file) }
    let wanted: ParameterRows.Kind = isWeak ? .root : .body
    guard groups.count == items.count, groups.allSatisfy({ ParameterRows.Kind($0) >= wanted })
    else {
      if items.count == 1 { return tree(of: first, isWeak) }
      let children = items.enumerated().compactMap { index, value in
        inside("\(index)").tree(of: value, isWeak).map {
          MotionTree.Child(name: "\(index)", tree: $0)
        }
      }
      // Frames that are not understood must not shift those behind them.
      if children.count < items.count, children.count > 1,
        children.allSatisfy({ $0.tree.isSingleFrame })
      {
        return nil
      }
      return MotionTree.joined(children, file: file)
    }
    // EasyMocap names persons; lists of whole motions are of persons too; else entries follow in time.
    let ids = groups.compactMap { (try? $0.singleNumber("id")) ?? nil }
    if ids.count == groups.count, Set(ids).count == ids.count {
      return .persons(
        zip(ids, groups).map { .init(name: "\(Int(saturating: $0))", tree: .arrays(arrays([$1]))) })
    }
    let lengths = groups.map { ParameterRows.frames($0) }
    if groups.count > 1, let length = lengths[0], length > 1, lengths.allSatisfy({ $0 == length }) {
      return .persons(
        groups.enumerated().map { .init(name: "\($0)", tree: .arrays(arrays([$1]))) })
    }
    if groups.count == 1 { return leaf(groups[0]) }
    var found = arrays(groups)
    if missing > 0 {
      found.notices.append("the person is missing in \(missing) frames: the pose before holds")
    }
    return .arrays(found)
  }

  /// Frames without a person (Python's None) hold what came before; those before the first one are left
  /// out.
  private static func held(_ items: [PickleValue]) -> (items: [PickleValue], missing: Int) {
    func isNone(_ value: PickleValue) -> Bool { if case .none = value { true } else { false } }
    guard items.contains(where: isNone) else { return (items, 0) }
    var held: [PickleValue] = []
    var missing = 0
    for item in items {
      if !isNone(item) {
        held.append(item)
      } else if let last = held.last {
        held.append(last)
        missing += 1
      }
    }
    return (held, missing)
  }

  /// DINAR's list of frames, whatever is in it.
  private func dinar(_ list: PickleValue) -> MotionTree? {
    guard let items = list.sequence else { return nil }
    let entries = items.compactMap { PickleArrays($0, file: file) }
    guard entries.count == items.count else { return nil }
    var arrays = arrays(entries)
    arrays.listKey = MotionReader.dinarKey
    return .arrays(arrays)
  }
}

/// One array under a name: a file of a single one.
struct SingleArray: NamedArrays {
  let name: String
  let tensor: TensorData
  let file: String?

  var names: [String] { [name] }

  func header(_ name: String) throws -> ArrayHeader {
    ArrayHeader(scalarType: tensor.scalarType, shape: tensor.shape)
  }

  func tensor(_ name: String) throws -> TensorData { tensor }
}
