import CSIMD
import Compute

/// A step that makes each pixel of its output from the same pixel of its inputs.
class RowStep: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; rows are disjoint.

  let name: String
  let inputs: [Place]
  let output: Place
  private(set) var sources: [[FeatureMap]] = []
  private(set) var targets: [FeatureMap] = []
  private var body: WorkerPool.Body = { _, _ in }
  private var pieces: RowPieces?
  /// Pixels of a piece of work: 4,096, of many channels so many that it writes a megabyte. Larger pieces leave
  /// workers without any, and let them read and write at distances that memory serves one after the other.
  let pixelsPerItem: Int

  init(name: String, inputs: [Place], output: Place) {
    self.name = name
    self.inputs = inputs
    self.output = output
    pixelsPerItem = max(16, min(4096, (1 << 18) / max(output.channels, 1)))
    body = { [unowned self] item, worker in self.compute(item, worker) }
  }

  var reach: StepReach { .pixelwise(output, inputs: inputs) }

  var kernel: String { "rows" }
  var operations: Int { 0 }
  var scratchBytes: Int { 0 }
  var temporaries: [Place] { [] }

  func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    sources = (0..<output.images).map { image in
      inputs.map { memory.map($0, image: $0.images == 1 ? 0 : image) }
    }
    targets = (0..<output.images).map { memory.map(output, image: $0) }
  }

  func run(_ units: RowPieces, on pool: WorkerPool) {
    pieces = units
    pool.run(output.images * itemCount(units), body)
  }

  private func itemCount(_ units: RowPieces) -> Int {
    (units.pixelCount + pixelsPerItem - 1) / pixelsPerItem
  }

  private func compute(_ item: Int, _ worker: Int) {
    guard let pieces else { return }
    let items = itemCount(pieces)
    compute(pieces, item % items, image: item / items, worker: worker)
  }

  /// Computes the pixels of a piece of work: `pixelsPerItem` of an image.
  func compute(_ pieces: RowPieces, _ item: Int, image: Int, worker: Int) {
    pieces.forEachPart(item, of: pixelsPerItem) { y, columns in
      row(y, columns, image: image, worker: worker)
    }
  }

  /// Computes some pixels of row `y` of an image.
  func row(_ y: Int, _ columns: Range<Int>, image: Int) {}

  /// The same with scratch of a worker, for kernels that want any.
  func row(_ y: Int, _ columns: Range<Int>, image: Int, worker: Int) {
    row(y, columns, image: image)
  }
}

/// Copies channels: into a concatenation, out of a slice.
final class CopyStep: RowStep, @unchecked Sendable {
  // Sendable: as `RowStep`.
  override var kernel: String { "copy" }

  override func row(_ y: Int, _ columns: Range<Int>, image: Int) {
    let (source, target) = (sources[image][0], targets[image])
    for x in columns {
      target.pixel(y, x).update(from: source.pixel(y, x), count: output.channels)
    }
  }
}

/// Floats to bytes.
final class QuantizeStep: RowStep, @unchecked Sendable {
  // Sendable: as `RowStep`.
  private let bytes: BytePlace
  private var byteTargets: [ByteOutput] = []

  init(name: String, input: Place, output: BytePlace) {
    bytes = output
    super.init(name: name, inputs: [input], output: output.words)
  }

  override var kernel: String { "to bytes" }

  override func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    super.bind(memory, scratch: scratch)
    byteTargets = (0..<output.images).map { memory.output(bytes, image: $0) }
  }

  override func row(_ y: Int, _ columns: Range<Int>, image: Int) {
    byteTargets[image].write(sources[image][0], y: y, columns: columns)
  }
}
