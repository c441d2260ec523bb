// Transforms the weights of a convolution into the packed weights of every point.

import Compute

/// Kernels (outputs, channels, kernel, kernel) that are cut into splits x splits kernels and
/// transformed.
struct WeightSource: @unchecked Sendable {
  // Sendable: read-only while weights are packed; blocks of outputs are written by one worker each.
  let weights: UnsafePointer<Float>
  let channels: Int
  let kernel: Int
  let transform: WinogradTransform
  let splits: Int

  /// Packs a block of 32 outputs; the cut kernels follow each other as segments.
  func pack(_ block: Int, into points: [PackedWeights]) {
    let size = transform.size
    let half = AlignedBuffer<Double>(count: size * transform.taps)
    let values = AlignedBuffer<Double>(count: size * size)
    let targets = AlignedBuffer<Int>(count: size * size)
    let first = 32 * block
    let columns = points[0].columns(block)
    let width = points[0].width(block)
    for (index, packed) in points.enumerated() {
      targets[index] = Int(bitPattern: packed.place(output: first, depth: 0))
    }
    for part in 0..<splits * splits {
      let y = part / splits * transform.taps
      let x = part % splits * transform.taps
      for channel in 0..<channels {
        let place = (part * channels + channel) * width
        for output in 0..<columns {
          let source = weights + ((first + output) * channels + channel) * kernel * kernel
          transform.transform(
            source + y * kernel + x, rows: min(transform.taps, kernel - y),
            columns: min(transform.taps, kernel - x), rowStride: kernel, half: half.pointer,
            into: values.pointer)
          for point in 0..<size * size {
            UnsafeMutablePointer<Float>(bitPattern: targets[point])
              .unsafelyUnwrapped[place + output] = Float(values[point])
          }
        }
      }
    }
  }
}
