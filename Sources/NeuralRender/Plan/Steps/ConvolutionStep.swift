import Compute

/// A convolution with what follows it: folded norms and biases, activation, residual; in floats or in
/// bytes, writing floats or bytes.
final class ConvolutionStep: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; items write disjoint pixels.

  enum Kind {
    case direct(DirectConvolution)
    /// Of one image; units are 4 x 4 tiles.
    case long(LongWinograd)
    /// Of one image, with stride 2.
    case strided(StridedWinograd)
    /// Of the image that is twice as large, bilinearly interpolated.
    case upsampled(UpsampledConvolution)
    /// The same with Winograd's transforms along rows.
    case transformed(TransformedUpsampling)
  }

  let name: String
  let operations: Int
  let inputs: [Place]
  let output: Place
  let reach: StepReach
  /// What the output holds, if bytes.
  private let bytes: BytePlace?
  private let kind: Kind
  private let parts: Int
  private let residual: Place?
  private let factors: RunFactors?
  private let activation: Activation
  private var maps: [(inputs: (FeatureMap, FeatureMap?), output: FeatureMap?, epilogue: Epilogue)] =
    []
  private var scratch: PlanScratch?
  private var image = 0
  private var pieces: RowPieces?
  private var body: WorkerPool.Body = { _, _ in }

  /// - Parameters:
  ///   - inputs: one image, or two whose channels follow each other.
  ///   - operations: of the convolution as it is defined, for all images.
  init(
    name: String, kind: Kind, inputs: [Place], output: StepOutput,
    residual: Place?, factors: RunFactors? = nil, activation: Activation, operations: Int
  ) {
    precondition(inputs.count == 1 || inputs.count == 2)
    parts = inputs.count
    self.factors = factors
    switch output {
    case .floats(let place): (self.output, bytes) = (place, nil)
    case .bytes(let place): (self.output, bytes) = (place.words, place)
    }
    self.name = name
    self.kind = kind
    self.inputs = inputs + (residual.map { [$0] } ?? []) + (factors?.inputs ?? [])
    self.residual = residual
    self.activation = activation
    self.operations = operations
    reach = Self.reach(kind, inputs: inputs, output: self.output, residual: residual)
      .reading(factors)
    body = { [unowned self] item, worker in self.compute(item, worker) }
  }

  private static func reach(
    _ kind: Kind, inputs: [Place], output: Place, residual: Place?
  ) -> StepReach {
    let low = inputs[0]
    let window: Reach
    let unit: Int
    var taps: Reach?
    switch kind {
    case .direct(let convolution):
      unit = 1
      window = convolution.shape.reach(of: output, in: low)
    case .long(let convolution):
      unit = 4
      window = convolution.reach(
        rows: (output.height + 3) / 4, columns: (output.width + 3) / 4, in: low)
      taps = convolution.shape.reach(of: output, in: low)
    case .strided(let convolution):
      unit = 1
      window = convolution.reach(of: output, in: low)
      taps = convolution.shape.reach(of: output, in: low)
    case .upsampled:
      unit = 2
      window = .window(
        y: AxisReach(units: low.height, pixels: low.height) { $0 - 1..<$0 + 2 },
        x: AxisReach(units: low.width, pixels: low.width) { $0 - 1..<$0 + 2 })
    case .transformed:
      unit = 2
      window = .window(
        y: AxisReach(units: low.height, pixels: low.height) { $0 - 1..<$0 + 2 },
        x: AxisReach(
          units: low.width, pixels: low.width, positions: TransformedUpsampling.columnsRead))
      // Of an output pixel; neighbours in its group of columns are mixed in by rounding only.
      taps = .window(
        y: AxisReach(units: output.height, pixels: low.height) { $0 / 2 - 1..<$0 / 2 + 2 },
        x: AxisReach(units: output.width, pixels: low.width) { $0 / 2 - 1..<$0 / 2 + 2 })
    }
    let written = Reach.blocks(of: unit, height: output.height, width: output.width)
    return StepReach(
      height: (output.height + unit - 1) / unit, width: (output.width + unit - 1) / unit,
      output: written, inputs: inputs.map { _ in window } + (residual == nil ? [] : [written]),
      taps: taps.map { taps in inputs.map { _ in taps } + (residual == nil ? [] : [.same]) })
  }

  var kernel: String {
    switch kind {
    case .direct(let convolution): convolution.isQuantized ? "direct int8" : "direct"
    case .upsampled(let convolution):
      convolution.isQuantized ? "low-size product int8" : "low-size product"
    case .long, .strided: "Winograd"
    case .transformed: "low-size Winograd"
    }
  }

  var temporaries: [Place] { factors.map { [$0.room] } ?? [] }

  var scratchBytes: Int {
    switch kind {
    case .direct(let convolution): convolution.scratchBytes
    case .long(let convolution): convolution.scratchBytes
    case .strided(let convolution): convolution.scratchBytes
    case .upsampled(let convolution): convolution.scratchBytes
    case .transformed(let convolution): convolution.scratchBytes
    }
  }

  func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    self.scratch = scratch
    factors?.bind(memory)
    maps = (0..<output.images).map { image in
      (
        (
          memory.map(inputs[0], image: image),
          parts == 2 ? memory.map(inputs[1], image: image) : nil
        ), bytes == nil ? memory.map(output, image: image) : nil,
        Epilogue(
          activation: activation, residual: residual.map { memory.map($0, image: image) },
          bytes: bytes.map { memory.output($0, image: image) })
      )
    }
  }

  func run(_ units: RowPieces, on pool: WorkerPool) {
    pieces = units
    for index in maps.indices {
      image = index
      if let factors { maps[index].epilogue.factors = factors.prepare(index) }
      switch kind {
      case .direct(let convolution):
        pool.run(convolution.itemCount(units), body)
      case .long(let convolution):
        pool.run(convolution.itemCount(height: output.height, width: output.width), body)
      case .strided(let convolution):
        pool.run(convolution.itemCount(height: output.height, width: output.width), body)
      case .upsampled(let convolution):
        pool.run(convolution.itemCount(maps[index].inputs.0), body)
      case .transformed(let convolution):
        pool.run(convolution.itemCount(maps[index].inputs.0), body)
      }
    }
  }

  private func compute(_ item: Int, _ worker: Int) {
    guard let scratch, let pieces else { return }
    let map = maps[image]
    let memory = scratch.memory(worker)
    switch kind {
    case .direct(let convolution):
      convolution.run(
        item: item, pieces: pieces, sources: sources(map.inputs), output: map.output,
        epilogue: map.epilogue, scratch: memory)
    case .long(let convolution):
      guard let output = map.output else { return }
      convolution.run(
        item: item, outputTiles: pieces, input: map.inputs.0, output: output,
        epilogue: map.epilogue, scratch: memory)
    case .strided(let convolution):
      guard let output = map.output else { return }
      convolution.run(
        item: item, pieces: pieces, input: map.inputs.0, output: output,
        epilogue: map.epilogue, scratch: memory)
    case .upsampled(let convolution):
      convolution.run(
        item: item, pieces: pieces, sources: sources(map.inputs), output: map.output,
        epilogue: map.epilogue, scratch: memory)
    case .transformed(let convolution):
      guard let output = map.output else { return }
      convolution.run(
        item: item, pieces: pieces, inputs: map.inputs, output: output,
        epilogue: map.epilogue, scratch: memory)
    }
  }
}

@inline(__always)
private func sources(_ maps: (FeatureMap, FeatureMap?)) -> (PixelSource, PixelSource?) {
  (PixelSource(maps.0), maps.1.map(PixelSource.init))
}

extension ConvolutionShape {
  /// What the pixels of an output read of an input.
  func reach(of output: Place, in input: Place) -> Reach {
    func axis(_ units: Int, _ pixels: Int, _ kernel: Int, _ before: Int) -> AxisReach {
      AxisReach(units: units, pixels: pixels, border: border) { unit in
        let start = unit * stride - before
        return start..<start + (kernel - 1) * dilation + 1
      }
    }
    return .window(
      y: axis(output.height, input.height, kernelHeight, top),
      x: axis(output.width, input.width, kernelWidth, left))
  }
}
