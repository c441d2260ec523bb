/// Analytic derivatives of fitting against differences, and its positions against the poser's oracle.
import Compute
import TestSupport
import Testing

@testable import SMPLX

@Suite struct FittingDerivativeTests {
  @Test(arguments: [
    SIMD3(0.3, -0.7, 1.1), SIMD3(1e-3, 2e-3, -1e-3), SIMD3(0, 0, 0), SIMD3(7e-3, 7e-3, 1e-3),
    SIMD3(2.9, 0.4, -0.5),
  ])
  func rotationDerivativesAreDifferences(r: SIMD3<Double>) {
    let step = 1e-6
    let derivative = RotationDerivative(axisAngle: r)
    let axes = [derivative.axes.0, derivative.axes.1, derivative.axes.2]
    for k in 0..<3 {
      var e = SIMD3<Double>.zero
      e[k] = step
      let (a, b) = (RotationMatrix(axisAngle: r + e), RotationMatrix(axisAngle: r - e))
      let d = derivative.matrix(axes[k])
      for (x, y, z) in [
        (a.row0, b.row0, d.row0), (a.row1, b.row1, d.row1), (a.row2, b.row2, d.row2),
      ] {
        #expect(((x - y) / (2 * step) - z).length < 1e-8)
      }
    }
  }

  /// Joints, blends of vertices and levers of a body with dense correctives.
  private static func problem(terms: [any FitTerm] = []) throws -> FitProblem {
    let model = FitModel(try SyntheticModel(vertexCount: 60).load(), handCount: 4)
    let points = [
      FollowedPoint(.joint(0)), FollowedPoint(.joint(15)), FollowedPoint(.joint(39)),
      FollowedPoint(.vertices([(7, 1)])),
      FollowedPoint(.vertices([(12, 0.3), (33, 0.5), (59, 0.2)])),
      FollowedPoint(.joint(18), lever: SIMD3(0.1, -0.2, 0.05), leverJoint: 18),
      FollowedPoint(.vertices([(40, 1)]), lever: SIMD3(-0.1, 0.3, 0.2), leverJoint: 50),
    ]
    return FitProblem(
      model, points: points, start: RotationMatrix(axisAngle: SIMD3(2.8, 0.3, -0.4)),
      terms: terms)
  }

  private static func parameters(_ problem: FitProblem, seed: UInt64 = 3) -> [Double] {
    var random = TestRandom(state: seed)
    var p = (0..<problem.model.layout.count).map { _ in 0.7 * Double(random.next()) }
    (p[3], p[4], p[5]) = (0.1, -0.2, 5)
    return p
  }

  @Test func positionsAreThePosers() throws {
    let problem = try Self.problem()
    let (model, layout) = (problem.model, problem.model.layout)
    let p = Self.parameters(problem)
    var rotations = model.axisAngles(p)
    rotations[0] = (problem.start * RotationMatrix(axisAngle: rotations[0])).axisAngle
    let body = try ShapedBody(
      model: model.body, betas: p[layout.betas].map { Float($0) },
      expression: p[layout.expression].map { Float($0) })
    let expected = poseReference(
      body,
      BodyPose(
        rotations: rotations.map { SIMD3<Float>($0) },
        translation: SIMD3(Float(p[3]), Float(p[4]), Float(p[5]))))
    let found = problem.state(p).positions
    #expect((found[0] - expected.joints[0]).length < 1e-5)
    #expect((found[1] - expected.joints[15]).length < 1e-5)
    #expect((found[2] - expected.joints[39]).length < 1e-5)
    #expect((found[3] - expected.vertices[7]).length < 1e-5)
    let blend =
      0.3 * expected.vertices[12] + 0.5 * expected.vertices[33] + 0.2 * expected.vertices[59]
    #expect((found[4] - blend).length < 1e-5)
  }

  @Test func derivativesOfPositionsAreDifferences() throws {
    let problem = try Self.problem()
    let p = Self.parameters(problem)
    let state = problem.state(p, wantsDerivatives: true)
    let step = 1e-5
    for index in p.indices {
      var (above, below) = (p, p)
      above[index] += step
      below[index] -= step
      let (a, b) = (problem.state(above).positions, problem.state(below).positions)
      for point in a.indices {
        let difference = (a[point] - b[point]) / (2 * step)
        for axis in 0..<3 {
          var e = SIMD3<Double>.zero
          e[axis] = 1
          var row = [Double](repeating: 0, count: p.count)
          state.accumulate(point, e, to: &row)
          #expect(
            abs(row[index] - difference[axis]) < 1e-6, "point \(point), parameter \(index)")
        }
      }
    }
  }

  /// Every term's gradient is half the derivative of its cost, robust or not.
  @Test func gradientsOfTermsAreDifferences() throws {
    let camera = FitCamera(focalLength: 900, principalPoint: SIMD2(320, 240))
    let bare = try Self.problem()
    let terms: [any FitTerm] = [
      ProjectionTerm(
        targets: (0..<7).map {
          .init(
            point: $0, position: SIMD2(300 + 20 * Double($0), 200),
            weight: 0.2 + 0.1 * Double($0))
        }, camera: camera, sigma: 12),
      DirectionTerm(
        bones: [
          .init(
            from: 1, to: 4, direction: SIMD3(0.6, 0, 0.8), sigma: SIMD3(0.2, 0.3, 0.5), weight: 0.7),
          .init(
            from: 6, to: 2, direction: SIMD3(0, 1, 0), sigma: SIMD3(0.2, 0.2, 0.2), weight: 1),
        ], huber: Huber(limit: 2)),
      PlumbTerm(
        rows: [
          .init(.height, [(0, 1), (1, -0.7)], target: 0.1, sigma: 0.3),
          .init(.depth, [(2, 1), (3, -1)], sigma: 0.2, huber: 2),
          .init(.side, [(4, 1), (5, -0.5)], target: -0.2, sigma: 0.5),
          .init(.depthShare, [(6, 1), (3, -1)], sigma: 0.1),
        ], tilt: bare.model.layout.tilt),
      ParameterTerm([
        .init([(8, 1), (30, -0.5)], target: 0.1, sigma: 0.2),
        .init([(9, 1)], target: -2, sigma: 0.1, side: .above, huber: 1.5),
        .init([(10, 1)], target: -2, sigma: 0.1, side: .below),
      ]),
      ContourTerm(
        vertices: FittedVertices([3, 50], of: bare.model),
        samples: [
          .init(
            position: SIMD2(320, 250), distance: 4, gradient: SIMD2(0.6, -0.8), weight: 0.1),
          .init(
            position: SIMD2(300, 200), distance: -7, gradient: SIMD2(1, 0), weight: 0.2,
            cloth: (bare.model.layout.cloth.lowerBound + 1, 30)),
        ], camera: camera),
    ]
    let p = Self.parameters(bare)
    for term in terms {
      let problem = try Self.problem(terms: [term])
      let system = problem.system(p, wantsDerivatives: true)
      #expect(system.cost > 0)
      #expect(abs(system.cost - problem.system(p, wantsDerivatives: false).cost) == 0)
      let step = 1e-6
      for index in p.indices {
        var (above, below) = (p, p)
        above[index] += step
        below[index] -= step
        let (a, b) = (
          problem.system(above, wantsDerivatives: false).cost,
          problem.system(below, wantsDerivatives: false).cost
        )
        let half = (a - b) / (4 * step)
        #expect(
          abs(system.gradient[index] - half) < 1e-4 * max(1, abs(half)),
          "\(type(of: term)), parameter \(index)")
      }
    }
  }

  @Test func choleskySolves() throws {
    var random = TestRandom(state: 9)
    let n = 23
    let b = (0..<n * n).map { _ in Double(random.next()) }
    var a = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0..<n {
        a[i * n + j] = (0..<n).map { b[i * n + $0] * b[j * n + $0] }.reduce(i == j ? 0.1 : 0, +)
      }
    }
    let x = (0..<n).map { _ in Double(random.next()) }
    var right = (0..<n).map { i in (0..<n).map { a[i * n + $0] * x[$0] }.reduce(0, +) }
    var factor = a
    #expect(solveCholesky(&factor, &right, n))
    for (found, expected) in zip(right, x) { #expect(abs(found - expected) < 1e-8) }
    var indefinite = [1.0, 2, 2, 1]
    var two = [1.0, 1]
    #expect(!solveCholesky(&indefinite, &two, 2))
  }
}
