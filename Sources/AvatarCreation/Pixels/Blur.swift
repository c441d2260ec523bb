import Compute
import Foundation

/// Gaussian blur of one channel, edges repeated.
enum Blur {
  /// - Parameter sigma: pixels.
  static func gaussian(
    _ values: [Float], width: Int, height: Int, sigma: Float, pool: WorkerPool
  ) -> [Float] {
    let reach = max(1, Int(saturating: 3 * sigma, .up))
    var taps = (-reach...reach).map { exp(-Float($0 * $0) / (2 * sigma * sigma)) }
    let sum = taps.reduce(0, +)
    for index in taps.indices { taps[index] /= sum }
    let across = filtered(values, width: width, height: height, taps, step: (1, 0), pool)
    return filtered(across, width: width, height: height, taps, step: (0, 1), pool)
  }

  private static func filtered(
    _ values: [Float], width: Int, height: Int, _ taps: [Float], step: (Int, Int),
    _ pool: WorkerPool
  ) -> [Float] {
    let reach = taps.count / 2
    return [Float](unsafeUninitializedCapacity: values.count) { output, initialized in
      values.withUnsafeBufferPointer { input in
        taps.withUnsafeBufferPointer { taps in
          // Pieces write to rows of their own.
          nonisolated(unsafe) let (output, input, taps) = (output, input, taps)
          pool.run((height + 31) / 32) { piece, _ in
            for y in 32 * piece..<min(32 * piece + 32, height) {
              for x in 0..<width {
                var sum: Float = 0
                for tap in -reach...reach {
                  let u = min(max(x + tap * step.0, 0), width - 1)
                  let v = min(max(y + tap * step.1, 0), height - 1)
                  sum += taps[tap + reach] * input[v * width + u]
                }
                output[y * width + x] = sum
              }
            }
          }
        }
      }
      initialized = values.count
    }
  }
}
