import Compute

/// A step of DPM-Solver++ or UniPC: the sample is corrected with the newest prediction, then predicted
/// at the next time.
struct Multistep: SamplingRule {
  /// One draw of noise for all steps of a deterministic solver: the known region then moves on a smooth
  /// path as the rest does, without which a higher order has nothing to build on.
  var renewsKnownNoise: Bool { table.isStochastic }
  let endsClean = true
  let table: MultistepTable
  var times: [Int] { table.times }

  init(_ table: MultistepTable) { self.table = table }

  func advance(_ step: Int, _ latents: LatentBuffers, _ source: any NoiseSource) throws {
    let (sample, noise, prediction) = (latents.sample, latents.noise, latents.prediction)
    let (signalShare, noiseShare) = (table.signal[step], table.noise[step])
    let (before, newer, older) = (latents.before, latents.newer, latents.older)
    for k in sample.indices { prediction[k] = (sample[k] - noiseShare * noise[k]) / signalShare }
    if let weights = table.correctors[step] {
      let (a, b, c) = weights.predictions
      for k in sample.indices {
        sample[k] =
          weights.sample * before[k] + a * prediction[k] + (b * newer[k] + c * older[k])
      }
    }
    let weights = table.predictors[step]
    let (a, b, _) = weights.predictions
    for k in sample.indices {
      let value = sample[k]
      sample[k] = weights.sample * value + a * prediction[k] + b * newer[k]
      older[k] = newer[k]
      newer[k] = prediction[k]
      before[k] = value
    }
    guard weights.drawn > 0 else { return }
    let drawn = latents.drawn
    try source.fill(drawn, for: .step(step))
    for k in sample.indices { sample[k] += weights.drawn * drawn[k] }
  }
}
