// What calibration learns about a value: the range and the power of each channel.

import CSIMD
import Compute
import Foundation

/// Ranges and mean squares of an image's channels over all pixels of all observed frames.
struct ValueStatistics: Sendable {
  var lowest: [Float]
  var highest: [Float]
  var squares: [Double]
  var pixels = 0

  init(channels: Int) {
    lowest = [Float](repeating: 0, count: channels)
    highest = lowest
    squares = [Double](repeating: 0, count: channels)
  }

  /// The mean square of a channel.
  func power(_ channel: Int) -> Double { squares[channel] / Double(max(pixels, 1)) }

  func range(_ channel: Int) -> Float { highest[channel] - lowest[channel] }

  /// Whether every value seen was finite; no scale can be chosen otherwise.
  var isFinite: Bool {
    zip(lowest, highest).allSatisfy { ($1 - $0).isFinite } && squares.allSatisfy(\.isFinite)
  }

  /// Takes in the pixels of an image.
  mutating func add(_ map: FeatureMap, pool: WorkerPool) {
    let channels = map.channels
    let padded = (channels + 15) & ~15
    let band = 8
    let bands = (map.height + band - 1) / band
    let memory = AlignedBuffer<Float>(count: bands * 3 * padded, filledWith: 0)
    nonisolated(unsafe) let results = memory.pointer
    pool.run(bands) { index, _ in
      let low = results + index * 3 * padded
      for first in stride(from: 0, to: channels, by: 16) {
        let count = min(16, channels - first)
        var smallest = SIMD16<Float>.zero
        var largest = SIMD16<Float>.zero
        var squares = SIMD16<Float>.zero
        for y in index * band..<min((index + 1) * band, map.height) {
          for x in 0..<map.width {
            let value = loadFirst16(map.pixel(y, x) + first, count)
            smallest.replace(with: value, where: value .< smallest)
            largest.replace(with: value, where: value .> largest)
            squares = multiplyAdd(value, value, squares)
          }
        }
        store16(smallest, low + first)
        store16(largest, low + padded + first)
        store16(squares, low + 2 * padded + first)
      }
    }
    for band in 0..<bands {
      for channel in 0..<channels {
        let place = band * 3 * padded + channel
        lowest[channel] = min(lowest[channel], memory[place])
        highest[channel] = max(highest[channel], memory[place + padded])
        squares[channel] += Double(memory[place + 2 * padded])
      }
    }
    pixels += map.height * map.width
  }

  /// Steps for channels of very different range: of the channel's own range at evenness 1, of the widest
  /// channel's at 0, between them in between.
  func quantization(evenness: Float) -> ChannelQuantization {
    let widest = lowest.indices.map(range).max() ?? 0
    var scale: [Float] = []
    var zero: [UInt8] = []
    for channel in lowest.indices {
      let share = widest > 0 ? max(range(channel) / widest, 1e-4) : 1
      let step = max(widest, 1e-20) * pow(share, evenness) / 255
      scale.append(step)
      zero.append(UInt8(saturating: -lowest[channel] / step))
    }
    return ChannelQuantization(scale: scale, zero: zero)
  }
}
