// Scales of bytes from what was seen of a value and from the weights that read it.

import Compute
import Foundation

/// A convolution's weights as quantization errors see them.
struct WeightPower: Sendable {
  /// Sums of squares over outputs and taps, by input channel, each output times its folded scale.
  var byChannel: [Double]
  /// The folded scale of each output, squared.
  var outputs: [Double]
  /// The largest magnitude by output and input channel.
  var largest: [Float]

  init(_ source: ConvolutionSource, pool: WorkerPool) {
    let (count, channels) = (source.weights.shape[0], source.weights.shape[1])
    let taps = source.shape.taps
    let squares = AlignedBuffer<Double>(count: count * channels)
    let maxima = AlignedBuffer<Float>(count: count * channels)
    nonisolated(unsafe) let (squaresOut, maximaOut) = (squares.pointer, maxima.pointer)
    source.withWeights { weights in
      nonisolated(unsafe) let weights = weights
      pool.run(count) { output, _ in
        for channel in 0..<channels {
          let kernel = weights + (output * channels + channel) * taps
          var sum: Float = 0
          var largest: Float = 0
          for tap in 0..<taps {
            sum += kernel[tap] * kernel[tap]
            largest = max(largest, abs(kernel[tap]))
          }
          squaresOut[output * channels + channel] = Double(sum)
          maximaOut[output * channels + channel] = largest
        }
      }
    }
    outputs = source.chain.scale.map { Double($0) * Double($0) }
    byChannel = [Double](repeating: 0, count: channels)
    for output in 0..<count {
      for channel in 0..<channels {
        byChannel[channel] += outputs[output] * squares[output * channels + channel]
      }
    }
    largest = Array(UnsafeBufferPointer(start: maxima.pointer, count: count * channels))
  }

  /// The expected squared error of a pixel's outputs, summed, from rounding inputs and weights.
  ///
  /// Rounding to steps s is noise of power s^2 / 12 in each input times the weights' power, and noise of
  /// power t^2 / 12 in each weight times that of the bytes.
  func error(
    _ inputs: [ChannelQuantization], _ statistics: [ValueStatistics], taps: Int
  ) -> Double {
    let scales = inputs.flatMap(\.scale)
    let channels = scales.count
    var rounded = 0.0
    var bytes = 0.0
    var channel = 0
    for (input, seen) in zip(inputs, statistics) {
      for index in input.scale.indices {
        let scale = Double(input.scale[index])
        rounded += byChannel[channel] * scale * scale / 12
        bytes += seen.power(index) / (scale * scale)
        channel += 1
      }
    }
    var steps = 0.0
    for output in outputs.indices {
      var largest: Float = 0
      for channel in 0..<channels {
        largest = max(largest, self.largest[output * channels + channel] * scales[channel])
      }
      let step = Double(largest) / 127
      steps += outputs[output] * step * step / 12
    }
    return rounded + steps * bytes * Double(taps)
  }
}

extension QuantizationCalibrator {
  /// The quantization of each value with the least expected error in the layers that read it.
  func chooseQuantizations() -> [ChannelQuantization] {
    let powers = layers.map { WeightPower($0.source, pool: pool) }
    let candidates: [Float] = [0, 0.25, 0.5, 0.75, 1]
    var chosen = statistics.map { $0.quantization(evenness: 0.5) }
    for value in statistics.indices {
      let readers = layers.indices.filter { valueOf[$0].contains(value) }
      var best = Double.infinity
      var result = chosen[value]
      for evenness in candidates {
        chosen[value] = statistics[value].quantization(evenness: evenness)
        let error = readers.reduce(0) { sum, layer in
          sum
            + powers[layer].error(
              valueOf[layer].map { chosen[$0] }, valueOf[layer].map { statistics[$0] },
              taps: layers[layer].source.shape.taps)
        }
        if error < best { (best, result) = (error, chosen[value]) }
      }
      chosen[value] = result
    }
    return chosen
  }
}
