import Compute

/// Fills pixels that are not known from those that are, near ones first, over any distance.
///
/// Source: Gortler et al. 1996, "The Lumigraph": averages of known pixels go down a pyramid, and come back
/// up where nothing finer is known.
extension PushPull {
  typealias Pixel = SIMD4<Float>

  /// - Parameter pixels: (height, width): three channels times the weight, and the weight, 0 to 1.
  /// - Returns: the same with every weight 1, if any was above 0.
  static func fill(
    _ pixels: [Pixel], width: Int, height: Int, pool: WorkerPool
  ) -> [Pixel] {
    precondition(pixels.count == width * height)
    var levels = [(pixels: pixels, width: width, height: height)]
    while let last = levels.last, max(last.width, last.height) > 1 {
      let (half, halfHeight) = ((last.width + 1) / 2, (last.height + 1) / 2)
      levels.append((push(last, half, halfHeight, pool), half, halfHeight))
    }
    guard var coarse = levels.popLast() else { return pixels }
    for index in coarse.pixels.indices where coarse.pixels[index].w > 0 {
      coarse.pixels[index] /= coarse.pixels[index].w
    }
    while var fine = levels.popLast() {
      pull(coarse, into: &fine, pool)
      coarse = fine
    }
    return coarse.pixels
  }

  private typealias Level = (pixels: [Pixel], width: Int, height: Int)
  private static let rows = 32

  private static func push(_ fine: Level, _ width: Int, _ height: Int, _ pool: WorkerPool)
    -> [Pixel]
  {
    [Pixel](unsafeUninitializedCapacity: width * height) { output, initialized in
      fine.pixels.withUnsafeBufferPointer { input in
        // Pieces write to rows of their own.
        nonisolated(unsafe) let (output, input) = (output, input)
        pool.run((height + rows - 1) / rows) { piece, _ in
          for y in piece * rows..<min((piece + 1) * rows, height) {
            let upper = 2 * y * fine.width
            let hasLower = 2 * y + 1 < fine.height
            let lower = upper + fine.width
            for x in 0..<width {
              let hasRight = 2 * x + 1 < fine.width
              var sum = input[upper + 2 * x]
              if hasRight { sum += input[upper + 2 * x + 1] }
              if hasLower {
                sum += input[lower + 2 * x]
                if hasRight { sum += input[lower + 2 * x + 1] }
              }
              output[y * width + x] = sum.w > 1 ? sum / sum.w : sum
            }
          }
        }
      }
      initialized = width * height
    }
  }

  private static func pull(_ coarse: Level, into fine: inout Level, _ pool: WorkerPool) {
    let (width, height) = (fine.width, fine.height)
    fine.pixels.withUnsafeMutableBufferPointer { output in
      coarse.pixels.withUnsafeBufferPointer { input in
        // Pieces write to rows of their own.
        nonisolated(unsafe) let (output, input) = (output, input)
        pool.run((height + rows - 1) / rows) { piece, _ in
          for y in piece * rows..<min((piece + 1) * rows, height) {
            // A fine pixel lies a quarter of a coarse one from the nearest coarse centre.
            let nearY = y / 2
            let farY = min(max(y % 2 == 0 ? nearY - 1 : nearY + 1, 0), coarse.height - 1)
            let (near, far) = (nearY * coarse.width, farY * coarse.width)
            for x in 0..<width {
              let missing = 1 - output[y * width + x].w
              if missing <= 0 { continue }
              let nearX = x / 2
              let farX = min(max(x % 2 == 0 ? nearX - 1 : nearX + 1, 0), coarse.width - 1)
              let value =
                0.5625 * input[near + nearX] + 0.1875 * (input[near + farX] + input[far + nearX])
                + 0.0625 * input[far + farX]
              output[y * width + x] += missing * value
            }
          }
        }
      }
    }
  }
}
