import Compute
import TensorFiles

/// The arrays of one of several persons, who lie along the first axis of arrays or in lists.
struct PersonArrays: NamedArrays {
  private let group: any NamedArrays
  private let person: Int
  private let count: Int

  init(_ group: any NamedArrays, person: Int, of count: Int) {
    self.group = group
    self.person = person
    self.count = count
  }

  /// Persons of a group; nil for one that has no axis of them.
  ///
  /// Poses (persons, frames, ...) are told by their second axis being followed by a row of joints; ROMP's
  /// rows are persons of one picture, 3DPW's lists have an array for each.
  ///
  /// - Parameter isPicture: whether the group is called as a picture is.
  static func count(in group: any NamedArrays, isPicture: Bool) -> Int? {
    let keys = ParameterKeys()
    if group.holdsArray("smpl_thetas"), isPicture || showsPicture(group),
      let count = try? group.header("smpl_thetas").shape.first, count > 0
    {
      return count
    }
    for (names, counts) in [
      (keys.body, ParameterRows.body), (keys.joined, ParameterRows.joined),
    ] {
      for key in names {
        if let list = list(key, in: group) { return list.count }
        guard group.holdsArray(key), let shape = try? group.header(key).shape, shape.count > 2,
          shape[0] > 0, shape[1] > 0
        else { continue }
        func isRow(_ axis: Int) -> Bool {
          ParameterRows(width: shape[axis...].reduce(1) { $0.clampedProduct(max(0, $1)) }, counts)
            != nil
        }
        if !isRow(1), !isRow(0), isRow(2) { return shape[0] }
      }
    }
    return nil
  }

  /// A single picture's persons (ROMP), rather than frames of one.
  private static func showsPicture(_ group: any NamedArrays) -> Bool {
    ["center_confs", "pj2d_org", "center_preds", "track_ids"].contains(where: group.contains)
  }

  /// A list of one array for each person.
  static func list(_ key: String, in group: any NamedArrays) -> [PickleValue]? {
    guard let items = group.value(key)?.sequence, !items.isEmpty,
      items.allSatisfy({ if case .tensor = $0 { true } else { false } })
    else { return nil }
    return items
  }

  /// What persons are called; nil where nothing says so.
  static func ids(of group: any NamedArrays, count: Int) -> [String]? {
    for key in ["track_ids", "person_ids", "tid"] where group.holdsArray(key) {
      if let ids = try? group.tensor(key).identifiers(), ids.count == count,
        Set(ids).count == count
      {
        return ids
      }
    }
    return nil
  }

  /// What the person of a group is called; nil where nothing says so.
  static func id(in group: any NamedArrays) -> String? {
    if let value = group.value("id") { return value.identifier }
    guard group.holdsArray("id"), let ids = try? group.tensor("id").identifiers() else {
      return nil
    }
    return ids.count == 1 ? ids[0] : nil
  }

  /// Whether what is listed is takes and not persons: poses of unequal lengths with nothing beside them that
  /// is of persons. (Equal ones are one array.)
  static func areTakes(in group: any NamedArrays, count: Int) -> Bool {
    let keys = ParameterKeys()
    guard (keys.body + keys.joined).contains(where: { list($0, in: group) != nil }) else {
      return false
    }
    return !["cam_poses", "jointPositions", "genders", "texture_clothes"].contains(
      where: group.contains) && ids(of: group, count: count) == nil
  }

  var file: String? { group.file }
  var names: [String] { group.names }
  func contains(_ name: String) -> Bool { group.contains(name) }

  private func listed(_ name: String) -> PickleValue? {
    guard let items = group.value(name)?.sequence, items.count == count else { return nil }
    return items[person]
  }

  /// Whether the first axis of an array is persons.
  private func isSliced(_ header: ArrayHeader) -> Bool { header.shape.first == count }

  func holdsArray(_ name: String) -> Bool {
    group.holdsArray(name) || (listed(name).map { ((try? $0.tensor()) ?? nil) != nil } ?? false)
  }

  func header(_ name: String) throws -> ArrayHeader {
    if let tensor = try listed(name)?.tensor() {
      return ArrayHeader(scalarType: tensor.scalarType, shape: tensor.shape)
    }
    let header = try group.header(name)
    guard isSliced(header) else { return header }
    return ArrayHeader(scalarType: header.scalarType, shape: Array(header.shape.dropFirst()))
  }

  func tensor(_ name: String) throws -> TensorData {
    if let tensor = try listed(name)?.tensor() { return tensor }
    let whole = try group.tensor(name)
    let header = ArrayHeader(scalarType: whole.scalarType, shape: whole.shape)
    guard isSliced(header) else { return whole }
    let shape = Array(whole.shape.dropFirst())
    let size = ArrayHeader(scalarType: whole.scalarType, shape: shape).byteCount
    return TensorData(
      scalarType: whole.scalarType, shape: shape,
      bytes: whole.withUnsafeBytes { [UInt8]($0[person * size..<(person + 1) * size]) })
  }

  func stream(
    _ name: String, group size: Int, atOnce: Bool,
    _ body: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    let header = listed(name) == nil ? try group.header(name) : nil
    guard let header, isSliced(header) else {
      return try (listed(name)?.tensor() ?? group.tensor(name)).stream(group: size, body)
    }
    // The persons before and behind pass by.
    let count = header.count / max(1, self.count)
    var position = 0
    try group.stream(name, group: size, atOnce: atOnce) { floats in
      let from = max(0, person * count - position)
      let to = min(floats.count, (person + 1) * count - position)
      if from < to { try body(UnsafeBufferPointer(rebasing: floats[from..<to])) }
      position += floats.count
    }
  }

  func singleText(_ name: String) throws -> String? {
    if let text = listed(name)?.string { return text }
    return try group.singleText(name)
  }

  func value(_ name: String) -> PickleValue? { listed(name) ?? group.value(name) }
}

extension TensorData {
  /// The elements as floats, `group` at a time.
  fileprivate func stream(
    group: Int, _ body: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    try SingleArray(name: "", tensor: self, file: nil).stream("", group: group, atOnce: false, body)
  }
}
