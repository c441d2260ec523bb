import Compute

/// Fits a body to landmarks in stages, and keeps what the silhouette needs to go on.
package struct LandmarkFit: Sendable {
  package let model: FitModel
  package let camera: FitCamera
  /// Of the person in the picture, pixels: the unit of errors.
  package let size: Double
  package private(set) var parameters: [Double]
  /// Everything but a silhouette.
  package private(set) var problem: FitProblem
  package private(set) var hasConverged = false
  let points: FitPointList
  let landmarks: PersonLandmarks

  /// - Parameter size: height of the person in the picture, pixels.
  /// - Throws: `ProgramError` for landmarks that hold numbers that are not finite or lie at one point.
  package init(
    model: FitModel, offsets: LandmarkOffsets, landmarks: PersonLandmarks, options: FitOptions,
    size: Double
  ) throws {
    try landmarks.check()
    self.model = model
    self.landmarks = landmarks
    self.size = size
    let longer = Double(max(landmarks.width, landmarks.height))
    camera = FitCamera(
      focalLength: options.focalLength ?? 1.2 * longer,
      principalPoint: SIMD2(Double(landmarks.width), Double(landmarks.height)) / 2)
    points = FitPointList(model.body, offsets: offsets)
    let terms = LandmarkTerms(
      model: model, points: points, landmarks: landmarks, camera: camera, size: size)
    var start = FitStart(model: model, points: points, terms: terms)
    parameters = start.parameters
    var body: [any FitTerm] = [
      terms.projection(), terms.directions(), terms.bends(),
      ParameterTerm(FitPriors.rows(model, options: options)),
    ]
    if options.mode == .standing {
      body += [terms.legs(), StandingPrior.term(model, points), StandingPrior.tilt(model.layout)]
    }
    problem = FitProblem(
      model, points: points.points, start: start.rotation, terms: body)
    start.place(problem)
    parameters = start.parameters

    let layout = model.layout
    let pose = Array(0..<layout.jaw.lowerBound) + layout.tilt
    run(Array(0..<6), iterations: 10)
    run(pose, iterations: 15)
    run(pose + layout.betas, iterations: 10)
    if let hand = landmarks.leftHand { problem.terms += terms.hand(hand, isLeft: true) }
    if let hand = landmarks.rightHand { problem.terms += terms.hand(hand, isLeft: false) }
    if let face = landmarks.face { problem.terms += terms.face(face) }
    run(Array(0..<layout.count), iterations: 12)
  }

  private mutating func run(_ free: [Int], iterations: Int) {
    let result = LevenbergMarquardt().minimize(
      problem, &parameters, free: free, iterations: iterations)
    hasConverged = result.hasConverged
  }

  /// Goes on with one more term, all parameters free.
  package mutating func refine(with term: any FitTerm, iterations: Int) {
    var extended = problem
    extended.terms.append(term)
    let result = LevenbergMarquardt().minimize(
      extended, &parameters, free: Array(0..<model.layout.count), iterations: iterations)
    hasConverged = result.hasConverged
  }

  /// The pose in the axes of the camera.
  package func pose() -> BodyPose {
    let vectors = model.axisAngles(parameters)
    var rotations = vectors.map { SIMD3<Float>($0) }
    rotations[0] = SIMD3<Float>(
      (problem.start * RotationMatrix(axisAngle: vectors[0])).axisAngle)
    let t = model.layout.translation.lowerBound
    return BodyPose(
      rotations: rotations,
      translation: SIMD3(
        Float(parameters[t]), Float(parameters[t + 1]), Float(parameters[t + 2])),
      expression: parameters[model.layout.expression].map { Float($0) })
  }

  package func betas() -> [Float] { parameters[model.layout.betas].map { Float($0) } }
}

extension PersonLandmarks {
  /// Throws unless there are as many landmarks as the networks give and all are finite.
  func check() throws {
    func fail(_ what: String, found: String) -> ProgramError {
      ProgramError(.dataError, what, expected: "33 finite landmarks", found: found)
    }
    guard body.count == LandmarkTable.count, world.count == LandmarkTable.count else {
      throw fail("the person has another number of landmarks", found: "\(body.count)")
    }
    func isFinite(_ v: SIMD3<Float>) -> Bool { v.x.isFinite && v.y.isFinite && v.z.isFinite }
    let hands = [leftHand, rightHand].compactMap { $0 }
    let all =
      body.map(\.position) + world + hands.flatMap { $0.points + $0.world } + (face?.points ?? [])
    guard all.allSatisfy(isFinite), body.allSatisfy({ $0.visibility.isFinite }) else {
      throw fail("a landmark is not finite", found: "nan or infinity")
    }
    guard width > 0, height > 0 else {
      throw fail("the picture has no size", found: "\(width) x \(height)")
    }
  }
}
