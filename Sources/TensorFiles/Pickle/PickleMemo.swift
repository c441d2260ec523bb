/// What a pickle remembers by number.
///
/// Python numbers objects from 0 on, so an array holds them; other numbers go to a dictionary.
struct PickleMemo {
  private var dense: [PickleItem] = []
  private var sparse: [Int: PickleItem] = [:]

  /// About what an item takes, for budgets.
  static let bytesPerItem = 32

  var count: Int { dense.count + sparse.count }

  subscript(key: Int) -> PickleItem? {
    dense.indices.contains(key) ? dense[key] : sparse[key]
  }

  /// Returns whether the number is new.
  mutating func store(_ item: PickleItem, at key: Int) -> Bool {
    if dense.indices.contains(key) {
      dense[key] = item
      return false
    }
    guard key == dense.count else { return sparse.updateValue(item, forKey: key) == nil }
    dense.append(item)
    return sparse.removeValue(forKey: key) == nil
  }
}
