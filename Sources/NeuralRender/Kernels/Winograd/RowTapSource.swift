// Weights of 3 x 3 kernels whose rows are split for F(4, 2): the outer two taps, transformed, and the
// middle one.

import Compute

/// Kernels (outputs, depth, 3, 3) on their way to panels: five points, then the middle tap, for each row
/// of taps.
struct RowTapSource: @unchecked Sendable {
  // Sendable: read-only while weights are packed; blocks of outputs are written by one worker each.
  let weights: UnsafePointer<Float>
  let depth: Int
  /// Input channels, over all that is packed for an output, from a row of taps to the next and from a
  /// panel to the next.
  let rowStep: Int
  let panelStep: Int

  /// Points and the middle tap.
  static let panels = FourByTwoLines.size + 1

  func pack(_ block: Int, into packed: PackedWeights) {
    let points = FourByTwoLines.size
    let matrix = WinogradTransform.fourByTwo.weightMatrix
    let width = packed.width(block)
    let start = packed.place(output: 32 * block, depth: 0)
    matrix.withUnsafeBufferPointer { matrix in
      for output in 0..<packed.columns(block) {
        for channel in 0..<depth {
          let kernel = weights + ((32 * block + output) * depth + channel) * 9
          for row in 0..<3 {
            let taps = kernel + 3 * row
            let first = row * rowStep + channel
            for point in 0..<points {
              let value =
                matrix[2 * point] * Double(taps[0]) + matrix[2 * point + 1] * Double(taps[2])
              start[(first + point * panelStep) * width + output] = Float(value)
            }
            start[(first + points * panelStep) * width + output] = taps[1]
          }
        }
      }
    }
  }
}
