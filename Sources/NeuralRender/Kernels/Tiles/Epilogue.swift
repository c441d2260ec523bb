// What happens to a convolution's sums before they are written: scale and bias of the output
// channel, activation, residual.

import CSIMD
import Compute

/// The function applied to scale * sum + bias.
public enum Activation: Sendable, Equatable {
  case none
  /// gain * (x < 0 ? slope * x : x).
  case leakyReLU(slope: Float, gain: Float)
  case tanh
  case sigmoid
  /// x * sigmoid(x).
  case silu
  /// The nearest value between two.
  case clamp(Float, Float)
}

/// Scale and bias of every output channel, readable to the next multiple of 32.
public struct OutputFactors: @unchecked Sendable {
  // Sendable: kernels only read through it.
  public var scale: UnsafePointer<Float>
  public var bias: UnsafePointer<Float>

  public init(scale: UnsafePointer<Float>, bias: UnsafePointer<Float>) {
    self.scale = scale
    self.bias = bias
  }
}

/// activation(scale * sum + bias) + residual, by output channel; or activation(scale * sum + bias +
/// residual).
public struct Epilogue: @unchecked Sendable {
  // Sendable: kernels only read through it.
  /// Scale and bias of this run (a style's demodulation, the time's embedding); nil for those that are kept
  /// with the packed weights. Not for weights of bytes.
  public var factors: OutputFactors?
  /// Applied after scale and bias.
  public var activation: Activation
  /// Added at the end; of the output's size. It may be the output itself.
  public var residual: FeatureMap?
  /// The residual is added before the activation. Direct convolutions of floats can do that.
  var addsResidualFirst = false
  /// Where the result is written as bytes, beside or instead of floats.
  public var bytes: ByteOutput?

  public init(
    activation: Activation = .none, residual: FeatureMap? = nil, addsResidualFirst: Bool = false,
    bytes: ByteOutput? = nil, factors: OutputFactors? = nil
  ) {
    self.addsResidualFirst = addsResidualFirst
    self.factors = factors
    self.activation = activation
    self.residual = residual
    self.bytes = bytes
  }
}

/// Scale, bias and activation of sixteen output channels, the activation chosen outside the loops.
struct ChannelEpilogue {
  var scale: SIMD16<Float>
  var bias: SIMD16<Float>

  /// Of the channels from `first` on.
  @inline(__always)
  init(_ factors: OutputFactors, from first: Int) {
    self.init(scale: factors.scale + first, bias: factors.bias + first)
  }

  @inline(__always)
  init(scale: UnsafePointer<Float>, bias: UnsafePointer<Float>) {
    self.scale = load16(scale)
    self.bias = load16(bias)
  }

  @inline(__always)
  func apply(_ activation: Activation, _ sum: SIMD16<Float>) -> SIMD16<Float> {
    activation.apply(multiplyAdd(sum, scale, bias))
  }
}

extension Activation {
  @inline(__always)
  func apply(_ value: SIMD16<Float>) -> SIMD16<Float> {
    switch self {
    case .none: return value
    case .leakyReLU(let slope, let gain):
      let positive = value * SIMD16<Float>(repeating: gain)
      let negative = value * SIMD16<Float>(repeating: gain * slope)
      return positive.replacing(with: negative, where: value .< SIMD16<Float>.zero)
    case .tanh: return hyperbolicTangent(value)
    case .sigmoid: return logistic(value)
    case .silu: return value * logistic(value)
    case .clamp(let low, let high):
      return value.clamped(lowerBound: SIMD16(repeating: low), upperBound: SIMD16(repeating: high))
    }
  }
}

/// Where rows are written as bytes, and how: all of a block's first channel.
struct ByteTargets {
  /// An address a row.
  var targets: UnsafePointer<Int>
  var inverse: UnsafePointer<Float>
  var zero: UnsafePointer<Int32>

  init(_ targets: UnsafePointer<Int>, _ scaling: ByteScaling, block: Int) {
    self.targets = targets
    inverse = scaling.inverse + 32 * block
    zero = scaling.zero + 32 * block
  }
}

/// Finishes rows of raw sums: row i, `columns` (at most 32) channels at sums + i * stride, goes to
/// the address targets[i], if there are targets; with residuals, their addresses are in residuals[i].
@inline(never)
func finish(
  rows: Int, sums: UnsafePointer<Float>, stride: Int, columns: Int,
  scale: UnsafePointer<Float>, bias: UnsafePointer<Float>, activation: Activation,
  targets: UnsafePointer<Int>?, residuals: UnsafePointer<Int>?, bytes: ByteTargets? = nil,
  addsResidualFirst: Bool = false
) {
  for column in Swift.stride(from: 0, to: columns, by: 16) {
    let channel = ChannelEpilogue(scale: scale + column, bias: bias + column)
    let count = min(16, columns - column)
    let writer = RowWriter(
      column: column, count: count, targets: targets, residuals: residuals, bytes: bytes)
    if let targets, residuals == nil, bytes == nil, count == 16,
      finishWhole(rows, sums + column, stride, channel, activation, targets, column)
    {
      continue
    }
    if addsResidualFirst {
      for row in 0..<rows {
        let sum = channel.apply(.none, load16(sums + row * stride + column))
        writer.store(activation.apply(writer.withResidual(sum, row)), row)
      }
      continue
    }
    switch activation {
    case .leakyReLU(let slope, let gain):
      for row in 0..<rows {
        let value = channel.apply(
          .leakyReLU(slope: slope, gain: gain), load16(sums + row * stride + column))
        writer.write(value, row)
      }
    case .clamp(let low, let high):
      for row in 0..<rows {
        writer.write(channel.apply(.clamp(low, high), load16(sums + row * stride + column)), row)
      }
    case .none:
      for row in 0..<rows {
        writer.write(channel.apply(.none, load16(sums + row * stride + column)), row)
      }
    default:
      for row in 0..<rows {
        writer.write(channel.apply(activation, load16(sums + row * stride + column)), row)
      }
    }
  }
}

/// The commonest ends of rows of sixteen columns, without a choice in the loop; false for the others.
@inline(__always)
private func finishWhole(
  _ rows: Int, _ sums: UnsafePointer<Float>, _ stride: Int, _ channel: ChannelEpilogue,
  _ activation: Activation, _ targets: UnsafePointer<Int>, _ column: Int
) -> Bool {
  @inline(__always)
  func target(_ row: Int) -> UnsafeMutablePointer<Float> {
    UnsafeMutablePointer<Float>(bitPattern: targets[row]).unsafelyUnwrapped + column
  }
  switch activation {
  case .none:
    for row in 0..<rows {
      store16(channel.apply(.none, load16(sums + row &* stride)), target(row))
    }
  case .clamp(let low, let high):
    for row in 0..<rows {
      store16(channel.apply(.clamp(low, high), load16(sums + row &* stride)), target(row))
    }
  default: return false
  }
  return true
}

/// Adds residuals to up to sixteen columns of rows and writes them.
private struct RowWriter {
  let column: Int
  let count: Int
  let targets: UnsafePointer<Int>?
  let residuals: UnsafePointer<Int>?
  let byteTargets: UnsafePointer<Int>?
  let inverse: SIMD16<Float>
  let zero: SIMD16<Int32>

  @inline(__always)
  init(
    column: Int, count: Int, targets: UnsafePointer<Int>?, residuals: UnsafePointer<Int>?,
    bytes: ByteTargets?
  ) {
    self.column = column
    self.count = count
    self.targets = targets
    self.residuals = residuals
    byteTargets = bytes?.targets
    inverse = bytes.map { load16($0.inverse + column) } ?? .zero
    zero = bytes.map { loadWords16($0.zero + column) } ?? .zero
  }

  @inline(__always)
  func write(_ value: SIMD16<Float>, _ row: Int) {
    store(withResidual(value, row), row)
  }

  @inline(__always)
  func withResidual(_ value: SIMD16<Float>, _ row: Int) -> SIMD16<Float> {
    guard let residuals, let residual = UnsafePointer<Float>(bitPattern: residuals[row]) else {
      return value
    }
    return value + loadFirst16(residual + column, count)
  }

  @inline(__always)
  func store(_ result: SIMD16<Float>, _ row: Int) {
    if let targets, let target = UnsafeMutablePointer<Float>(bitPattern: targets[row]) {
      storeFirst16(result, target + column, count)
    }
    if let byteTargets, let target = UnsafeMutablePointer<UInt8>(bitPattern: byteTargets[row]) {
      csimd_store_bytes(target + column, result * inverse, zero, Int32(count))
    }
  }
}
