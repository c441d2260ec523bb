/// Solves A x = b in place for a small dense matrix.
///
/// - Parameters:
///   - a: (n, n), symmetric by its lower triangle, which becomes its Cholesky factor.
///   - b: (n), becomes x.
/// - Returns: false if A is not positive definite.
public func solveCholesky(_ a: inout [Double], _ b: inout [Double], _ n: Int) -> Bool {
  a.withUnsafeMutableBufferPointer { a in
    b.withUnsafeMutableBufferPointer { b in
      for i in 0..<n {
        for j in 0...i {
          var sum = a[i * n + j]
          for k in 0..<j { sum -= a[i * n + k] * a[j * n + k] }
          if i == j {
            guard sum > 0, sum.isFinite else { return false }
            a[i * n + i] = sum.squareRoot()
          } else {
            a[i * n + j] = sum / a[j * n + j]
          }
        }
      }
      for i in 0..<n {
        var sum = b[i]
        for k in 0..<i { sum -= a[i * n + k] * b[k] }
        b[i] = sum / a[i * n + i]
      }
      for i in stride(from: n - 1, through: 0, by: -1) {
        var sum = b[i]
        for k in i + 1..<max(n, i + 1) { sum -= a[k * n + i] * b[k] }
        b[i] = sum / a[i * n + i]
      }
      return true
    }
  }
}
