import Compute

/// A convolution by Winograd's transforms, in bands of tile rows whose transformed input stays in the
/// last-level cache.
final class WinogradStep: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; items write disjoint memory.

  /// Floats of transformed input of a band, if a row of tiles allows it: 8 MB.
  private static let bandFloats = 2 << 20

  let name: String
  let operations: Int
  let inputs: [Place]
  let output: Place
  let reach: StepReach
  private let convolution: WinogradConvolution
  private let residual: Place?
  private let activation: Activation
  /// Transformed input that fits the memory of a band.
  let sharedFloats: Int
  /// Tiles of a band, and the tiles of the input that they read.
  private let outputTiles: AlignedBuffer<RowPiece>
  private let inputTiles: AlignedBuffer<RowPiece>
  private var band: (output: RowPieces, input: RowPieces)?
  private var maps: [(input: FeatureMap, output: FeatureMap, epilogue: Epilogue)] = []
  private var scratch: PlanScratch?
  private var image = 0
  private var transformBody: WorkerPool.Body = { _, _ in }
  private var multiplyBody: WorkerPool.Body = { _, _ in }

  init(
    name: String, convolution: WinogradConvolution, input: Place, output: Place, residual: Place?,
    activation: Activation, operations: Int
  ) {
    self.name = name
    self.convolution = convolution
    inputs = [input] + (residual.map { [$0] } ?? [])
    self.output = output
    self.residual = residual
    self.activation = activation
    self.operations = operations
    let (rows, columns) = ((output.height + 3) / 4, (output.width + 3) / 4)
    let tiles = Reach.blocks(of: 4, height: output.height, width: output.width)
    reach = StepReach(
      height: rows, width: columns, output: tiles,
      inputs: [convolution.reach(rows: rows, columns: columns, in: input)]
        + (residual == nil ? [] : [tiles]),
      taps: [convolution.shape.reach(of: output, in: input)] + (residual == nil ? [] : [.same]))
    let capacity = rows * ((columns + 1) / 2)
    outputTiles = AlignedBuffer(count: capacity)
    inputTiles = AlignedBuffer(count: convolution.inputPieceCapacity(capacity))
    let room = inputTiles.pointer
    func floats(_ rows: Int) -> Int {
      [RowPiece].all(height: rows, width: columns).withUnsafeBufferPointer { list in
        list.baseAddress.map {
          convolution.transformedCount(
            convolution.inputTiles(RowPieces($0, count: list.count), into: room))
        } ?? 0
      }
    }
    sharedFloats = max(floats(1), min(floats(rows), Self.bandFloats))
    transformBody = { [unowned self] item, worker in self.transform(item, worker) }
    multiplyBody = { [unowned self] item, worker in self.multiply(item, worker) }
  }

  var kernel: String { "Winograd" }
  var scratchBytes: Int { convolution.scratchBytes }
  func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    self.scratch = scratch
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
      var first = 0
      while first < units.count {
        first = nextBand(of: units, from: first)
        guard let band else { return }
        pool.run(convolution.transformItemCount(band.input), transformBody)
        pool.run(convolution.multiplyItemCount(band.output), multiplyBody)
      }
    }
  }

  /// Makes a band of as many rows of tiles as fit the shared memory; returns the piece behind it.
  private func nextBand(of units: RowPieces, from first: Int) -> Int {
    var end = first
    while end < units.count {
      var next = end
      while next < units.count && units.pieces[next].y == units.pieces[end].y {
        outputTiles[next - first] = units.pieces[next]
        outputTiles[next - first].start -= units.pieces[first].start
        next += 1
      }
      let tiles = RowPieces(outputTiles.pointer, count: next - first)
      let read = convolution.inputTiles(tiles, into: inputTiles.pointer)
      if end > first && convolution.transformedCount(read) > sharedFloats { break }
      end = next
    }
    let tiles = RowPieces(outputTiles.pointer, count: end - first)
    band = (tiles, convolution.inputTiles(tiles, into: inputTiles.pointer))
    return end
  }

  private func transform(_ item: Int, _ worker: Int) {
    guard let scratch, let band else { return }
    convolution.transform(
      item: item, inputTiles: band.input, input: maps[image].input, transformed: scratch.shared,
      scratch: scratch.memory(worker))
  }

  private func multiply(_ item: Int, _ worker: Int) {
    guard let scratch, let band else { return }
    convolution.multiply(
      item: item, outputTiles: band.output, inputTiles: band.input, transformed: scratch.shared,
      output: maps[image].output, epilogue: maps[image].epilogue, scratch: scratch.memory(worker))
  }
}
