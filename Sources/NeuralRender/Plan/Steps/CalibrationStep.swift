import Compute

/// A convolution of a plan that is being calibrated: as the exact plan has it, with the same convolution
/// of bytes at hand once its inputs' ranges are known.
final class CalibrationStep: PlanStep, @unchecked Sendable {
  // Sendable: as the steps it holds; one thread calibrates.

  let source: ConvolutionSource
  /// The convolution's images; `inputs` also has the residual.
  let images: [Place]
  /// Whether it runs in bytes.
  var isQuantized = false
  private(set) var quantization: LayerQuantization?
  private let exact: any PlanStep
  private let words: [Place]
  private var quantized: [any PlanStep] = []
  private var allUnits: [RowPieceList] = []
  private var bound: (memory: PlanMemory, scratch: PlanScratch)?

  /// - Parameter words: places for the images as bytes.
  init(_ source: ConvolutionSource, exact: any PlanStep, images: [Place], words: [Place]) {
    self.source = source
    self.exact = exact
    self.images = images
    self.words = words
  }

  var name: String { exact.name }
  var kernel: String { exact.kernel }
  var operations: Int { exact.operations }
  var inputs: [Place] { exact.inputs }
  var output: Place { exact.output }
  var temporaries: [Place] { words }
  var calibration: CalibrationStep? { self }
  var reach: StepReach { exact.reach }
  var sharedFloats: Int { exact.sharedFloats }
  /// Kernels of bytes need less than those of floats, but for Winograd's place.
  var scratchBytes: Int { max(exact.scratchBytes, 1 << 20) }

  /// Whether bytes are faster: a step of products is four channels.
  var gainsFromBytes: Bool { images.reduce(0) { $0 + $1.channels } >= 4 }

  /// What computes it in bytes.
  var byteKernel: String { quantized.last?.kernel ?? kernel }

  func bind(_ memory: PlanMemory, scratch: PlanScratch) {
    bound = (memory, scratch)
    exact.bind(memory, scratch: scratch)
  }

  /// Packs the weights for bytes of this kind.
  func quantize(_ layer: LayerQuantization, pool: WorkerPool) {
    guard let bound else { preconditionFailure("bound before") }
    quantization = layer
    quantized = zip(zip(images, words), layer.inputs).map { places, quantization in
      QuantizeStep(
        name: name, input: places.0,
        output: BytePlace(
          words: places.1, quantization: quantization, scaling: ByteScaling(quantization)))
    }
    quantized.append(
      source.step(layer, inputs: words, output: .floats(exact.output), pool: pool))
    allUnits = quantized.map { RowPieceList(height: $0.reach.height, width: $0.reach.width) }
    for step in quantized {
      precondition(step.scratchBytes <= scratchBytes)
      step.bind(bound.memory, scratch: bound.scratch)
    }
  }

  /// In bytes all units are computed, whatever is asked for.
  func run(_ units: RowPieces, on pool: WorkerPool) {
    guard isQuantized else {
      exact.run(units, on: pool)
      return
    }
    for (step, all) in zip(quantized, allUnits) { step.run(all.pieces, on: pool) }
  }
}
