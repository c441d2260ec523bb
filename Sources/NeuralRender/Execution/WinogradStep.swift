import Compute

/// A convolution by Winograd's transforms, in bands of tile rows whose transformed input stays in the
/// last-level cache.
final class WinogradStep: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; items write disjoint memory.

  /// Floats of transformed input of a band, if a row of tiles allows it: 8 MB.
  private static let bandFloats = 2 << 20

  private struct Band {
    let outputTiles: RowPieceList
    let inputTiles: RowPieceList
  }

  let name: String
  let operations: Int
  let inputs: [Place]
  let output: Place
  private let convolution: WinogradConvolution
  private let residual: Place?
  private let activation: Activation
  private let bands: [Band]
  private var maps: [(input: FeatureMap, output: FeatureMap, epilogue: Epilogue)] = []
  private var scratch: PlanScratch?
  private var image = 0
  private var band = 0
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
    func band(_ first: Int, _ end: Int) -> Band {
      var list: [RowPiece] = []
      for y in first..<end { list.append(y: y, x0: 0, x1: columns) }
      let outputTiles = RowPieceList(list)
      let capacity = convolution.inputPieceCapacity(list.count)
      let room = UnsafeMutablePointer<RowPiece>.allocate(capacity: max(capacity, 1))
      defer { room.deallocate() }
      let found = convolution.inputTiles(outputTiles.pieces, into: room)
      let inputTiles = RowPieceList((0..<found.count).map { found.pieces[$0] })
      return Band(outputTiles: outputTiles, inputTiles: inputTiles)
    }
    let one = band(0, 1).inputTiles
    let rowFloats = withExtendedLifetime(one) { convolution.transformedCount(one.pieces) }
    let height = max(1, Self.bandFloats / rowFloats)
    bands = stride(from: 0, to: rows, by: height).map { band($0, min($0 + height, rows)) }
    transformBody = { [unowned self] item, worker in self.transform(item, worker) }
    multiplyBody = { [unowned self] item, worker in self.multiply(item, worker) }
  }

  var kernel: String { "Winograd" }
  var scratchBytes: Int { convolution.scratchBytes }
  var sharedFloats: Int {
    bands.map { convolution.transformedCount($0.inputTiles.pieces) }.max() ?? 0
  }

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

  func run(on pool: WorkerPool) {
    for index in maps.indices {
      image = index
      for number in bands.indices {
        band = number
        let tiles = bands[number]
        pool.run(convolution.transformItemCount(tiles.inputTiles.pieces), transformBody)
        pool.run(convolution.multiplyItemCount(tiles.outputTiles.pieces), multiplyBody)
      }
    }
  }

  private func transform(_ item: Int, _ worker: Int) {
    guard let scratch else { return }
    convolution.transform(
      item: item, inputTiles: bands[band].inputTiles.pieces, input: maps[image].input,
      transformed: scratch.shared, scratch: scratch.memory(worker))
  }

  private func multiply(_ item: Int, _ worker: Int) {
    guard let scratch else { return }
    convolution.multiply(
      item: item, outputTiles: bands[band].outputTiles.pieces,
      inputTiles: bands[band].inputTiles.pieces, transformed: scratch.shared,
      output: maps[image].output, epilogue: maps[image].epilogue,
      scratch: scratch.memory(worker))
  }
}
