import Compute

/// Where the values of a graph lie.
struct ValuePlaces {
  /// Values that some step writes or will write.
  var views: [Int: View] = [:]
  /// Copies of values for kernels that want them in another form.
  var imageCopies: [Int: Place] = [:]
  var rowCopies: [Int: Place] = [:]
  /// Floats of each buffer.
  private var counts: [Int] = []

  /// A buffer of so many floats.
  mutating func newBuffer(_ count: Int) -> Int {
    counts.append(count)
    return counts.count - 1
  }

  /// All buffers, each from the step that writes it first to the one that reads it last; inputs and
  /// results are kept for the whole run.
  func buffers(
    usedBy steps: [any PlanStep], inputs: [Place], outputs: [Place]
  ) -> [ArenaBuffer] {
    var first = [Int?](repeating: nil, count: counts.count)
    var last = [Int](repeating: 0, count: counts.count)
    for (number, step) in steps.enumerated() {
      for place in step.inputs + [step.output] + step.temporaries {
        if first[place.buffer] == nil { first[place.buffer] = number }
        last[place.buffer] = number
      }
    }
    for place in inputs {
      first[place.buffer] = 0
      last[place.buffer] = steps.count
    }
    for place in outputs { last[place.buffer] = steps.count }
    return counts.indices.map {
      ArenaBuffer(count: counts[$0], first: first[$0] ?? 0, last: last[$0])
    }
  }
}

/// The two forms in which kernels want values.
enum ViewForm {
  /// Channels (axis 1) contiguous.
  case image
  /// The last axis contiguous, the others evenly apart.
  case rows

  /// As steps write a value where nothing says otherwise.
  static func plain(_ shape: [Int]) -> ViewForm { shape.count == 4 ? .image : .rows }
}
