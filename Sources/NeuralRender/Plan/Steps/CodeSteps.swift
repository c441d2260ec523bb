import Compute

/// The nearest code of each pixel, from a book that is packed once.
final class CodeSearchStep: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; items write disjoint pixels.

  let name: String
  let inputs: [Place]
  let output: Place
  private let search: CodeSearchKernel
  private let book: AlignedBuffer<Float>
  private var maps: [(input: FeatureMap, output: FeatureMap)] = []
  private var scratch: PlanScratch?
  private var body: WorkerPool.Body = { _, _ in }

  /// - Parameter codes: (V, C).
  init(name: String, _ codes: Tensor, input: Place, output: Place, pool: WorkerPool) throws {
    self.name = name
    inputs = [input]
    self.output = output
    let search = CodeSearchKernel(channels: codes.shape[1], codes: codes.shape[0])
    let book = try AlignedBuffer<Float>(count: search.bookFloats, for: "the network's codes")
    nonisolated(unsafe) let target = book.pointer
    codes.withUnsafeBuffer { values in
      guard let base = values.baseAddress else { return }
      nonisolated(unsafe) let source = base
      pool.run(search.packItemCount) { item, _ in
        search.pack(item: item, from: source, stride: search.channels, to: target)
      }
    }
    self.search = search
    self.book = book
    body = { [unowned self] item, worker in compute(item, worker) }
  }

  var kernel: String { "code search" }
  var operations: Int {
    MemoryBudget.product(2, output.images, output.pixels, search.channels, search.codes)
  }
  var scratchBytes: Int { search.scratchBytes }
  var reach: StepReach { .whole(inputs) }

  func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    self.scratch = scratch
    maps = (0..<output.images).map {
      (memory.map(inputs[0], image: $0), memory.map(output, image: $0))
    }
  }

  private var itemsPerImage: Int {
    search.itemCount(height: output.height, width: output.width)
  }

  func run(_ units: RowPieces, on pool: WorkerPool) {
    pool.run(maps.count * itemsPerImage, body)
  }

  private func compute(_ item: Int, _ worker: Int) {
    guard let scratch else { return }
    let map = maps[item / itemsPerImage]
    search.run(
      item: item % itemsPerImage, from: map.input, to: map.output, book: book.pointer,
      scratch: scratch.memory(worker))
  }
}

/// The codes of each pixel's index.
final class CodeLookupStep: RowStep, @unchecked Sendable {
  // Sendable: as `RowStep`.
  private let codes: AlignedBuffer<Float>
  private let count: Int

  /// - Parameter codes: (V, C).
  init(name: String, _ codes: Tensor, input: Place, output: Place) throws {
    count = codes.shape[0]
    let book = try AlignedBuffer<Float>(count: codes.count, for: "the network's codes")
    codes.withUnsafeBuffer { source in
      for index in 0..<source.count { book[index] = source[index] }
    }
    self.codes = book
    super.init(name: name, inputs: [input], output: output)
  }

  override var kernel: String { "lookup" }

  override func row(_ y: Int, _ columns: Range<Int>, image: Int) {
    let (source, target) = (sources[image][0], targets[image])
    for x in columns {
      let code = min(max(Int(saturating: source.pixel(y, x)[0]), 0), count - 1)
      target.pixel(y, x).update(
        from: codes.pointer + code * target.channels, count: target.channels)
    }
  }
}
