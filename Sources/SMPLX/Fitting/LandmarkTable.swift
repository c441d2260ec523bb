/// Which point of the body each landmark stands for.
package enum LandmarkTable {
  /// Body landmarks.
  package static let count = 33

  package enum Place: Sendable, Equatable {
    /// A joint.
    case joint(Int)
    /// A number in the model's list of vertex joints.
    case vertexJoint(Int)
  }

  package struct Entry: Sendable {
    package var landmark: Int
    package var place: Place
    /// How far its position is trusted, 0 to 1.
    package var weight: Double
  }

  package static let entries: [Entry] = {
    func pair(_ left: Int, _ a: Place, _ b: Place, _ weight: Double) -> [Entry] {
      [
        Entry(landmark: left, place: a, weight: weight),
        Entry(landmark: twin(left), place: b, weight: weight),
      ]
    }
    return [Entry(landmark: 0, place: .vertexJoint(0), weight: 1)]
      + pair(2, .joint(23), .joint(24), 0.5)
      + pair(7, .vertexJoint(4), .vertexJoint(3), 0.5)
      + pair(11, .joint(16), .joint(17), 1)
      + pair(13, .joint(18), .joint(19), 1)
      + pair(15, .joint(20), .joint(21), 1)
      + pair(17, .joint(31), .joint(46), 0.3)
      + pair(19, .joint(25), .joint(40), 0.3)
      + pair(21, .joint(38), .joint(53), 0.3)
      + pair(23, .joint(1), .joint(2), 0.6)
      + pair(25, .joint(4), .joint(5), 1)
      + pair(27, .joint(7), .joint(8), 1)
      + pair(29, .vertexJoint(7), .vertexJoint(10), 0.7)
      + pair(31, .vertexJoint(5), .vertexJoint(8), 0.7)
  }()

  /// The landmark of the other side.
  package static func twin(_ landmark: Int) -> Int {
    switch landmark {
    case 0: 0
    case 1...3: landmark + 3
    case 4...6: landmark - 3
    default: landmark % 2 == 1 ? landmark + 1 : landmark - 1
    }
  }

  /// The 21 landmarks of a hand: joints, and the vertex joints of the finger tips.
  static func hand(isLeft: Bool) -> [Place] {
    let first = isLeft ? 25 : 40
    let tip = isLeft ? 11 : 16
    // Joint order: index, middle, little, ring, thumb; landmark order: thumb, index, middle, ring, little.
    var places: [Place] = [.joint(isLeft ? 20 : 21)]
    for (finger, tipNumber) in [(12, 0), (0, 1), (3, 2), (9, 3), (6, 4)] {
      places += (0..<3).map { .joint(first + finger + $0) }
      places.append(.vertexJoint(tip + tipNumber))
    }
    return places
  }

  /// Bones of a hand whose directions are used.
  static let handBones: [(Int, Int)] =
    [(0, 5), (0, 9), (0, 17), (1, 2), (2, 3), (3, 4)]
    + [5, 9, 13, 17].flatMap { knuckle in (0..<3).map { (knuckle + $0, knuckle + $0 + 1) } }

  /// Points of the face mesh that are the model's 51 static landmarks.
  package static let face = [
    71, 63, 105, 66, 107, 336, 296, 334, 293, 301, 168, 197, 5, 4, 75, 97, 2, 326, 305, 33, 160,
    158, 133, 153, 144, 362, 385, 387, 263, 373, 380, 61, 39, 37, 0, 267, 269, 291, 405, 314, 17,
    84, 181, 78, 82, 13, 312, 308, 317, 14, 87,
  ]
}
