import Compute

// Frames that differ from an empty one in a region: only what differs and is wanted is computed.

/// How a frame that is computed in part equals the same frame computed whole.
public enum FrameEquality: Sendable {
  /// Bit for bit.
  case bits
  /// But for rounding: a transformed convolution computes tiles, and every pixel of a tile is rounded
  /// with all that the tile reads. Pixels that a difference reaches by such rounding only are taken
  /// from the empty frame. What is wanted and how many threads there are changes no bit.
  case rounding
}

extension Plan {
  /// Runs on the inputs in place, which hold the empty frame, and keeps what each step computes from
  /// it, so that `run(changed:wanted:)` can leave out what does not differ.
  ///
  /// Also to be called again when an input changes that is in neither list. A plan for several images
  /// at once keeps nothing and goes on computing everything.
  ///
  /// - Parameters:
  ///   - changing: inputs of one common size that differ from the empty frame in a region told with
  ///     every run.
  ///   - everywhere: inputs that may differ anywhere, such as a background picture. All other inputs
  ///     (a texture that is sampled) keep the values they have now.
  ///   - equality: how frames are to equal those of `run()`. `.rounding` computes less.
  ///   - budget: bytes for what is kept, roughly. The outputs' empty frame is always kept; then steps
  ///     that save most for a byte. A step that is not kept computes all that is read of it.
  /// - Throws: `ProgramError` when there is no such input, sizes differ, or a run is going on.
  public func recordEmptyFrame(
    changing: [String], everywhere: [String] = [], equality: FrameEquality = .bits,
    budget: Int = 32 << 20
  ) throws {
    try exclusively {
      try record(changing: changing, everywhere: everywhere, equality: equality, budget: budget)
    }
  }

  private func record(
    changing: [String], everywhere: [String], equality: FrameEquality, budget: Int
  ) throws {
    regions = nil
    var changes: [String: ActiveRegions.Change] = [:]
    var size: PixelSet?
    for name in changing + everywhere {
      guard let place = inputPlaces[name] else {
        throw ProgramError(
          .software, "the network has no such input", key: name,
          expected: inputPlaces.keys.sorted().joined(separator: ", "))
      }
      changes[name] = changing.contains(name) ? .region : .everywhere
      guard changing.contains(name) else { continue }
      let found = size ?? PixelSet(height: place.height, width: place.width)
      guard found.height == place.height, found.width == place.width else {
        throw ProgramError(
          .software, "inputs that change by one region are of different sizes", key: name,
          expected: "\(found.width) x \(found.height)", found: "\(place.width) x \(place.height)")
      }
      size = found
    }
    guard let size else {
      throw ProgramError(.software, "no input is named that changes by a region")
    }
    guard steps.allSatisfy({ $0.output.images == 1 && $0.inputs.allSatisfy { $0.images == 1 } })
    else {
      runSteps()
      return
    }
    let regions = ActiveRegions(
      steps: steps, inputs: inputPlaces, outputs: Array(outputPlaces.values), changes: changes,
      changedHeight: size.height, changedWidth: size.width, equality: equality)
    let (useful, always) = regions.worthKeeping()
    for index in steps.indices {
      runWhole(index)
      guard useful[index] else { continue }
      regions.empty[index] = EmptyActivation(
        of: memory.map(steps[index].output, image: 0), on: pool)
      drop(from: regions, butNot: always, budget: budget)
    }
    self.regions = regions
  }

  /// Drops what saves least for its bytes until the rest fits.
  private func drop(from regions: ActiveRegions, butNot always: [Bool], budget: Int) {
    func bytes(_ index: Int) -> Int { regions.empty[index]?.byteCount ?? 0 }
    func worth(_ index: Int) -> Double { Double(steps[index].operations) / Double(bytes(index)) }
    while steps.indices.reduce(0, { $0 + bytes($1) }) > budget {
      let candidates = steps.indices.filter { !always[$0] && bytes($0) > 0 }
      guard let worst = candidates.min(by: { worth($0) < worth($1) }) else { return }
      regions.empty[worst] = nil
    }
  }

  /// Computes the outputs from the inputs in place, for a frame that differs from the empty one only
  /// at the `changed` pixels of the inputs that change by region.
  ///
  /// Where `wanted`, the outputs equal those of `run()` as it was asked for; elsewhere they are not defined.
  /// Without a recorded empty frame everything is computed. Allocates nothing.
  ///
  /// - Parameters:
  ///   - changed: a set of the size of the changing inputs. It may hold more than what differs.
  ///   - wanted: pixels at which outputs of that set's size must be right; nil, and outputs of other
  ///     sizes: everywhere.
  /// - Throws: when another run of this plan is going on.
  public func run(changed: PixelSet, wanted: PixelSet? = nil) throws {
    try exclusively {
      guard let regions else { return runSteps() }
      regions.plan(changed: changed, wanted: wanted)
      for index in steps.indices { runActive(index, regions) }
    }
  }

  private func runActive(_ index: Int, _ regions: ActiveRegions) {
    let active = regions.activePieces(index)
    if active.count > 0 { steps[index].run(active, on: pool) }
    guard let empty = regions.empty[index] else { return }
    let pieces = regions.emptyPieces(index)
    if pieces.count > 0 {
      regions.fill.run(empty, pieces, to: memory.map(steps[index].output, image: 0), on: pool)
    }
  }

  /// Runs a frame once more and measures each step.
  ///
  /// - Throws: when another run is going on.
  public func profile(changed: PixelSet, wanted: PixelSet? = nil) throws -> [PlanProfile] {
    guard let regions else { return try profile() }
    return try exclusively {
      regions.plan(changed: changed, wanted: wanted)
      return steps.indices.map { index in
        profile(index, share: regions.share(index)) { runActive(index, regions) }
      }
    }
  }
}
