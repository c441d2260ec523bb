import Compute
import Foundation

/// How well a body agrees with a person's landmarks.
public struct FitQuality: Sendable, Equatable {
  public enum Part: String, Sendable, CaseIterable {
    case head, trunk, leftArm, rightArm, leftLeg, rightLeg, leftHand, rightHand, face
  }

  public struct PartQuality: Sendable, Equatable {
    public var part: Part
    /// Mean distance of the landmarks in the picture, share of the person's height.
    public var error: Double
    /// Mean visibility of the landmarks, or the confidence of a hand or face, 0 to 1.
    public var confidence: Double
  }

  /// How far a visible body landmark lies from the body's, shares of the person's height; x right, y down.
  public struct LandmarkError: Sendable, Equatable {
    public var landmark: Int
    public var difference: SIMD2<Double>
  }

  public var landmarks: [LandmarkError]
  /// Mean distance of visible body landmarks from the body's, share of the person's height.
  public var meanError: Double
  public var largestError: Double
  public var parts: [PartQuality]
  /// How far the line from ankles to shoulders leans away from the camera, degrees from upright as the
  /// fitted tilt of the camera has it; negative towards the camera.
  public var lean: Double
  /// The fitted tilt of the camera, degrees, positive downwards; 0 if the person was not to stand.
  public var cameraPitch: Double
  public var hasConverged: Bool
}

extension LandmarkFit {
  private static let parts: [(FitQuality.Part, [Int])] = [
    (.head, [0, 2, 5, 7, 8]), (.trunk, [11, 12, 23, 24]), (.leftArm, [13, 15]),
    (.rightArm, [14, 16]), (.leftLeg, [25, 27, 29, 31]), (.rightLeg, [26, 28, 30, 32]),
  ]

  package func quality() -> FitQuality {
    let positions = problem.state(parameters).positions
    func difference(_ point: Int, _ seen: SIMD3<Float>) -> SIMD2<Double> {
      (camera.project(positions[point]) - SIMD2(Double(seen.x), Double(seen.y))) / size
    }
    func error(_ point: Int, _ seen: SIMD3<Float>) -> Double {
      let difference = difference(point, seen)
      return (difference * difference).sum().squareRoot()
    }
    func mean(_ values: [Double]) -> Double {
      values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }
    func visibility(_ landmark: Int) -> Double { Double(landmarks.body[landmark].visibility) }
    func errors(_ list: [Int]) -> [Double] {
      list.compactMap { landmark in
        points.landmarks[landmark].map { error($0, landmarks.body[landmark].position) }
      }
    }
    let seen = LandmarkTable.entries.filter { $0.weight * visibility($0.landmark) > 0.15 }
    let all = errors(seen.map(\.landmark))
    let differences = seen.compactMap { entry in
      points.landmarks[entry.landmark].map {
        FitQuality.LandmarkError(
          landmark: entry.landmark,
          difference: difference($0, landmarks.body[entry.landmark].position))
      }
    }
    var parts = Self.parts.map { part, list in
      FitQuality.PartQuality(
        part: part, error: mean(errors(list)), confidence: mean(list.map(visibility)))
    }
    for (part, hand, numbers) in [
      (FitQuality.Part.leftHand, landmarks.leftHand, points.leftHand),
      (.rightHand, landmarks.rightHand, points.rightHand),
    ] {
      guard let hand, hand.points.count == numbers.count else { continue }
      parts.append(
        FitQuality.PartQuality(
          part: part, error: mean(zip(numbers, hand.points).map(error)),
          confidence: Double(hand.confidence)))
    }
    if let face = landmarks.face, face.points.count == 468, !points.face.isEmpty {
      let pairs = zip(points.face, LandmarkTable.face)
      parts.append(
        FitQuality.PartQuality(
          part: .face, error: mean(pairs.map { error($0, face.points[$1]) }),
          confidence: Double(face.confidence)))
    }
    return FitQuality(
      landmarks: differences, meanError: mean(all), largestError: all.max() ?? 0, parts: parts,
      lean: lean(positions),
      cameraPitch: parameters[model.layout.tilt.lowerBound] * 180 / .pi,
      hasConverged: hasConverged)
  }

  private func lean(_ positions: [SIMD3<Double>]) -> Double {
    let joints = points.joints
    let line =
      positions[joints[16]] + positions[joints[17]] - positions[joints[7]]
      - positions[joints[8]]
    let pitch = parameters[model.layout.tilt.lowerBound]
    return (atan2(line.z, -line.y) + pitch) * 180 / .pi
  }
}
