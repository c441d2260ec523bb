import Compute

/// Products of matrices, the right ones packed in panels: once if they are constant, else in every run.
final class MatrixProductStep: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; items write disjoint memory.

  /// Matrices one after the other: offsets in floats from their value's first element.
  struct Operand {
    let place: Place
    /// (matrices, rows, columns).
    let strides: [Int]
  }

  enum Right {
    case constant(PackedMatrices)
    case value(Operand)
  }

  let name: String
  let inputs: [Place]
  let output: Place
  let operations: Int
  private let batch: Int
  private let product: PanelProduct
  private let left: Operand
  private let right: Right
  private let targetStrides: [Int]
  private var a: UnsafePointer<Float>?
  private var b: UnsafePointer<Float>?
  private var target: UnsafeMutablePointer<Float>?
  private var scratch: PlanScratch?
  /// The matrix that the first item belongs to.
  private var first = 0
  private var pack: WorkerPool.Body = { _, _ in }
  private var multiply: WorkerPool.Body = { _, _ in }

  /// - Parameters:
  ///   - left: its columns are contiguous.
  ///   - output: with contiguous columns; `targetStrides` are (matrices, rows, columns).
  init(
    name: String, batch: Int, _ product: PanelProduct, left: Operand, right: Right,
    output: Place, targetStrides: [Int]
  ) {
    self.name = name
    self.batch = batch
    self.product = product
    self.left = left
    self.right = right
    self.output = output
    self.targetStrides = targetStrides
    operations = MemoryBudget.product(
      2, batch, product.rows, product.panels.depth, product.panels.columns)
    inputs =
      switch right {
      case .constant: [left.place]
      case .value(let operand): [left.place, operand.place]
      }
    pack = { [unowned self] item, _ in packPanel(item) }
    multiply = { [unowned self] item, worker in multiply(item, worker) }
  }

  var kernel: String { "panels" }
  var scratchBytes: Int { product.scratchBytes + (packsOwnPanel ? panelBytes : 0) }
  var sharedFloats: Int {
    if case .value = right, !packsOwnPanel { product.panels.floats } else { 0 }
  }
  var reach: StepReach { .whole(inputs) }

  /// Whether an item packs the panel that it alone reads, so that it stays in the worker's second-level cache.
  private var packsOwnPanel: Bool {
    if case .value = right { product.readsPanelsOnce } else { false }
  }

  /// A multiple of 64.
  private var panelBytes: Int {
    MemoryBudget.product(product.panels.depth, 32 * MemoryLayout<Float>.stride)
  }

  func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    self.scratch = scratch
    a = UnsafePointer(memory.map(left.place, image: 0).base)
    if case .value(let operand) = right {
      b = UnsafePointer(memory.map(operand.place, image: 0).base)
    }
    target = memory.map(output, image: 0).base
  }

  func run(_ units: RowPieces, on pool: WorkerPool) {
    first = 0
    guard sharedFloats > 0 else { return pool.run(batch * product.itemCount, multiply) }
    for matrix in 0..<batch {
      first = matrix
      pool.run(product.panels.count, pack)
      pool.run(product.itemCount, multiply)
    }
  }

  private func packPanel(_ panel: Int) {
    guard let scratch else { return }
    packPanel(panel, of: first, to: scratch.shared)
  }

  /// - Parameter panels: where all panels would begin.
  private func packPanel(_ panel: Int, of matrix: Int, to panels: UnsafeMutablePointer<Float>) {
    guard case .value(let operand) = right, let b else { return }
    product.panels.pack(
      panel: panel, from: b + matrix * operand.strides[0], rowStride: operand.strides[1],
      columnStride: operand.strides[2], to: panels)
  }

  private func multiply(_ item: Int, _ worker: Int) {
    guard let a, let target, let scratch else { return }
    let matrix = first + item / product.itemCount
    let item = item % product.itemCount
    var memory = scratch.memory(worker)
    let packed: UnsafePointer<Float>
    switch right {
    case .constant(let panels):
      packed = UnsafePointer(panels.buffer.pointer + matrix * product.panels.floats)
    case .value where packsOwnPanel:
      let panels =
        memory.assumingMemoryBound(to: Float.self) - product.panels.offset(item)
      packPanel(item, of: matrix, to: panels)
      packed = UnsafePointer(panels)
      memory += panelBytes
    case .value: packed = UnsafePointer(scratch.shared)
    }
    product.run(
      item: item, MatrixRows(a + matrix * left.strides[0], stride: left.strides[1]), packed,
      to: target + matrix * targetStrides[0], targetStride: targetStrides[1],
      scratch: memory)
  }
}

/// Constant matrices in the panels of a product, one after the other.
final class PackedMatrices: Sendable {
  let buffer: AlignedBuffer<Float>

  /// - Parameter tensor: `count` matrices (depth, columns).
  init(_ tensor: Tensor, count: Int, _ panels: MatrixPanels, _ pool: WorkerPool) throws {
    buffer = try AlignedBuffer(
      count: MemoryBudget.product(count, panels.floats), for: "the weights of a matrix product")
    nonisolated(unsafe) let target = buffer.pointer
    tensor.withUnsafeBuffer { values in
      guard let base = values.baseAddress else { return }
      nonisolated(unsafe) let source = base
      pool.run(count * panels.count) { item, _ in
        let (matrix, panel) = (item / panels.count, item % panels.count)
        panels.pack(
          panel: panel, from: source + matrix * panels.depth * panels.columns,
          rowStride: panels.columns, columnStride: 1, to: target + matrix * panels.floats)
      }
    }
  }
}
