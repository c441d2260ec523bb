/// What an array is, without its elements.
public struct ArrayHeader: Sendable, Equatable {
  public let scalarType: ScalarType
  public let shape: [Int]

  public init(scalarType: ScalarType, shape: [Int]) {
    self.scalarType = scalarType
    self.shape = shape
  }

  /// Number of elements; `Int.max` where it is beyond that.
  public var count: Int { product(from: 1) }

  /// Bytes of the elements; `Int.max` where they are beyond that.
  public var byteCount: Int { product(from: scalarType.size) }

  private func product(from start: Int) -> Int {
    if shape.contains(0) { return 0 }
    return shape.reduce(start) {
      let (product, overflow) = $0.multipliedReportingOverflow(by: $1)
      return overflow ? .max : product
    }
  }
}
