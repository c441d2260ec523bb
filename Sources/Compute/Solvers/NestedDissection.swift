/// An order of elimination in which the factors of meshes' matrices stay sparse.
///
/// Source: George 1973, "Nested Dissection of a Regular Finite Element Mesh": a set of rows that parts the rest
/// in two goes last, and each half likewise. Sets are found by breadth-first levels from a far end.
enum NestedDissection {
  /// Sets of so many rows are not divided further.
  private static let leaf = 24

  /// The matrix's rows in the order of elimination.
  static func order(_ matrix: SparseSymmetricMatrix) -> [Int32] {
    var work = Work(matrix)
    work.dissect()
    return work.order
  }

  private struct Work {
    let matrix: SparseSymmetricMatrix
    /// From the end: separators are placed before what they part.
    var order: [Int32]
    /// The part that each row belongs to; -1 once it is placed.
    var parts: [Int32]
    var levels: [Int32]
    var queue: [Int32]

    init(_ matrix: SparseSymmetricMatrix) {
      self.matrix = matrix
      order = [Int32](repeating: 0, count: matrix.size)
      parts = [Int32](repeating: 0, count: matrix.size)
      levels = [Int32](repeating: 0, count: matrix.size)
      queue = []
    }

    mutating func dissect() {
      var place = matrix.size
      var waiting: [(part: Int32, rows: [Int32])] = [(0, (0..<Int32(matrix.size)).map { $0 })]
      var next: Int32 = 1
      func put(_ rows: some Sequence<Int32>) {
        for row in rows {
          place -= 1
          order[place] = row
          parts[Int(row)] = -1
        }
      }
      while let (part, rows) = waiting.popLast() {
        guard rows.count > leaf else {
          put(rows)
          continue
        }
        // A far end of the piece that the first row lies in, and the levels from there.
        breadthFirst(from: rows[0], part: part)
        breadthFirst(from: queue[queue.count - 1], part: part)
        var pieces: [[Int32]] = []
        if queue.count < rows.count {
          // Pieces that do not hang together need no separator.
          let reached = Set(queue)
          pieces = [queue, rows.filter { !reached.contains($0) }]
        } else {
          let last = levels[Int(queue[queue.count - 1])]
          guard last >= 2 else {
            put(rows)
            continue
          }
          // The level that holds the middle row.
          let level = min(max(levels[Int(queue[queue.count / 2])], 1), last - 1)
          let separator = queue.filter { levels[Int($0)] == level }
          pieces = [
            queue.filter { levels[Int($0)] < level }, queue.filter { levels[Int($0)] > level },
          ]
          put(separator)
        }
        for piece in pieces where !piece.isEmpty {
          for row in piece { parts[Int(row)] = next }
          waiting.append((next, piece))
          next += 1
        }
      }
    }

    /// Fills `queue` and `levels` with what is reached inside a part.
    private mutating func breadthFirst(from start: Int32, part: Int32) {
      queue.removeAll(keepingCapacity: true)
      queue.append(start)
      // Marks what is reached by a part of its own, and takes the marks back.
      let mark = Int32.min
      parts[Int(start)] = mark
      levels[Int(start)] = 0
      var head = 0
      while head < queue.count {
        let row = Int(queue[head])
        head += 1
        for entry in Int(matrix.starts[row])..<Int(matrix.starts[row + 1]) {
          let neighbour = Int(matrix.columns[entry])
          if parts[neighbour] == part {
            parts[neighbour] = mark
            levels[neighbour] = levels[row] + 1
            queue.append(Int32(neighbour))
          }
        }
      }
      for row in queue { parts[Int(row)] = part }
    }
  }
}
