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
}

/// activation(scale * sum + bias) + residual, by output channel.
public struct Epilogue: @unchecked Sendable {
  // Sendable: kernels only read through it.
  /// Applied after scale and bias, which are kept with the packed weights.
  public var activation: Activation
  /// Added at the end; of the output's size. It may be the output itself.
  public var residual: FeatureMap?

  public init(activation: Activation = .none, residual: FeatureMap? = nil) {
    self.activation = activation
    self.residual = residual
  }
}

/// Scale, bias and activation of sixteen output channels, the activation chosen outside the loops.
struct ChannelEpilogue {
  var scale: SIMD16<Float>
  var bias: SIMD16<Float>

  @inline(__always)
  init(scale: UnsafePointer<Float>, bias: UnsafePointer<Float>) {
    self.scale = load16(scale)
    self.bias = load16(bias)
  }

  @inline(__always)
  func apply(_ activation: Activation, _ sum: SIMD16<Float>) -> SIMD16<Float> {
    let value = multiplyAdd(sum, scale, bias)
    switch activation {
    case .none: return value
    case .leakyReLU(let slope, let gain):
      let positive = value * SIMD16<Float>(repeating: gain)
      let negative = value * SIMD16<Float>(repeating: gain * slope)
      return positive.replacing(with: negative, where: value .< SIMD16<Float>.zero)
    case .tanh: return hyperbolicTangent(value)
    case .sigmoid: return logistic(value)
    case .silu: return value * logistic(value)
    }
  }
}

/// Finishes rows of raw sums: row i, `columns` (at most 32) channels at sums + i * stride, goes to
/// the address targets[i]; with residuals, their addresses are in residuals[i].
@inline(never)
func finish(
  rows: Int, sums: UnsafePointer<Float>, stride: Int, columns: Int,
  scale: UnsafePointer<Float>, bias: UnsafePointer<Float>, activation: Activation,
  targets: UnsafePointer<Int>, residuals: UnsafePointer<Int>?
) {
  for column in Swift.stride(from: 0, to: columns, by: 16) {
    let channel = ChannelEpilogue(scale: scale + column, bias: bias + column)
    let count = min(16, columns - column)
    switch activation {
    case .leakyReLU(let slope, let gain):
      for row in 0..<rows {
        let value = channel.apply(
          .leakyReLU(slope: slope, gain: gain), load16(sums + row * stride + column))
        write(value, row, column, count, targets, residuals)
      }
    case .none:
      for row in 0..<rows {
        let value = channel.apply(.none, load16(sums + row * stride + column))
        write(value, row, column, count, targets, residuals)
      }
    default:
      for row in 0..<rows {
        let value = channel.apply(activation, load16(sums + row * stride + column))
        write(value, row, column, count, targets, residuals)
      }
    }
  }
}

@inline(__always)
private func write(
  _ value: SIMD16<Float>, _ row: Int, _ column: Int, _ count: Int,
  _ targets: UnsafePointer<Int>, _ residuals: UnsafePointer<Int>?
) {
  var result = value
  if let residuals, let residual = UnsafePointer<Float>(bitPattern: residuals[row]) {
    result += loadFirst16(residual + column, count)
  }
  if let target = UnsafeMutablePointer<Float>(bitPattern: targets[row]) {
    storeFirst16(result, target + column, count)
  }
}
