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
  /// What hands and the face are seen to do.
  private var details: [any FitTerm]
  let points: FitPointList
  let landmarks: PersonLandmarks

  /// - Parameter size: height of the person in the picture, pixels.
  /// - Throws: `ProgramError` for landmarks that hold numbers that are not finite or lie at one point.
  package init(
    model: FitModel, offsets: LandmarkOffsets, landmarks: PersonLandmarks, options: FitOptions,
    size: Double, depth: DepthNetwork
  ) throws {
    try landmarks.check()
    self.model = model
    self.landmarks = landmarks
    self.size = size
    camera = FitCamera(for: landmarks, focalLength: options.focalLength)
    points = FitPointList(model.body, offsets: offsets)
    let terms = LandmarkTerms(
      model: model, points: points, landmarks: landmarks, camera: camera, size: size,
      depth: depth)
    var start = FitStart(model: model, points: points, terms: terms)
    parameters = start.parameters
    var body: [any FitTerm] = [
      terms.projection(), terms.directions(),
      ParameterTerm(FitPriors.rows(model, options: options)),
    ]
    if options.mode == .standing {
      body += [
        StandingPrior.term(model, points), StandingPrior.tilt(model.layout, terms.depths.pitch),
      ]
    }
    details = []
    problem = FitProblem(
      model, points: points.points, start: start.rotation, terms: body)
    start.place(problem)
    parameters = start.parameters

    let layout = model.layout
    let pose = Array(0..<layout.jaw.lowerBound) + layout.tilt
    run(Array(0..<6), iterations: 10)
    run(pose, iterations: 15)
    run(pose + layout.betas, iterations: 10)
    for (hand, isLeft) in [(landmarks.leftHand, true), (landmarks.rightHand, false)] {
      guard let hand else { continue }
      problem.terms += terms.directions(of: hand, isLeft: isLeft)
      details += terms.projection(of: hand, isLeft: isLeft)
    }
    if let face = landmarks.face { details += terms.face(face) }
    run(Self.shared(layout), iterations: 12)
  }

  /// Everything but the face.
  private static func shared(_ layout: FitLayout) -> [Int] {
    Array(0..<layout.jaw.lowerBound) + layout.leftHand + layout.rightHand + layout.betas
      + layout.tilt
  }

  private mutating func run(_ free: [Int], iterations: Int) {
    let result = LevenbergMarquardt().minimize(
      problem, &parameters, free: free, iterations: iterations)
    hasConverged = result.hasConverged
  }

  /// Goes on with an outline: pose, shape and clothes are free.
  package mutating func refine(with term: any FitTerm, iterations: Int) {
    var extended = problem
    extended.terms.append(term)
    let result = LevenbergMarquardt().minimize(
      extended, &parameters, free: Self.shared(model.layout) + model.layout.cloth,
      iterations: iterations)
    hasConverged = result.hasConverged
  }

  /// Fits hands and the face, and what they turn on: the rest stays.
  ///
  /// Their landmarks have no offsets; were the shape free, fingers that are a little longer than the
  /// body's would change its build (measured: half a deviation of the first coefficient).
  package mutating func fitDetails() {
    guard !details.isEmpty else { return }
    var detailed = problem
    detailed.terms += details
    let layout = model.layout
    let turning = [12, 15, 18, 19, 20, 21].flatMap { layout.joint($0) }
    let free =
      turning + layout.jaw + layout.leftHand + layout.rightHand + layout.expression
    _ = LevenbergMarquardt().minimize(detailed, &parameters, free: free, iterations: 15)
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

extension FitCamera {
  /// The camera of a picture, in whose middle it looks.
  ///
  /// - Parameter focalLength: pixels; nil for 1.2 times the longer side.
  init(for landmarks: PersonLandmarks, focalLength: Double?) {
    let size = SIMD2(Double(landmarks.width), Double(landmarks.height))
    self.init(focalLength: focalLength ?? 1.2 * size.max(), principalPoint: size / 2)
  }
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
