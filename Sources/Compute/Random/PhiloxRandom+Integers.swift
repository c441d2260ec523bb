/// Integers and orders, drawn one after another. The algorithms are part of the contract: unlike the
/// standard library's, they give the same numbers with every version of it.
extension PhiloxRandom {
  /// An integer of 0 ..< bound, each with the same probability.
  ///
  /// Takes one element of 64 bits, seldom more: the upper half of its product with the bound, unless the
  /// lower half shows that this integer would come once too often.
  ///
  /// Matches: D. Lemire, "Fast random integer generation in an interval", 2019.
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0)
    let bound = UInt64(bound)
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      // 2^64 mod bound.
      let surplus = (0 &- bound) % bound
      while product.low < surplus { product = next().multipliedFullWidth(by: bound) }
    }
    return Int(product.high)
  }

  /// Brings elements into an order, each order with the same probability (Fisher and Yates, from the
  /// end).
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    for last in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(last, integer(below: last + 1))
    }
  }

  /// The integers of 0 ..< count in such an order.
  public mutating func permutation(count: Int) -> [Int] {
    var result = Array(0..<count)
    shuffle(&result)
    return result
  }
}
