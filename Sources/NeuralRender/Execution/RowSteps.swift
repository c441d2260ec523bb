import CSIMD
import Compute
import Foundation

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
  /// Pixels of a piece of work.
  private static let pixelsPerItem = 4096

  init(name: String, inputs: [Place], output: Place) {
    self.name = name
    self.inputs = inputs
    self.output = output
    body = { [unowned self] item, _ in self.compute(item) }
  }

  var reach: StepReach { .pixelwise(output, inputs: inputs) }

  var kernel: String { "rows" }
  var operations: Int { 0 }
  var scratchBytes: Int { 0 }

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
    (units.pixelCount + Self.pixelsPerItem - 1) / Self.pixelsPerItem
  }

  private func compute(_ item: Int) {
    guard let pieces else { return }
    let items = itemCount(pieces)
    pieces.forEachPart(item % items, of: Self.pixelsPerItem) { y, columns in
      row(y, columns, image: item / items)
    }
  }

  /// Computes some pixels of row `y` of an image.
  func row(_ y: Int, _ columns: Range<Int>, image: Int) {}
}

extension RowPieces {
  /// Calls `body` with the rows and columns of pixels index * size ..< (index + 1) * size in the
  /// order of the pieces.
  @inline(__always)
  func forEachPart(_ index: Int, of size: Int, _ body: (Int, Range<Int>) -> Void) {
    var pixel = index * size
    let end = min(pixel + size, pixelCount)
    var place = piece(containing: pixel)
    while pixel < end {
      let found = pieces[place]
      let first = Int(found.x0) + pixel - Int(found.start)
      let last = min(Int(found.x1), first + end - pixel)
      body(Int(found.y), first..<last)
      pixel += last - first
      place += 1
    }
  }
}

/// activation(scale x + bias) by channel: a norm and an activation that no convolution precedes.
final class ChannelAffineStep: RowStep, @unchecked Sendable {
  // Sendable: as `RowStep`.
  private let scale: AlignedBuffer<Float>
  private let bias: AlignedBuffer<Float>
  private let activation: Activation

  init(
    name: String, input: Place, output: Place, scale: [Float], bias: [Float],
    activation: Activation
  ) {
    self.scale = AlignedBuffer(count: scale.count)
    self.bias = AlignedBuffer(count: scale.count)
    for index in scale.indices {
      self.scale[index] = scale[index]
      self.bias[index] = bias[index]
    }
    self.activation = activation
    super.init(name: name, inputs: [input], output: output)
  }

  override func row(_ y: Int, _ columns: Range<Int>, image: Int) {
    let (source, target) = (sources[image][0], targets[image])
    for first in stride(from: 0, to: output.channels, by: 16) {
      let count = min(16, output.channels - first)
      let channel = ChannelEpilogue(scale: scale.pointer + first, bias: bias.pointer + first)
      for x in columns {
        let value = loadFirst16(source.pixel(y, x) + first, count)
        storeFirst16(channel.apply(activation, value), target.pixel(y, x) + first, count)
      }
    }
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

/// A function of every element.
final class ElementwiseStep: RowStep, @unchecked Sendable {
  // Sendable: as `RowStep`.
  private let function: Elementwise.Function

  init(name: String, function: Elementwise.Function, input: Place, output: Place) {
    self.function = function
    super.init(name: name, inputs: [input], output: output)
  }

  override func row(_ y: Int, _ columns: Range<Int>, image: Int) {
    let (source, target) = (sources[image][0], targets[image])
    if case .affine(let scale, let offset) = function {
      let (factor, sum) = (SIMD16<Float>(repeating: scale), SIMD16<Float>(repeating: offset))
      target.forEachRun(y, columns, like: source, source) { x, count in
        let (from, to) = (source.pixel(y, x), target.pixel(y, x))
        for first in stride(from: 0, to: count, by: 16) {
          let held = min(16, count - first)
          storeFirst16(loadFirst16(from + first, held) * factor + sum, to + first, held)
        }
      }
      return
    }
    for x in columns {
      let (from, to) = (source.pixel(y, x), target.pixel(y, x))
      for channel in 0..<output.channels { to[channel] = value(from[channel]) }
    }
  }

  @inline(__always)
  private func value(_ x: Float) -> Float {
    switch function {
    case .affine(let scale, let offset): scale * x + offset
    case .clamp(let range): min(max(x, range.lowerBound), range.upperBound)
    case .exp: Foundation.exp(x)
    case .leakyReLU(let slope, let gain): gain * (x > 0 ? x : slope * x)
    default: Float(function.value(Double(x)))
    }
  }
}

/// Arithmetic of two images of the same size; one of them may have a single channel.
final class ArithmeticStep: RowStep, @unchecked Sendable {
  // Sendable: as `RowStep`.
  private let function: Arithmetic.Function

  init(name: String, function: Arithmetic.Function, inputs: [Place], output: Place) {
    self.function = function
    super.init(name: name, inputs: inputs, output: output)
  }

  override func row(_ y: Int, _ columns: Range<Int>, image: Int) {
    let (a, b) = (sources[image][0], sources[image][1])
    let target = targets[image]
    switch function {
    case .add: return combine(a, b, target, y, columns) { $0 + $1 }
    case .subtract: return combine(a, b, target, y, columns) { $0 - $1 }
    case .multiply: return combine(a, b, target, y, columns) { $0 * $1 }
    default: break
    }
    let (stepA, stepB) = (a.channels == 1 ? 0 : 1, b.channels == 1 ? 0 : 1)
    for x in columns {
      let (left, right, to) = (a.pixel(y, x), b.pixel(y, x), target.pixel(y, x))
      for channel in 0..<output.channels {
        to[channel] = value(left[channel * stepA], right[channel * stepB])
      }
    }
  }

  @inline(__always)
  private func combine(
    _ a: FeatureMap, _ b: FeatureMap, _ target: FeatureMap, _ y: Int, _ columns: Range<Int>,
    _ function: (SIMD16<Float>, SIMD16<Float>) -> SIMD16<Float>
  ) {
    let (isNarrowA, isNarrowB) = (
      a.channels < target.channels, b.channels < target.channels
    )
    target.forEachRun(y, columns, like: a, b) { x, count in
      let (left, right, to) = (a.pixel(y, x), b.pixel(y, x), target.pixel(y, x))
      for first in stride(from: 0, to: count, by: 16) {
        let held = min(16, count - first)
        let one =
          isNarrowA ? SIMD16<Float>(repeating: left[0]) : loadFirst16(left + first, held)
        let other =
          isNarrowB ? SIMD16<Float>(repeating: right[0]) : loadFirst16(right + first, held)
        storeFirst16(function(one, other), to + first, held)
      }
    }
  }

  @inline(__always)
  private func value(_ x: Float, _ y: Float) -> Float {
    switch function {
    case .add: x + y
    case .subtract: x - y
    case .multiply: x * y
    case .divide: x / y
    case .minimum: Swift.min(x, y)
    case .maximum: Swift.max(x, y)
    case .less: x < y ? 1 : 0
    }
  }
}

extension FeatureMap {
  /// The floats of some pixels of a row in stretches without a gap: all pixels at once where this and the
  /// two others are packed alike, one by one elsewhere.
  @inline(__always)
  fileprivate func forEachRun(
    _ y: Int, _ columns: Range<Int>, like one: FeatureMap, _ other: FeatureMap,
    _ body: (_ x: Int, _ count: Int) -> Void
  ) {
    let isPacked =
      pixelStride == channels && one.channels == channels && one.pixelStride == channels
      && other.channels == channels && other.pixelStride == channels
    if isPacked {
      body(columns.lowerBound, columns.count * channels)
    } else {
      for x in columns { body(x, channels) }
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
