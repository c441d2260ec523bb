/// Huber's loss: the square up to `limit`, straight beyond it.
struct Huber: Sendable {
  /// Infinite for plain squares.
  var limit = Double.infinity

  /// The loss of a residual of some length and its weight in the system of equations: half the
  /// derivative of the loss by the length, over the length.
  @inline(__always)
  func callAsFunction(_ length: Double) -> (cost: Double, weight: Double) {
    length <= limit
      ? (length * length, 1) : (limit * (2 * length - limit), limit / length)
  }
}
