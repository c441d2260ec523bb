import Compute
import TensorFiles

/// Lists: of frames, of persons, of takes.
extension MotionSearch {
  func tree(ofList items: [PickleValue], _ isWeak: Bool) -> MotionTree? {
    let (items, missing) = Self.held(items)
    guard let first = items.first, path.count < Self.deepest, !items.allSatisfy(\.isText) else {
      return nil
    }
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
    let ids = groups.compactMap { PersonArrays.id(in: $0) }
    if ids.count == groups.count, Set(ids).count == ids.count {
      return .persons(zip(ids, groups).map { .init(name: $0, tree: .arrays(arrays([$1]))) })
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
    guard lengths.allSatisfy({ $0 == 1 }), missing == 0, !PoseSteps.areSmall(groups) else {
      return .arrays(found)
    }
    return .poses(
      frames: found,
      persons: groups.enumerated().map { .init(name: "\($0)", tree: .arrays(arrays([$1]))) })
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
  func dinar(_ list: PickleValue) -> MotionTree? {
    guard let items = list.sequence else { return nil }
    let entries = items.compactMap { PickleArrays($0, file: file) }
    guard entries.count == items.count else { return nil }
    var arrays = arrays(entries)
    arrays.listKey = MotionReader.dinarKey
    return .arrays(arrays)
  }
}
