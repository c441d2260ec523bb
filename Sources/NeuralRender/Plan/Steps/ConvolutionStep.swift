import Compute

/// A convolution with what follows it: folded norms and biases, activation, residual; in floats or in
/// bytes, writing floats or bytes.
final class ConvolutionStep: PlanStep, @unchecked Sendable {
  // Sendable: `bind` happens before the first run; items write disjoint pixels.

  private typealias Maps = (
    inputs: (FeatureMap, FeatureMap?), output: FeatureMap?, epilogue: Epilogue
  )

  enum Kind {
    case direct(DirectConvolution)
    /// Of 1 x 1, in floats.
    case pointwise(PointwiseConvolution)
    /// The same in numbers of 16 bits.
    case short(ShortPointwise)
    /// Of one image; units are 4 x 4 tiles.
    case long(LongWinograd)
    /// Of one image, with stride 2.
    case strided(StridedWinograd)
    /// Of the image that is twice as large, bilinearly interpolated.
    case upsampled(UpsampledConvolution)
    /// The same with Winograd's transforms along rows.
    case transformed(TransformedUpsampling)

    /// Output pixels of a unit along each axis.
    var unit: Int {
      switch self {
      case .direct, .pointwise, .short, .strided: 1
      case .upsampled, .transformed: 2
      case .long: 4
      }
    }

    /// Whether each pixel is made from the same pixel of floats.
    fileprivate var isPixelwise: Bool {
      switch self {
      case .direct(let convolution): convolution.isPixelwise
      case .pointwise, .short: true
      case .long, .strided, .upsampled, .transformed: false
      }
    }
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
  private let addsResidualFirst: Bool
  private let factors: RunFactors?
  private let activation: Activation
  private var maps: [Maps] = []
  /// All pixels as one row, where none reads another: tiles need not end with rows.
  private let row: RowPieceList?
  private var rowMaps: [Maps] = []
  private var isRow = false
  private var scratch: PlanScratch?
  private var image = 0
  private var pieces: RowPieces?
  private var body: WorkerPool.Body = { _, _ in }

  /// - Parameters:
  ///   - inputs: one image, or two whose channels follow each other.
  ///   - operations: of the convolution as it is defined, for all images.
  init(
    name: String, kind: Kind, inputs: [Place], output: StepOutput,
    residual: Place?, addsResidualFirst: Bool = false, factors: RunFactors? = nil,
    activation: Activation, operations: Int
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
    self.addsResidualFirst = addsResidualFirst
    self.activation = activation
    self.operations = operations
    row =
      kind.isPixelwise && bytes == nil ? RowPieceList(height: 1, width: self.output.pixels) : nil
    reach = Self.reach(kind, inputs: inputs, output: self.output, residual: residual)
      .reading(factors)
    body = { [unowned self] item, worker in self.compute(item, worker) }
  }

  private static func reach(
    _ kind: Kind, inputs: [Place], output: Place, residual: Place?
  ) -> StepReach {
    let low = inputs[0]
    let unit = kind.unit
    let units = ImageSize(
      height: (output.height + unit - 1) / unit, width: (output.width + unit - 1) / unit)
    func windows(_ kernel: some WindowReader) -> Reach {
      .windows(of: kernel, units: units, in: low)
    }
    func tapWindows(_ shape: ConvolutionShape) -> Reach {
      .windows(of: shape, units: ImageSize(output), in: low)
    }
    let (window, taps): (Reach, Reach?) =
      switch kind {
      case .direct(let convolution): (windows(convolution.shape), nil)
      case .pointwise, .short: (.same, nil)
      case .long(let convolution): (windows(convolution), tapWindows(convolution.shape))
      case .strided(let convolution): (windows(convolution), tapWindows(convolution.shape))
      case .upsampled(let convolution): (windows(convolution), nil)
      case .transformed(let convolution): (windows(convolution), .doubled(output, in: low))
      }
    let written = Reach.blocks(of: unit, height: output.height, width: output.width)
    return StepReach(
      height: units.height, width: units.width, output: written,
      inputs: inputs.map { _ in window } + (residual == nil ? [] : [written]),
      taps: taps.map { taps in inputs.map { _ in taps } + (residual == nil ? [] : [.same]) })
  }

  var kernel: String {
    switch kind {
    case .direct(let convolution): convolution.readsBytes ? "direct int8" : "direct"
    case .pointwise: "pointwise"
    case .short: "pointwise int16"
    case .upsampled(let convolution):
      convolution.readsBytes ? "low-size product int8" : "low-size product"
    case .long, .strided: "Winograd"
    case .transformed: "low-size Winograd"
    }
  }

  var temporaries: [Place] { factors.map { [$0.room] } ?? [] }

  var scratchBytes: Int {
    switch kind {
    case .direct(let convolution): convolution.scratchBytes
    case .pointwise: 0
    case .short(let convolution): convolution.scratchBytes
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
          addsResidualFirst: addsResidualFirst, bytes: bytes.map { memory.output($0, image: image) }
        )
      )
    }
    guard row != nil else { return }
    rowMaps = maps.map { map in
      var epilogue = map.epilogue
      epilogue.residual = epilogue.residual?.asRow
      return ((map.inputs.0.asRow, map.inputs.1?.asRow), map.output?.asRow, epilogue)
    }
  }

  func run(_ units: RowPieces, on pool: WorkerPool) {
    isRow = row != nil && units.pixelCount == output.pixels
    let units = isRow ? row?.pieces ?? units : units
    pieces = units
    for index in maps.indices {
      image = index
      if let factors {
        let prepared = factors.prepare(index)
        maps[index].epilogue.factors = prepared
        if isRow { rowMaps[index].epilogue.factors = prepared }
      }
      switch kind {
      case .direct(let convolution):
        pool.run(convolution.itemCount(units), body)
      case .pointwise(let convolution):
        pool.run(convolution.itemCount(units), body)
      case .short(let convolution):
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
    let map = isRow ? rowMaps[image] : maps[image]
    let memory = scratch.memory(worker)
    switch kind {
    case .direct(let convolution):
      convolution.run(
        item: item, pieces: pieces, sources: sources(map.inputs), output: map.output,
        epilogue: map.epilogue, scratch: memory)
    case .pointwise(let convolution):
      guard let output = map.output else { return }
      convolution.run(
        item: item, pieces: pieces, input: map.inputs.0, output: output, epilogue: map.epilogue)
    case .short(let convolution):
      guard let output = map.output else { return }
      convolution.run(
        item: item, pieces: pieces, input: map.inputs.0, output: output, epilogue: map.epilogue,
        scratch: memory)
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

extension Reach {
  /// What the pixels of a doubled image's convolution read of the image; neighbours in its group of columns are
  /// mixed in by rounding only.
  static func doubled(_ output: Place, in low: Place) -> Reach {
    .window(
      y: AxisReach(units: output.height, pixels: low.height) { $0 / 2 - 1..<$0 / 2 + 2 },
      x: AxisReach(units: output.width, pixels: low.width) { $0 / 2 - 1..<$0 / 2 + 2 })
  }
}
