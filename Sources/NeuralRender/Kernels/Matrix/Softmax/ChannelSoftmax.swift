// Softmax over channels: exponentials divided by their sum (`torch.softmax`).
//
// The largest value, which is subtracted so that nothing overflows, need not be known where no value is large:
// then exponentials and sums are normal floats without that. Pixels are tried so first, some at a time. If one
// of them has larger values, all are computed again, less a shift by pixel that is 0 for the others: their
// bits stay what they are without large neighbours. Sums are taken in the same order in both ways.

import Compute

/// Softmax over the channels of each pixel. Source and target may be the same.
struct ChannelSoftmax: Sendable {
  let channels: Int
  private let run: PixelRunSoftmax?
  private let pixel: PixelSoftmax

  init(channels: Int) {
    precondition(channels > 0)
    self.channels = channels
    run = PixelRunSoftmax(channels: channels)
    pixel = PixelSoftmax(channels: channels)
  }

  func rowsRead(_ y: Int) -> Range<Int> { y..<y + 1 }
  func columnsRead(_ x: Int) -> Range<Int> { x..<x + 1 }

  /// Bytes of a worker's scratch, a multiple of 64.
  var scratchBytes: Int { run == nil ? pixel.scratchBytes : PixelRunSoftmax.scratchBytes }

  /// Computes some pixels of row `y`.
  func row(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap,
    scratch: UnsafeMutableRawPointer
  ) {
    if let run {
      run.row(y, columns, from: source, to: target, scratch: scratch)
    } else {
      pixel.row(y, columns, from: source, to: target, scratch: scratch)
    }
  }
}
