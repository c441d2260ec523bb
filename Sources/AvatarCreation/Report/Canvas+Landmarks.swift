import Media
import SMPLX

extension Canvas {
  /// Lines and points of a person's landmarks.
  ///
  /// - Parameters:
  ///   - origin: the picture's point in the upper left corner.
  ///   - factor: pixels of the canvas to one of the picture.
  mutating func draw(_ landmarks: PersonLandmarks, origin: SIMD2<Float>, factor: Float) {
    func place(_ point: SIMD3<Float>) -> SIMD2<Float> {
      (SIMD2(point.x, point.y) - origin) * factor
    }
    let body = landmarks.body
    let thickness = max(Float(height) / 200, 2)
    for (a, b) in Self.bones where max(a, b) < body.count {
      let seen = min(body[a].visibility, body[b].visibility)
      line(
        from: place(body[a].position), to: place(body[b].position), width: thickness,
        color: Self.color(a, b), opacity: 0.25 + 0.75 * seen.limited(to: 0...1))
    }
    for (number, point) in body.enumerated() {
      disc(
        at: place(point.position), radius: thickness * 0.9, color: Self.color(number, number),
        opacity: 0.25 + 0.75 * point.visibility.limited(to: 0...1))
    }
    for (hand, color) in [(landmarks.leftHand, Self.left), (landmarks.rightHand, Self.right)] {
      guard let hand, hand.points.count == 21 else { continue }
      for finger in 0..<5 {
        let joints = [0] + (1...4).map { finger * 4 + $0 }
        for (a, b) in zip(joints, joints.dropFirst()) {
          line(
            from: place(hand.points[a]), to: place(hand.points[b]), width: thickness / 2,
            color: color)
        }
      }
    }
    for point in landmarks.face?.points ?? [] {
      disc(at: place(point), radius: thickness / 5, color: [120, 255, 120], opacity: 0.8)
    }
  }

  /// The person's.
  static let left: Color = [255, 150, 40]
  static let right: Color = [60, 170, 255]

  /// Odd numbers are the left side's from 7 on; the eyes are three each.
  private static func color(_ a: Int, _ b: Int) -> Color {
    func isLeft(_ number: Int) -> Bool { number < 7 ? 1...3 ~= number : number % 2 == 1 }
    if a == 0 || b == 0 || isLeft(a) != isLeft(b) { return [255, 255, 255] }
    return isLeft(a) ? left : right
  }

  private static let bones: [(Int, Int)] = [
    (11, 12), (23, 24), (11, 23), (12, 24), (11, 13), (13, 15), (12, 14), (14, 16), (23, 25),
    (25, 27), (24, 26), (26, 28), (27, 29), (29, 31), (27, 31), (28, 30), (30, 32), (28, 32),
    (15, 17), (15, 19), (17, 19), (16, 18), (16, 20), (18, 20), (7, 2), (2, 0), (8, 5), (5, 0),
    (9, 10),
  ]
}
