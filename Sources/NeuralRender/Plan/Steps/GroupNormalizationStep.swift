import Compute

/// Normalisation by an image's own statistics: sums of pieces, factors by channel, then one pass that
/// applies them with what follows, a gate and a residual included.
final class GroupNormalizationStep: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; items write disjoint memory.

  private struct Maps {
    let input: FeatureMap
    let output: FeatureMap
    let factor: FeatureMap?
    let offset: FeatureMap?
    let gate: FeatureMap?
    let residual: FeatureMap?
  }

  let name: String
  let inputs: [Place]
  let output: Place
  private let statistics: ChannelStatistics
  private let weight: KernelTable<Float>
  private let bias: KernelTable<Float>
  private let rows: ChannelFactorRows
  /// The same with a gate or a residual.
  private let gatedRows: GatedRows
  private let gate: Place?
  private let residual: Place?
  private let factor: Place?
  private let offset: Place?
  private let room: Place
  private var image = 0
  private var maps: [Maps] = []
  private var factors: ChannelFactors?
  private var shared: UnsafeMutableRawPointer?
  private var accumulate: WorkerPool.Body = { _, _ in }
  private var apply: WorkerPool.Body = { _, _ in }
  private static let pixelsPerItem = 4096

  /// - Parameters:
  ///   - chain: weight, bias and activation.
  ///   - factor: multiplied after weight and bias; one pixel with all channels.
  ///   - offset: added after that.
  ///   - gate: of the output's size; its logistic function multiplies what the activation gives.
  ///   - residual: of the output's size, added at the end.
  ///   - room: of `ChannelFactors.floats` floats.
  init(
    name: String, _ statistics: ChannelStatistics, _ chain: ChannelChain, input: Place,
    output: Place, factor: Place?, offset: Place?, gate: Place? = nil, residual: Place? = nil,
    room: Place
  ) {
    self.name = name
    self.statistics = statistics
    weight = KernelTable(count: chain.scale.count) { chain.scale[$0] }
    bias = KernelTable(count: chain.bias.count) { chain.bias[$0] }
    rows = ChannelFactorRows(activation: chain.activation)
    gatedRows = GatedRows(activation: chain.activation)
    inputs = [input] + [factor, offset, gate, residual].compactMap { $0 }
    self.gate = gate
    self.residual = residual
    self.output = output
    self.factor = factor
    self.offset = offset
    self.room = room
    accumulate = { [unowned self] item, _ in
      guard let shared else { return }
      self.statistics.accumulate(item: item, from: maps[image].input, shared: shared)
    }
    apply = { [unowned self] item, _ in self.apply(item) }
  }

  var kernel: String { "statistics" }
  var operations: Int { 0 }
  var scratchBytes: Int { 0 }
  var temporaries: [Place] { [room] }
  var reach: StepReach { .whole(inputs) }
  var sharedFloats: Int {
    (statistics.sharedBytes(height: output.height, width: output.width) + 3) / 4
  }

  func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    func map(_ place: Place, _ image: Int) -> FeatureMap {
      memory.map(place, image: place.images == 1 ? 0 : image)
    }
    maps = (0..<output.images).map { image in
      Maps(
        input: map(inputs[0], image), output: memory.map(output, image: image),
        factor: factor.map { map($0, image) }, offset: offset.map { map($0, image) },
        gate: gate.map { map($0, image) }, residual: residual.map { map($0, image) })
    }
    factors = ChannelFactors(memory.map(room, image: 0).base, channels: output.channels)
    shared = UnsafeMutableRawPointer(scratch.shared)
  }

  func run(_ units: RowPieces, on pool: WorkerPool) {
    guard let factors, let shared else { return }
    let (height, width) = (output.height, output.width)
    for index in maps.indices {
      image = index
      pool.run(statistics.itemCount(height: height, width: width), accumulate)
      statistics.finish(
        height: height, width: width, shared: shared, weight: weight.pointer, bias: bias.pointer,
        to: factors)
      if let factor = maps[index].factor?.base {
        for channel in 0..<output.channels {
          factors.scale[channel] *= factor[channel]
          factors.offset[channel] *= factor[channel]
        }
      }
      if let offset = maps[index].offset?.base {
        for channel in 0..<output.channels { factors.offset[channel] += offset[channel] }
      }
      factors.finish()
      pool.run((output.pixels + Self.pixelsPerItem - 1) / Self.pixelsPerItem, apply)
    }
  }

  private func apply(_ item: Int) {
    guard let factors else { return }
    let map = maps[image]
    var pixel = item * Self.pixelsPerItem
    let end = min(pixel + Self.pixelsPerItem, output.pixels)
    while pixel < end {
      let (y, x) = (pixel / output.width, pixel % output.width)
      let last = min(output.width, x + end - pixel)
      if map.gate == nil && map.residual == nil {
        rows.row(y, x..<last, from: map.input, to: map.output, factors: factors)
      } else {
        gatedRows.row(
          y, x..<last, from: map.input, gate: map.gate, residual: map.residual, to: map.output,
          factors: factors)
      }
      pixel += last - x
    }
  }
}
