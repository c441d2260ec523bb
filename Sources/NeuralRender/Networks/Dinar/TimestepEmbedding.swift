import Compute
import Foundation

/// Timesteps as cosines and sines of falling frequencies.
///
/// Source: Vaswani et al. 2017, as `timestep_embedding` of Dhariwal and Nichol has it: cosines first, a
/// zero at the end of odd widths, in single precision.
public enum TimestepEmbedding {
  /// (timesteps, width): cos(t f_k), then sin(t f_k), f_k = 10000^(-k / half), half = width / 2.
  public static func values(_ timesteps: [Float], width: Int) -> Tensor {
    precondition(width > 0)
    let half = width / 2
    let frequencies = (0..<half).map { exp(Float(-log(10000.0)) * Float($0) / Float(half)) }
    return Tensor(shape: [timesteps.count, width]) { buffer in
      for (row, timestep) in timesteps.enumerated() {
        for (k, frequency) in frequencies.enumerated() {
          buffer[row * width + k] = cos(timestep * frequency)
          buffer[row * width + half + k] = sin(timestep * frequency)
        }
        if width % 2 == 1 { buffer[row * width + width - 1] = 0 }
      }
    }
  }
}
