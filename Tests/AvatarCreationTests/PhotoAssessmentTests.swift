import Avatar
import Compute
import SMPLX
import Testing

@testable import AvatarCreation

@Suite struct PhotoAssessmentTests {
  /// Somebody who stands in the middle of a picture of 600 x 1000 pixels, 900 high, seen from the front.
  static func standing() -> PersonLandmarks {
    // The person's left is at the picture's right.
    let left: [Int: SIMD2<Float>] = [
      2: [315, 100], 7: [340, 110], 11: [380, 220], 13: [430, 350], 15: [460, 470],
      17: [465, 500], 19: [460, 505], 21: [450, 490], 23: [345, 500], 25: [350, 700],
      27: [355, 880], 29: [355, 910], 31: [370, 930],
    ]
    var body = (0..<33).map { _ in
      PersonLandmarks.Point(position: [300, 120, 0], visibility: 1, presence: 1)
    }
    for (number, place) in left {
      body[number].position = SIMD3(place, 0)
      let twin = number == 2 ? 5 : number + 1
      body[twin].position = [600 - place.x, place.y, 0]
    }
    let world = body.map { ($0.position - [300, 500, 0]) / 500 }
    let points = (0..<468).map { SIMD3<Float>(300, 80 + Float($0) / 467 * 120, 0) }
    let hand = PersonLandmarks.Hand(
      points: [SIMD3<Float>](repeating: .zero, count: 21), world: [], confidence: 1)
    return PersonLandmarks(
      width: 600, height: 1000, body: body, world: world, leftHand: hand, rightHand: hand,
      face: .init(points: points, confidence: 1))
  }

  static func mask(rows: Range<Int> = 50..<950) -> Matte {
    var mask = Matte(width: 600, height: 1000, coverage: [Float](repeating: 0, count: 600_000))
    for y in rows { for x in 250..<350 { mask.coverage[y * 600 + x] = 1 } }
    return mask
  }

  private func remarks(
    persons: Int = 1, mask: Matte = mask(), _ change: (inout PersonLandmarks) -> Void = { _ in }
  ) -> [String: PhotoRemark] {
    var landmarks = Self.standing()
    change(&landmarks)
    let all = PhotoAssessment(landmarks, mask: mask, persons: persons).remarks
    return Dictionary(uniqueKeysWithValues: all.map { ($0.part, $0) })
  }

  @Test func aGoodPhoto() {
    let all = remarks()
    for part in ["size", "view", "face", "arms", "hands", "pose", "legs", "feet", "mask"] {
      #expect(all[part]?.certainty == .good, "\(part): \(all[part]?.sentence ?? "nothing")")
    }
    #expect(PhotoAssessment(Self.standing(), mask: Self.mask(), persons: 1).height == 900)
  }

  @Test func whatIsWrongIsSaid() {
    #expect(remarks(persons: 3)["persons"]?.finding.contains("3 persons") == true)
    #expect(remarks { $0.face = nil }["face"]?.certainty == .poor)
    #expect(remarks { $0.leftHand = nil }["hands"]?.finding.contains("left hand") == true)
    #expect(
      remarks {
        $0.rightHand = nil; $0.leftHand = nil
      }["hands"]?.certainty == .poor)
    let cut = remarks { for i in 27...32 { $0.body[i].position.y = 1010 } }
    #expect(cut["feet"]?.finding.contains("cut off") == true && cut["legs"]?.certainty == .good)
    let half = remarks { for i in 25...32 { $0.body[i].position.y = 1200 } }
    #expect(half["legs"]?.certainty == .poor)
    let hidden = remarks { for i in [14, 16] { $0.body[i].visibility = 0.1 } }
    #expect(hidden["arms"]?.finding.contains("right arm") == true)
    let crossed = remarks { $0.body[15].position = [300, 350, 0] }
    #expect(crossed["arms"]?.certainty == .fair)
    let back = remarks {
      $0.face = nil
      $0.world = $0.world.map { [-$0.x, $0.y, $0.z] }
    }
    #expect(back["view"]?.finding.contains("behind") == true)
    let side = remarks { $0.world = $0.world.map { [0, $0.y, $0.x] } }
    #expect(side["view"]?.finding.contains("side") == true)
    let over = remarks { for i in 0..<33 { $0.body[i].position.y = 1000 - $0.body[i].position.y } }
    #expect(over["view"]?.finding.contains("upside down") == true && over["pose"] == nil)
    let sitting = remarks { $0.world[27] = $0.world[25] + [0, 0, 0.4] }
    #expect(sitting["pose"]?.finding.contains("sits") == true)
    let lying = remarks { landmarks in
      for i in [23, 24] { landmarks.body[i].position += [500, -250, 0] }
    }
    #expect(lying["pose"]?.sentence.contains("turn the photo upright") == true)
    let raised = remarks { $0.body[13].position = [460, 200, 0] }
    #expect(raised["arms"]?.certainty == .fair)
  }

  /// Landmarks guess what is outside; the mask ends at the edge.
  @Test func whatTheEdgeCutsOffIsSaid() {
    let low = remarks(mask: Self.mask(rows: 50..<1000))
    #expect(low["feet"]?.certainty == .poor && low["face"]?.certainty == .good)
    let high = remarks(mask: Self.mask(rows: 0..<950))
    #expect(high["face"]?.certainty == .poor && high["feet"]?.certainty == .good)
  }

  @Test func standing() {
    #expect(PhotoAssessment(Self.standing(), mask: Self.mask(), persons: 1).stands)
    var kneeling = Self.standing()
    kneeling.world[27] = kneeling.world[25] + [0, 0, 0.4]
    #expect(!PhotoAssessment(kneeling, mask: Self.mask(), persons: 1).stands)
  }

  /// Light of a person of skin, cloth and dark hair: as taken, and with an eighth of the light; black
  /// clothes are no dark photo.
  @Test(arguments: [
    (Float(1), PhotoRemark.Certainty.good), (0.4, .fair), (0.125, .poor), (0.01, .poor),
  ])
  func light(share: Float, certainty: PhotoRemark.Certainty) {
    let mask = Self.mask()
    func photo(_ colors: [[UInt8]], _ share: Float = 1) -> Photo {
      var pixels = [UInt8](repeating: 250, count: 3 * 600_000)
      for pixel in 0..<600_000 where mask.coverage[pixel] > 0 {
        for channel in 0..<3 {
          let value = SRGB.linear(Float(colors[pixel / 600 % colors.count][channel]) / 255)
          pixels[3 * pixel + channel] = UInt8(saturating: SRGB.encoded(value * share) * 255)
        }
      }
      return Photo(width: 600, height: 1000, pixels: pixels)
    }
    let person: [[UInt8]] = [[205, 160, 140], [30, 25, 22], [40, 45, 70], [150, 40, 40]]
    let exposure = PersonExposure(photo(person, share), mask)
    #expect(exposure.remark.certainty == certainty, "\(exposure)")
    // A tenth of the person is skin.
    let black = photo([[UInt8]](repeating: [25, 25, 28], count: 9) + [person[0]])
    #expect(PersonExposure(black, mask).remark.certainty == .good)
    let remarks = PhotoAssessment(
      Self.standing(), mask: mask, persons: 1, exposure: exposure
    ).remarks
    #expect(remarks.first { $0.part == "light" }?.certainty == certainty)
  }

  @Test func lightThatTellsNothing() {
    let mask = Self.mask()
    let white = Photo(
      width: 600, height: 1000, pixels: [UInt8](repeating: 255, count: 1_800_000))
    #expect(PersonExposure(white, mask).blown == 1)
    #expect(PersonExposure(white, mask).remark.finding.contains("white"))
    let nobody = PersonExposure(white, Self.mask(rows: 0..<0))
    #expect(nobody.blown == 0 && nobody.remark.certainty == .poor)
  }

  /// Landmarks that are no numbers, and a mask of nothing.
  @Test func nothingTraps() {
    var landmarks = Self.standing()
    for index in 0..<33 {
      landmarks.body[index].position = [.nan, .infinity, -.infinity]
      landmarks.world[index] = [.nan, .nan, .nan]
    }
    landmarks.face?.points[0] = [.nan, .nan, .nan]
    let result = PhotoAssessment(landmarks, mask: Self.mask(rows: 0..<0), persons: 1)
    #expect(result.height == 0 && result.remarks.contains { $0.certainty == .poor })
  }
}
