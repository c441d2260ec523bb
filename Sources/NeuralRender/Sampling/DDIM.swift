import Compute

/// A step of DDIM in single precision, each operation rounded by itself in the published order, so that
/// the same noise and predictions give the same bits.
///
/// Matches: `p_sample_ddim` of latent diffusion.
struct DDIM: SamplingRule {
  let renewsKnownNoise = true
  let endsClean = false
  let table: DDIMTimes
  var times: [Int] { table.times.reversed() }

  init(_ table: DDIMTimes) { self.table = table }

  func advance(_ step: Int, _ latents: LatentBuffers, _ source: any NoiseSource) throws {
    let index = table.times.count - 1 - step
    let (alpha, previous) = (table.alphas[index], table.previousAlphas[index])
    let (sigma, rootOfRest) = (table.sigmas[index], table.rootsOfRest[index])
    let (root, previousRoot) = (alpha.squareRoot(), previous.squareRoot())
    let direction = (1 - previous - sigma * sigma).squareRoot()
    let (sample, noise, prediction) = (latents.sample, latents.noise, latents.prediction)
    for k in sample.indices {
      prediction[k] = (sample[k] - rootOfRest * noise[k]) / root
      sample[k] = previousRoot * prediction[k] + direction * noise[k]
    }
    guard sigma > 0 else { return }
    let drawn = latents.drawn
    try source.fill(drawn, for: .step(step))
    for k in sample.indices { sample[k] += sigma * drawn[k] }
  }
}
