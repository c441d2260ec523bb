import Compute

/// Which part of each step of a plan a frame needs computed, and the empty frame for the rest.
///
/// Forward, the units at which each step can differ from the empty frame follow from those of what it
/// reads. Backward, the pixels at which a value is read follow from the units that are computed. A
/// step computes what differs and is read; what is read and does not differ is copied from the empty
/// frame. Steps whose empty frame is not kept compute all that is read of them.
final class ActiveRegions: @unchecked Sendable {
  // Sendable: used by the plan's one run at a time.

  /// Where an input of the plan can differ from the empty frame.
  enum Change {
    case region
    case everywhere
    case nowhere
  }

  /// What an input of a step lies in: an input of the plan, or a step that writes all or some of it.
  enum Source {
    case input(Change)
    case step(Int)
  }

  let reaches: [StepReach]
  /// For each input of a step: which of the step's pixels a difference in it spreads to, where that is
  /// told apart from what units read.
  private let spreads: [[Reach]?]
  /// For each step and each of its inputs.
  let sources: [[[Source]]]
  /// Height and width that each step sees each of its inputs in. A value that was written in another form
  /// (an image read as rows) differs, and is needed, everywhere or nowhere.
  private let extents: [[SIMD2<Int>]]
  /// What the outputs of the plan lie in, with their sizes.
  private let outputs: [(source: Source, height: Int, width: Int)]
  /// What is kept of the empty frame.
  var empty: [EmptyActivation?]

  /// Pixels of each step that can differ, pixels of it that are read, units to compute.
  private var differing: [PixelSet]
  private var needed: [PixelSet]
  private(set) var active: [PixelSet]
  /// Room for sets in pixels, one for each size; and which of them suits a step.
  private var room: [PixelSet] = []
  private var roomIndex: [Int] = []
  /// Of the size of the inputs that change by region.
  private let nothing: PixelSet
  let fill = EmptyFill()
  private let pieceMemory: AlignedBuffer<RowPiece>

  init(
    steps: [any PlanStep], inputs: [String: Place], outputs: [Place], changes: [String: Change],
    changedHeight: Int, changedWidth: Int, equality: FrameEquality
  ) {
    nothing = PixelSet(height: changedHeight, width: changedWidth)
    let reaches = steps.map(\.reach)
    self.reaches = reaches
    spreads = reaches.map { equality == .bits ? nil : $0.taps }
    func sources(of place: Place, before end: Int) -> [Source] {
      inputs.filter { $0.value.overlaps(place) }.map { .input(changes[$0.key] ?? .nowhere) }
        + (0..<end).filter { steps[$0].output.overlaps(place) }.map { .step($0) }
    }
    self.sources = steps.enumerated().map { number, step in
      step.inputs.map { sources(of: $0, before: number) }
    }
    extents = steps.map { step in step.inputs.map { [$0.height, $0.width] } }
    self.outputs = outputs.flatMap { place in
      sources(of: place, before: steps.count).map { ($0, place.height, place.width) }
    }
    empty = steps.map { _ in nil }
    active = reaches.map { PixelSet(height: $0.height, width: $0.width) }
    needed = steps.map { PixelSet(height: $0.output.height, width: $0.output.width) }
    differing = needed
    for set in needed {
      if let index = room.firstIndex(where: { $0.height == set.height && $0.width == set.width }) {
        roomIndex.append(index)
      } else {
        roomIndex.append(room.count)
        room.append(set)
      }
    }
    pieceMemory = AlignedBuffer(count: (active + needed).map(\.pieceCapacity).max() ?? 0)
  }

  /// Bytes of the sets and of the empty frame.
  var byteCount: Int {
    empty.reduce(0) { $0 + ($1?.byteCount ?? 0) }
      + (differing + needed + active + room).reduce(0) { $0 + 8 * $1.words.count }
      + MemoryLayout<RowPiece>.stride * pieceMemory.count
  }

  /// Finds what is to be computed for a frame.
  ///
  /// - Parameters:
  ///   - changed: pixels of the inputs that change by region.
  ///   - wanted: pixels of outputs of its size that must be right, nil for all.
  func plan(changed: PixelSet, wanted: PixelSet?) {
    precondition(changed.height == nothing.height && changed.width == nothing.width)
    spread(changed)
    for index in reaches.indices { needed[index].removeAll() }
    for output in outputs {
      guard case .step(let index) = output.source else { continue }
      if let wanted, wanted.height == output.height, wanted.width == output.width,
        needed[index].extent == wanted.extent
      {
        needed[index].formUnion(wanted)
      } else {
        needed[index].insertAll()
      }
    }
    for index in reaches.indices.reversed() where !needed[index].isEmpty {
      let place = roomIndex[index]
      room[place].assign(needed[index])
      if empty[index] != nil { room[place].formIntersection(differing[index]) }
      active[index].insertUnits(touching: room[place], reaches[index].output)
      if active[index].isEmpty { continue }
      for (input, reach) in reaches[index].inputs.enumerated() {
        for case .step(let source) in sources[index][input] {
          if needed[source].extent == extents[index][input] {
            needed[source].insertPixels(touchedBy: active[index], reach)
          } else {
            needed[source].insertAll()
          }
        }
      }
    }
  }

  /// Finds where each step can differ; leaves no unit active.
  private func spread(_ changed: PixelSet) {
    for index in reaches.indices {
      differing[index].removeAll()
      active[index].removeAll()
      for (input, sources) in sources[index].enumerated() {
        for source in sources {
          switch source {
          case .input(.nowhere): break
          case .input(.everywhere): differing[index].insertAll()
          case .input(.region): spread(changed, to: index, input)
          case .step(let writer): spread(differing[writer], to: index, input)
          }
        }
      }
      if spreads[index] == nil, !active[index].isEmpty {
        differing[index].insertPixels(touchedBy: active[index], reaches[index].output)
        active[index].removeAll()
      }
    }
  }

  private func spread(_ pixels: PixelSet, to index: Int, _ input: Int) {
    if pixels.isEmpty { return }
    guard pixels.extent == extents[index][input] else {
      if spreads[index] == nil { active[index].insertAll() } else { differing[index].insertAll() }
      return
    }
    if let spread = spreads[index] {
      differing[index].insertUnits(touching: pixels, spread[input])
    } else {
      active[index].insertUnits(touching: pixels, reaches[index].inputs[input])
    }
  }

  /// The units of a step that the frame computes; the memory serves one list at a time.
  func activePieces(_ index: Int) -> RowPieces {
    active[index].pieces(into: pieceMemory.pointer)
  }

  /// The pixels of a step that the frame reads and that are those of the empty frame.
  func emptyPieces(_ index: Int) -> RowPieces {
    guard empty[index] != nil else { return RowPieces(pieceMemory.pointer, count: 0) }
    let place = roomIndex[index]
    room[place].assign(needed[index])
    room[place].subtract(differing[index])
    return room[place].pieces(into: pieceMemory.pointer)
  }

  /// Steps whose empty frame is of use, and those among them that are read everywhere whatever
  /// the region: outputs, and what is read by steps that always differ everywhere.
  func worthKeeping() -> (some: [Bool], all: [Bool]) {
    spread(nothing)
    let some = differing.indices.map { differing[$0].isEmpty && !sources[$0].isEmpty }
    var all = some.map { _ in false }
    for case (.step(let index), _, _) in outputs { all[index] = some[index] }
    for reader in differing.indices where !differing[reader].isEmpty {
      for case .step(let index) in sources[reader].joined() { all[index] = some[index] }
    }
    return (some, all)
  }

  /// The share of a step that the frame computes.
  func share(_ index: Int) -> Double {
    Double(active[index].count) / Double(reaches[index].height * reaches[index].width)
  }
}

extension PixelSet {
  fileprivate var extent: SIMD2<Int> { [height, width] }
}

extension Place {
  /// Whether two places may hold some of the same floats: channels of one image, or any two forms.
  func overlaps(_ other: Place) -> Bool {
    guard buffer == other.buffer else { return false }
    guard pixelStride == other.pixelStride, height == other.height, width == other.width else {
      return true
    }
    return offset < other.offset + other.channels && other.offset < offset + channels
  }
}
