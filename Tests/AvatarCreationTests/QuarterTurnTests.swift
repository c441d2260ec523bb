import Compute
import SMPLX
import Testing

@testable import AvatarCreation

@Suite struct QuarterTurnTests {
  @Test(arguments: 1...3) func photosComeBack(count: Int) {
    let (width, height) = (5, 3)
    let photo = Photo(
      width: width, height: height, pixels: (0..<45).map { UInt8($0) },
      alpha: (0..<15).map { UInt8($0) })
    let matte = Matte(width: width, height: height, coverage: (0..<15).map { Float($0) / 15 })
    let turns = QuarterTurns(count)
    let (turned, mask) = (turns.turned(photo), turns.turned(matte))
    for y in 0..<height {
      for x in 0..<width {
        let place = turns.turned([Double(x), Double(y)], width: width, height: height)
        let pixel = Int(place.y) * turned.width + Int(place.x)
        #expect(turned.alpha?[pixel] == UInt8(y * width + x))
        #expect(turned.pixels[3 * pixel] == UInt8(3 * (y * width + x)))
        #expect(mask.coverage[pixel] == Float(y * width + x) / 15)
      }
    }
    #expect(turns.inverse.turned(turned).pixels == photo.pixels)
    #expect(turns.inverse.turned(mask).coverage == matte.coverage)
  }

  /// A point of the fitted person is seen where the turned picture has it.
  @Test(arguments: 0...3) func fitsTurnWithThePicture(count: Int) {
    var pose = BodyPose()
    pose.rotations[0] = [2.9, 0.2, -0.1]
    pose.translation = [0.1, -0.3, 3]
    let fit = BodyFit(
      betas: [], pose: pose,
      camera: .aligned(focalLength: [900, 910], principalPoint: [310, 260]), width: 640,
      height: 480)
    let pelvis = SIMD3<Float>(0, -0.35, 0.01)
    func seen(_ fit: BodyFit, _ point: SIMD3<Float>) -> SIMD2<Double> {
      let root = RotationMatrix(axisAngle: SIMD3<Double>(fit.pose.rotations[0]))
      let place =
        root * SIMD3<Double>(point - pelvis)
        + SIMD3<Double>(pelvis + fit.pose.translation)
      return SIMD2(place.x, place.y) / place.z * SIMD2<Double>(fit.camera.focalLength)
        + SIMD2<Double>(fit.camera.principalPoint)
    }
    let turns = QuarterTurns(count)
    let turned = turns.turned(fit, pelvis: pelvis)
    for point in [SIMD3<Float>(0.2, 0.4, 0.1), [-0.3, -0.8, 0]] {
      let goal = turns.turned(seen(fit, point) - 0.5, width: 640, height: 480) + 0.5
      let found = seen(turned, point)
      #expect(abs(goal.x - found.x) < 0.01 && abs(goal.y - found.y) < 0.01, "\(goal) \(found)")
    }
    let back = turns.inverse.turned(turned, pelvis: pelvis)
    #expect((back.camera.principalPoint - fit.camera.principalPoint).max() < 1e-3)
    #expect(back.width == 640 && back.height == 480)
  }

  @Test func peopleAreTurnedUpright() {
    let upright = PhotoAssessmentTests.standing()
    #expect(BodyFacts(upright).turns.count == 0)
    for count in 1...3 {
      let turns = QuarterTurns(count)
      let size = turns.size(width: upright.width, height: upright.height)
      var body = upright.body
      for index in body.indices {
        let position = body[index].position
        let place = turns.turned(
          [Double(position.x), Double(position.y)], width: upright.width, height: upright.height)
        body[index].position = [Float(place.x), Float(place.y), 0]
      }
      let landmarks = PersonLandmarks(
        width: size.width, height: size.height, body: body, world: upright.world)
      #expect(BodyFacts(landmarks).turns == turns.inverse)
    }
  }

  @Test func masksThatMissAreTold() {
    let facts = BodyFacts(PhotoAssessmentTests.standing())
    var mask = PhotoAssessmentTests.mask()
    for y in 50..<950 { for x in 200..<400 { mask.coverage[y * 600 + x] = 1 } }
    #expect(facts.isShown(by: mask))
    mask.coverage = mask.coverage.map { 1 - $0 }
    #expect(!facts.isShown(by: mask))
  }
}
