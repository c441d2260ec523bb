/// Angles that follow rotations: they give the rotation back and do not jump.
import Compute
import Foundation
import TestSupport
import Testing

@testable import SMPLX

@Suite struct EulerAnglesTests {
  static func rotation(_ angles: EulerAngles) -> RotationMatrix {
    RotationMatrix.identity.turned(axis: 2, degrees: angles.z * 180 / .pi)
      .turned(axis: 0, degrees: angles.x * 180 / .pi)
      .turned(axis: 1, degrees: angles.y * 180 / .pi)
  }

  /// As files have it: axis-angle in floats.
  static func rounded(_ rotation: RotationMatrix) -> RotationMatrix {
    RotationMatrix(axisAngle: SIMD3<Double>(SIMD3<Float>(rotation.axisAngle)))
  }

  @Test func anyRotationComesBack() {
    var random = SeededGenerator(state: 5)
    var angles = EulerAngles()
    for _ in 0..<2000 {
      let r = RotationMatrix(
        axisAngle: SIMD3(
          .random(in: -3...3, using: &random), .random(in: -3...3, using: &random),
          .random(in: -3...3, using: &random)))
      angles.follow(r)
      #expect(degreesBetween(r, Self.rotation(angles)) < 0.005)
    }
  }

  /// Through the lock (x = 90 and -90 degrees), standing in it, and with the noise of floats around it:
  /// no angle moves more than the rotation does, but for the turn that nobody sees.
  @Test(arguments: [90.0, -90], [0.0, 1e-7, 1e-5, 1e-4, 1e-3, 1e-2])
  func lockDoesNotJitter(_ lock: Double, _ distance: Double) {
    var random = SeededGenerator(state: 9)
    var angles = EulerAngles()
    angles.follow(.identity)
    var last = SIMD3(angles.z, angles.x, angles.y)
    for k in 0...180 {
      // Up to the lock, then waiting there while the wrist turns slowly.
      let x = min(Double(k), 90) * (lock < 0 ? -1 : 1) * (1 - distance)
      let twist = k > 90 ? Double(k - 90) * 0.5 : 0
      let noise = SIMD3<Double>.random(in: -1e-7...1e-7, using: &random)
      let r = Self.rounded(
        RotationMatrix.identity.turned(axis: 0, degrees: x).turned(axis: 1, degrees: twist)
          * RotationMatrix(axisAngle: noise))
      angles.follow(r)
      #expect(degreesBetween(r, Self.rotation(angles)) < 0.005)
      let now = SIMD3(angles.z, angles.x, angles.y)
      #expect((now - last).length * 180 / .pi < 3, "frame \(k)")
      last = now
    }
  }

  @Test func turnsAreCounted() {
    var angles = EulerAngles()
    for k in 0...720 { angles.follow(RotationMatrix.identity.turned(axis: 1, degrees: Double(k))) }
    #expect(abs(angles.y * 180 / .pi - 720) < 1e-6 && abs(angles.z) < 1e-9)
    for k in 0...400 {
      angles.follow(RotationMatrix.identity.turned(axis: 0, degrees: Double(k)))
      #expect(abs(angles.x * 180 / .pi - Double(k)) < 1e-6)
    }
  }
}
