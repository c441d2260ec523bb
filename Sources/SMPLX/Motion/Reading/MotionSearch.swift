import Compute
import TensorFiles

/// Looks for parameters in what a file holds.
struct MotionSearch {
  let file: String
  let coordinates: MotionCoordinates
  /// Arrays of groups farther out, the nearest first: rates and genders lie there.
  private(set) var outer: [any NamedArrays] = []
  private(set) var path: [String] = []

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

  /// Entries that follow each other in time, with where they lie.
  func arrays(_ entries: [any NamedArrays]) -> MotionArrays {
    var arrays = MotionArrays(file: file, entries: entries)
    (arrays.path, arrays.outer) = (path, outer)
    return arrays
  }

  /// One group, its persons told apart.
  func leaf(_ group: any NamedArrays) -> MotionTree {
    if let tree = PictureRows(group).flatMap({ $0.tree(arrays) }) { return tree }
    if let numbered = NumberedRows(group) {
      var found = arrays([numbered.arrays])
      found.notices.append(numbered.notice)
      return .arrays(found)
    }
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
    return PersonArrays.areTakes(in: group, count: count)
      ? .sequences(children) : .persons(children)
  }

  func inside(_ name: String, of group: (any NamedArrays)? = nil) -> MotionSearch {
    var search = self
    search.path.append(name)
    if let group { search.outer.insert(group, at: 0) }
    return search
  }

  // MARK: Dictionaries

  private func tree(of group: any NamedArrays, _ isWeak: Bool) -> MotionTree? {
    if let list = group.value(MotionReader.dinarKey) { return dinar(list) }
    if let samples = MDMSamples(group) {
      return samples.tree { inside($0, of: group).arrays([$1]) }
    }
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

  func tree(of value: PickleValue, _ isWeak: Bool) -> MotionTree? {
    switch value {
    case .dict(let entries):
      let group = PickleArrays(value, file: file).flatMap { $0.names.isEmpty ? nil : $0 }
      if let tree = group.flatMap({ tree(of: $0, isWeak) }) { return tree }
      guard path.count < Self.deepest else { return nil }
      // Persons and frames by their numbers; texts beside them are about all.
      let children = entries.compactMap { key, value -> MotionTree.Child? in
        guard key.string == nil, let name = key.identifier else { return nil }
        return inside(name, of: group).tree(of: value, isWeak).map { .init(name: name, tree: $0) }
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
      group.holdsArray("tid"), let ids = try? group.tensor("tid").identifiers(),
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
          name: ids[index],
          tree: .arrays(inside("smpl", of: group).arrays([arrays]))))
    }
    return .persons(children)
  }
}
