/// Anchors, boxes and heat maps.
import Foundation
import Testing

@testable import AvatarCreation

@Suite struct DetectionTests {
  @Test func anchorsAreTheDetectors() {
    #expect(Anchors.person.count == 2254)
    #expect(Anchors.face.count == 896)
    #expect(
      Anchors.person[0] == SIMD2(0.5 / 28, 0.5 / 28) && Anchors.person[1] == Anchors.person[0])
    #expect(Anchors.person[2] == SIMD2(1.5 / 28, 0.5 / 28))
    // Two for each of 28 x 28 and 14 x 14 cells, six for each of 7 x 7.
    #expect(Anchors.person[1568 + 392 + 5] == SIMD2(0.5 / 7, 0.5 / 7))
    #expect(Anchors.person[1568 + 392 + 6] == SIMD2(1.5 / 7, 0.5 / 7))
  }

  private static func logit(_ score: Float) -> Float { log(score / (1 - score)) }

  /// Boxes of one thing are averaged by their scores, others stay, unlikely ones go.
  @Test func overlappingBoxesAreMerged() {
    let anchors: [SIMD2<Float>] = [[0.25, 0.25], [0.25, 0.25], [0.75, 0.75], [0.5, 0.5]]
    let boxes: [Float] = [
      0, 0, 20, 20, 1, 2,
      4, 0, 20, 20, 5, 6,
      0, 0, 10, 10, 0, 0,
      0, 0, 90, 90, 0, 0,
    ]
    let scores = [0.6, 0.9, 0.8, 0.3].map(Self.logit)
    let found = Detection.all(boxes: boxes, scores: scores, anchors: anchors, size: 100)
    #expect(found.count == 2)
    #expect(abs(found[0].score - 0.9) < 1e-6 && abs(found[1].score - 0.8) < 1e-6)
    // Centres at 0.25 and 0.29.
    let centre = (0.25 * 0.6 + 0.29 * 0.9) / Float(1.5)
    #expect(abs(found[0].low.x - (centre - 0.1)) < 1e-6)
    #expect(abs(found[0].high.y - 0.35) < 1e-6)
    #expect(abs(found[0].points[0].x - (0.26 * 0.6 + 0.3 * 0.9) / 1.5) < 1e-6)
    #expect(found[1].points[0] == SIMD2(0.75, 0.75))
  }

  @Test func nothingIsFoundInNothing() {
    #expect(Detection.all(boxes: [], scores: [], anchors: Anchors.face, size: 128).isEmpty)
    #expect(Detection.all(boxes: [1], scores: [9], anchors: Anchors.face, size: 128).isEmpty)
    let wild = Detection.all(
      boxes: [.nan, .infinity, .nan, -1, .nan, 0], scores: [.infinity], anchors: [[0, 0]], size: 1)
    #expect(wild.count == 1)
    #expect(DetectedPerson(wild[0], in: Region(around: 5, 5)) == nil)
    #expect(Detection.probability(.nan).isFinite)
  }

  /// A peak pulls the landmark to its cell; without a likely cell it stays, outside too.
  @Test func heatMapsRefine() {
    var logits = [Float](repeating: -40, count: 16 * 16 * 2)
    logits[(5 * 16 + 7) * 2 + 1] = 12
    let maps = HeatMaps(logits, landmarks: 2)
    let place = SIMD2<Float>(6.4 / 16, 4.2 / 16)
    let found = maps.refined(place, landmark: 1)
    #expect(abs(found.x - 7.0 / 16) < 1e-6 && abs(found.y - 5.0 / 16) < 1e-6)
    #expect(maps.refined(place, landmark: 0) == place)
    for far in [SIMD2<Float>(1.01, 0.5), SIMD2(-0.2, 0.1), SIMD2(.nan, 0), SIMD2(.infinity, 0)] {
      let result = maps.refined(far, landmark: 1)
      #expect(result.y == far.y)
    }
    // Of five cells and more away nothing is seen.
    let distant = SIMD2<Float>(12.5 / 16, 5.5 / 16)
    #expect(maps.refined(distant, landmark: 1) == distant)
  }
}
