import AvatarCreation
import Compute
import Foundation
import SMPLX

/// What a fit gets wrong of a made-up person, of whom everything is known.
struct Trial {
  /// Metres, mean over the 22 joints of the body after similarity alignment.
  var joints: Double
  /// Metres, mean over the vertices of the rest bodies at equal height.
  var shape: Double
  /// Metres.
  var height: Double
  /// Degrees in depth of the line from ankles to shoulders beside the truth.
  var lean: Double
  /// Forearms more than ten centimetres in front that should be behind, or the reverse.
  var swappedForearms: Int
  var silhouetteIoU: Double
  /// Share of the person's height.
  var landmarkError: Double
  var seconds: Double

  /// Nil where the networks find nobody.
  init?(
    _ person: StudioPerson, photo: Photo, body: BodyModel, detector: LandmarkDetector,
    fitter: BodyFitter, pool: WorkerPool
  ) throws {
    guard let found = try detector.persons(in: photo).first,
      let (landmarks, mask) = try? detector.landmarks(of: found, in: photo)
    else { return nil }
    let start = ContinuousClock.now
    let (fit, report) = try fitter.fit(landmarks, mask: mask)
    seconds = (ContinuousClock.now - start) / .seconds(1)
    silhouetteIoU = report.silhouetteIoU
    landmarkError = report.quality.meanError
    let (truth, guess) = (
      try Posed(body, person.betas, person.pose, pool), try Posed(body, fit.betas, fit.pose, pool)
    )
    let bodyJoints = 0..<22
    let align = Similarity(Array(guess.joints[bodyJoints]), to: Array(truth.joints[bodyJoints]))
    joints =
      bodyJoints.reduce(0) { $0 + (align(guess.joints[$1]) - truth.joints[$1]).length } / 22
    height = guess.height - truth.height
    let scale = truth.height / guess.height
    let count = Double(truth.rest.count)
    let (middle, other) = (
      truth.rest.reduce(.zero, +) / count, guess.rest.reduce(.zero, +) / count
    )
    shape =
      zip(truth.rest, guess.rest).reduce(0) {
        $0 + (scale * ($1.1 - other) - ($1.0 - middle)).length
      } / count
    lean = guess.lean - truth.lean
    swappedForearms =
      [(18, 20), (19, 21)].filter { elbow, wrist in
        let a = truth.joints[wrist].z - truth.joints[elbow].z
        let b = guess.joints[wrist].z - guess.joints[elbow].z
        return a * b < 0 && abs(a - b) > 0.1
      }.count
  }
}

/// A body's joints before the camera and its vertices at rest, metres.
private struct Posed {
  let joints: [SIMD3<Double>]
  let rest: [SIMD3<Double>]

  init(_ model: BodyModel, _ betas: [Float], _ pose: BodyPose, _ pool: WorkerPool) throws {
    let body = try ShapedBody(model: model, betas: betas)
    let poser = BodyPoser(body: body, pool: pool)
    try poser.pose(pose)
    joints = poser.joints(contour: false).map { SIMD3<Double>($0) }
    let vertices = body.restVertices
    rest = (0..<vertices.count).map { SIMD3<Double>(vertices[$0]) }
  }

  var height: Double { (rest.map(\.y).max() ?? 0) - (rest.map(\.y).min() ?? 0) }

  var lean: Double {
    let line = joints[16] + joints[17] - joints[7] - joints[8]
    return atan2(line.z, -line.y) * 180 / .pi
  }
}
