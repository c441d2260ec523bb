// Whether a matrix of taps is a product of a column and a row.

/// A matrix of taps as column times row.
struct SeparableTaps {
  let column: [Float]
  let row: [Float]

  /// - Parameter taps: `rows` rows of `columns`.
  /// - Returns: nil unless every tap is within 1e-6 of the largest from the product.
  init?(_ taps: [Float], rows: Int, columns: Int) {
    guard let largest = taps.indices.max(by: { abs(taps[$0]) < abs(taps[$1]) }),
      taps.allSatisfy(\.isFinite)
    else { return nil }
    let (y, x) = (largest / columns, largest % columns)
    let pivot = Double(taps[largest])
    let column = (0..<rows).map { Double(taps[$0 * columns + x]) }
    let row = (0..<columns).map { pivot == 0 ? 0 : Double(taps[y * columns + $0]) / pivot }
    for (index, tap) in taps.enumerated() {
      let product = column[index / columns] * row[index % columns]
      guard abs(product - Double(tap)) <= 1e-6 * abs(pivot) else { return nil }
    }
    self.column = column.map { Float($0) }
    self.row = row.map { Float($0) }
  }
}
