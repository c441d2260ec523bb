import Compute

/// A convolution with what follows it: folded norms and biases, activation, residual.
final class ConvolutionStep: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; items write disjoint pixels.

  enum Kind {
    case direct(DirectConvolution)
    /// Of the image that is twice as large, bilinearly interpolated.
    case upsampled(UpsampledConvolution)
  }

  let name: String
  let operations: Int
  let inputs: [Place]
  let output: Place
  private let kind: Kind
  private let residual: Place?
  private let activation: Activation
  private let pieces: RowPieceList
  private var maps: [(inputs: (FeatureMap, FeatureMap?), output: FeatureMap, epilogue: Epilogue)] =
    []
  private var scratch: PlanScratch?
  private var image = 0
  private var body: WorkerPool.Body = { _, _ in }

  /// - Parameters:
  ///   - inputs: one image, or two whose channels follow each other.
  ///   - operations: of the convolution as it is defined, for all images.
  init(
    name: String, kind: Kind, inputs: [Place], output: Place, residual: Place?,
    activation: Activation, operations: Int
  ) {
    precondition(inputs.count == 1 || inputs.count == 2)
    self.name = name
    self.kind = kind
    self.inputs = inputs + (residual.map { [$0] } ?? [])
    self.output = output
    self.residual = residual
    self.activation = activation
    self.operations = operations
    switch kind {
    case .direct: pieces = RowPieceList(height: output.height, width: output.width)
    case .upsampled: pieces = RowPieceList(height: inputs[0].height, width: inputs[0].width)
    }
    body = { [unowned self] item, worker in self.compute(item, worker) }
  }

  var kernel: String {
    switch kind {
    case .direct: "direct"
    case .upsampled: "low-size product"
    }
  }

  var scratchBytes: Int {
    switch kind {
    case .direct(let convolution): convolution.scratchBytes
    case .upsampled(let convolution): convolution.scratchBytes
    }
  }

  func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    self.scratch = scratch
    let parts = inputs.count - (residual == nil ? 0 : 1)
    maps = (0..<output.images).map { image in
      (
        (
          memory.map(inputs[0], image: image),
          parts == 2 ? memory.map(inputs[1], image: image) : nil
        ), memory.map(output, image: image),
        Epilogue(
          activation: activation, residual: residual.map { memory.map($0, image: image) })
      )
    }
  }

  func run(on pool: WorkerPool) {
    for index in maps.indices {
      image = index
      switch kind {
      case .direct(let convolution):
        pool.run(convolution.itemCount(pieces.pieces), body)
      case .upsampled(let convolution):
        pool.run(convolution.itemCount(maps[index].inputs.0), body)
      }
    }
  }

  private func compute(_ item: Int, _ worker: Int) {
    guard let scratch else { return }
    let map = maps[image]
    let memory = scratch.memory(worker)
    switch kind {
    case .direct(let convolution):
      convolution.run(
        item: item, pieces: pieces.pieces, inputs: map.inputs, output: map.output,
        epilogue: map.epilogue, scratch: memory)
    case .upsampled(let convolution):
      convolution.run(
        item: item, pieces: pieces.pieces, inputs: map.inputs, output: map.output,
        epilogue: map.epilogue, scratch: memory)
    }
  }
}
