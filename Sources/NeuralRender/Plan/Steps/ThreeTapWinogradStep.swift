import Compute

/// A 3 x 3 convolution by Winograd's transforms: all tiles at once, or in bands of rows of tiles where
/// they need more memory than that.
final class ThreeTapWinogradStep<Convolution: TileStages>: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; items write disjoint memory.

  /// Floats that the stages of a band hand on, if a row of tiles allows it. Each band reads all weights, so bands
  /// are several times as large, up to 48 MB; where weights are few, 8 MB stay in a cache.
  private static func bandFloats(weights: Int) -> Int { min(max(8 * weights, 2 << 20), 12 << 20) }

  let name: String
  let operations: Int
  let inputs: [Place]
  let output: Place
  let reach: StepReach
  let sharedFloats: Int
  private let convolution: Convolution
  private let residual: Place?
  private let factors: RunFactors?
  private let activation: Activation
  /// Tiles of a band.
  private let tiles: AlignedBuffer<RowPiece>
  private var band: RowPieces?
  /// Held, because a list that is made in every run takes memory.
  private let stages: [Convolution.Stage]
  private var stage: Convolution.Stage?
  private var maps: [(input: FeatureMap, output: FeatureMap, epilogue: Epilogue)] = []
  private var scratch: PlanScratch?
  private var image = 0
  private var body: WorkerPool.Body = { _, _ in }

  init(
    name: String, convolution: Convolution, input: Place, output: Place, residual: Place?,
    factors: RunFactors? = nil, activation: Activation, operations: Int
  ) {
    self.factors = factors
    self.name = name
    self.convolution = convolution
    stages = Array(Convolution.Stage.allCases)
    inputs = [input] + (residual.map { [$0] } ?? []) + (factors?.inputs ?? [])
    self.output = output
    self.residual = residual
    self.activation = activation
    self.operations = operations
    let (rows, columns) = ((output.height + 3) / 4, (output.width + 3) / 4)
    let written = Reach.blocks(of: 4, height: output.height, width: output.width)
    reach = StepReach(
      height: rows, width: columns, output: written,
      inputs: [
        .windows(of: convolution, units: ImageSize(height: rows, width: columns), in: input)
      ]
        + (residual == nil ? [] : [written]),
      taps: [
        input.height == output.height
          ? .windows(of: convolution.shape, units: ImageSize(output), in: input)
          : .doubled(output, in: input)
      ]
        + (residual == nil ? [] : [.same])
    ).reading(factors)
    tiles = AlignedBuffer(count: rows * ((columns + 1) / 2))
    func floats(_ rows: Int) -> Int {
      let all = RowPieceList(height: rows, width: columns)
      return withExtendedLifetime(all) { convolution.sharedCount(all.pieces) }
    }
    let most = Self.bandFloats(weights: 36 * input.channels * output.channels)
    sharedFloats = max(floats(1), min(floats(rows), most))
    body = { [unowned self] item, worker in self.compute(item, worker) }
  }

  var kernel: String { Convolution.kernelName }
  var temporaries: [Place] { factors.map { [$0.room] } ?? [] }
  var scratchBytes: Int { convolution.scratchBytes }

  func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    self.scratch = scratch
    factors?.bind(memory)
    maps = (0..<output.images).map { image in
      (
        memory.map(inputs[0], image: image), memory.map(output, image: image),
        Epilogue(
          activation: activation, residual: residual.map { memory.map($0, image: image) })
      )
    }
  }

  func run(_ units: RowPieces, on pool: WorkerPool) {
    for index in maps.indices {
      image = index
      if let factors { maps[index].epilogue.factors = factors.prepare(index) }
      var first = 0
      while first < units.count {
        first = nextBand(of: units, from: first)
        guard let band else { return }
        for index in stages.indices {
          stage = stages[index]
          pool.run(convolution.itemCount(stages[index], band), body)
        }
      }
    }
  }

  /// Makes a band of as many rows of tiles as fit the shared memory; returns the piece behind it.
  private func nextBand(of units: RowPieces, from first: Int) -> Int {
    var end = first
    while end < units.count {
      var next = end
      while next < units.count && units.pieces[next].y == units.pieces[end].y {
        tiles[next - first] = units.pieces[next]
        tiles[next - first].start -= units.pieces[first].start
        next += 1
      }
      let longer = RowPieces(tiles.pointer, count: next - first)
      if end > first && convolution.sharedCount(longer) > sharedFloats { break }
      end = next
    }
    band = RowPieces(tiles.pointer, count: end - first)
    return end
  }

  private func compute(_ item: Int, _ worker: Int) {
    guard let scratch, let band, let stage else { return }
    let map = maps[image]
    convolution.run(
      stage, item: item, tiles: band, input: map.input, output: map.output,
      epilogue: map.epilogue, shared: scratch.shared, scratch: scratch.memory(worker))
  }
}
