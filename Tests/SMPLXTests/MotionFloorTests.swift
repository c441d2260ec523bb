/// The floor under a motion, motions in place, and smoothed ones.
import Compute
import Foundation
import Testing

@testable import SMPLX

@Suite struct MotionFloorTests {
  /// A trajectory that sinks slowly, with a jump of half a second in it.
  @Test func slowDriftGoesAndJumpsStay() {
    func jump(_ time: Double) -> Double {
      let t = (time - 5) / 0.5
      return (0...1).contains(t) ? 4 * 0.4 * t * (1 - t) : 0
    }
    let track = FloorTrack(over: 0...10) { time in 0.3 - 0.05 * time + jump(time) }
    for time in stride(from: 1.5, through: 8.5, by: 0.25) {
      let floor = Double(track.height(at: time))
      #expect(abs(floor - (0.3 - 0.05 * time)) < 0.06, "\(time)")
    }
    // A floor that does not move is found exactly.
    let still = FloorTrack(over: 0...10) { time in 0.25 + jump(time) }
    for time in stride(from: 0.0, through: 10, by: 0.1) {
      #expect(abs(still.height(at: time) - 0.25) < 1e-6)
    }
    #expect(FloorTrack(over: 2...2) { _ in 0.7 }.height(at: 2) == 0.7)
  }

  @Test(arguments: [0, 1, 3, 50]) func extremesAreThoseOfTheWindow(reach: Int) {
    let values = (0..<40).map { Float(($0 * 37) % 23) }
    let found = FloorTrack.extremes(values, reach: reach, min)
    for index in values.indices {
      let window = values[max(0, index - reach)...min(39, index + reach)]
      #expect(found[index] == window.min())
    }
  }

  @Test func inPlaceNothingTravels() throws {
    let motion = TestMotion(
      frameCount: 31, frameRate: 30, rotation: { _, _ in .zero },
      translation: { frame in SIMD3(0.1 * Double(frame), 0.9 + 0.01 * Double(frame), 1) })
    var playback = Playback()
    playback.inPlace = true
    let shown = try ResampledMotion(motion, playback: playback, restPelvis: .zero)
    var pose = BodyPose()
    for index in [0, 10, 30] {
      try shown.pose(index, into: &pose)
      #expect(pose.translation.x == 0 && pose.translation.z == 1)
      #expect(abs(pose.translation.y - 0.9 - 0.01 * Float(index)) < 1e-5)
    }
    #expect(shown.description.contains("in place"))
  }

  /// Trembling by alternate signs goes, an even turn stays.
  @Test func smoothingTakesTremblingAway() throws {
    let motion = TestMotion(
      frameCount: 61, frameRate: 30,
      rotation: { frame, joint in
        joint == 4 ? SIMD3(0.02 * Double(frame) + (frame % 2 == 0 ? 0.1 : -0.1), 0, 0) : .zero
      },
      translation: { frame in SIMD3(0, 0.01 * Double(frame), frame % 2 == 0 ? 0.05 : -0.05) })
    let smooth = SmoothedMotion(motion, seconds: 0.3)
    #expect(smooth.frameCount == 61 && smooth.summary == motion.summary)
    for index in 20...40 {
      let pose = try smooth.pose(frame: index)
      #expect(abs(Double(pose.rotations[4].x) - 0.02 * Double(index)) < 1e-3)
      #expect(abs(pose.translation.z) < 1e-3)
      #expect(abs(Double(pose.translation.y) - 0.01 * Double(index)) < 1e-3)
    }
    #expect(try SmoothedMotion(motion, seconds: 1e-9).pose(frame: 7) == motion.pose(frame: 7))
  }

  /// Wide means are made of blocks, each summed up once: they are those of every neighbour, and their cost
  /// does not grow with the width.
  @Test func wideMeansAreThoseOfAllNeighbours() throws {
    let count = 900
    let motion = TestMotion(
      frameCount: count, frameRate: 60,
      rotation: { frame, joint in
        SIMD3(sin(0.011 * Double(frame) + Double(joint)), 0.2, frame % 2 == 0 ? 0.1 : -0.1)
      },
      translation: { frame in SIMD3(sin(0.02 * Double(frame)), 0.01 * Double(frame), 0) })
    for seconds in [0.5, 2, 8.0] {
      let smooth = SmoothedMotion(motion, seconds: seconds)
      let deviation = seconds * 60 / (2 * (2 * log(2)).squareRoot())
      for index in [0, 17, 450, count - 1] {
        var (sum, quaternion, total) = (SIMD3<Double>.zero, SIMD4<Double>.zero, 0.0)
        for distance in -Int(3 * deviation)...Int(3 * deviation) {
          let place = min(max(index + distance, 0), count - 1)
          let weight = exp(-0.5 * Double(distance * distance) / (deviation * deviation))
          sum += weight * motion.translation(place)
          quaternion += weight * UnitQuaternion(axisAngle: motion.rotation(place, 4)).vector
          total += weight
        }
        let pose = try smooth.pose(frame: index)
        let size = (quaternion * quaternion).sum().squareRoot()
        let q = quaternion / size
        let expected = UnitQuaternion(w: q.w, v: SIMD3(q.x, q.y, q.z)).axisAngle
        for axis in 0..<3 {
          #expect(abs(Double(pose.translation[axis]) - sum[axis] / total) < 4e-3, "\(seconds) s")
          #expect(abs(Double(pose.rotations[4][axis]) - expected[axis]) < 4e-3, "\(seconds) s")
        }
      }
    }
  }
}
