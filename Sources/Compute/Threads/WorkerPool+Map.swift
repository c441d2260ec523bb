import Synchronization

extension WorkerPool {
  /// Values made side by side, in the order of their numbers.
  ///
  /// What a body runs on the same pool, it runs in place.
  ///
  /// - Throws: the error of the lowest number that has one.
  package func map<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) throws -> Value
  ) throws -> [Value] {
    let box = ResultBox<Value>(count)
    run(count) { index, _ in
      let result = Result { try body(index) }
      box.results.withLock { $0[index] = result }
    }
    return try box.results.withLock { results in
      try results.map { result in
        guard let result else { throw ProgramError(.software, "a piece of work was left out") }
        return try result.get()
      }
    }
  }
}

private final class ResultBox<Value: Sendable>: Sendable {
  let results: Mutex<[Result<Value, any Error>?]>

  init(_ count: Int) { results = Mutex([Result<Value, any Error>?](repeating: nil, count: count)) }
}
