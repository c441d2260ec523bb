import Compute

/// A step of DDIM in single precision, each operation rounded by itself in the published order, so that
/// the same noise and predictions give the same bits.
///
/// Matches: `p_sample_ddim` of latent diffusion.
struct DDIM: SamplingRule {
  static let renewsKnownNoise = true
  static let endsClean = false
  let table: DDIMTimes
  var times: [Int] { table.times.reversed() }

  init(steps: Int, eta: Double, schedule: NoiseSchedule) throws {
    table = try DDIMTimes(steps: steps, eta: eta, schedule: schedule)
  }

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
    try source.fill(latents.extra, for: .step(step))
    let drawn = latents.extra
    for k in sample.indices { sample[k] += sigma * drawn[k] }
  }
}
