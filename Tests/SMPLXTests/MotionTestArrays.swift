/// Motions made up in memory, for tests of layouts, errors and resampling.
import Compute
import Foundation
import TensorFiles

@testable import SMPLX

/// An entry of a motion, streamed in chunks of an awkward size.
struct TestEntry: NamedArrays {
  var arrays: [String: (shape: [Int], values: [Float])] = [:]
  var numbers: [String: Double] = [:]
  var texts: [String: String] = [:]

  var file: String? { nil }
  var names: [String] { Array(arrays.keys) + numbers.keys + texts.keys }
  func holdsArray(_ name: String) -> Bool { arrays[name] != nil }
  func singleNumber(_ name: String) throws -> Double? { numbers[name] }
  func singleText(_ name: String) throws -> String? { texts[name] }

  func header(_ name: String) throws -> ArrayHeader {
    ArrayHeader(scalarType: .float32, shape: arrays[name]?.shape ?? [])
  }

  func tensor(_ name: String) throws -> TensorData {
    try TensorData(shape: header(name).shape, floats: arrays[name]?.values ?? [])
  }

  func stream(
    _ name: String, group: Int, atOnce: Bool,
    _ body: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    try (arrays[name]?.values ?? []).withUnsafeBufferPointer { values in
      for start in stride(from: 0, to: values.count, by: 17) {
        try body(UnsafeBufferPointer(rebasing: values[start..<min(start + 17, values.count)]))
      }
    }
  }
}

/// Arrays of one or more entries; numbers and texts are those of the first.
struct TestArrays {
  var file = "test.npz"
  var listKey: String?
  /// Bytes of the file that the arrays are said to come from.
  var size: Int?
  var entries: [[String: (shape: [Int], values: [Float])]] = [[:]]
  var numbers: [String: Double] = [:]
  var texts: [String: String] = [:]

  var motion: MotionArrays {
    var all = entries.map { TestEntry(arrays: $0) }
    if !all.isEmpty { (all[0].numbers, all[0].texts) = (numbers, texts) }
    var arrays = MotionArrays(file: file, entries: all)
    (arrays.listKey, arrays.fileSize) = (listKey, size)
    return arrays
  }

  /// Adds an array to the first entry; the values are a smooth function of their place.
  mutating func add(_ key: String, _ shape: [Int], _ value: ((Int) -> Float)? = nil) {
    let count = shape.reduce(1, *)
    let values = (0..<count).map { i in value?(i) ?? 0.3 * sin(0.37 * Float(i) + Float(key.count)) }
    entries[0][key] = (shape, values)
  }

  func reader(
    _ options: MotionOptions = MotionOptions(), hands: MotionHandModel? = nil
  ) -> MotionReader {
    MotionReader(arrays: motion, options: options, hands: hands)
  }

  func load(
    _ options: MotionOptions = MotionOptions(), hands: MotionHandModel? = nil
  ) throws -> MotionClip {
    var context = MotionContext(options: options)
    context.hands = hands
    let read = try MotionFile.read(MotionInput(motion), context)
    guard let clip = read as? MotionClip else {
      throw ProgramError(.software, "the motion is no clip")
    }
    return clip
  }
}

/// A motion of which every frame is computed.
struct TestMotion: Motion {
  var frameCount: Int
  var frameRate: Double
  var expressionCount = 0
  var layout = MotionLayout.smplxParameters
  var upAxis: UpAxis?
  /// Rotation of a joint in a frame.
  var rotation: @Sendable (_ frame: Int, _ joint: Int) -> SIMD3<Double>
  var translation: @Sendable (_ frame: Int) -> SIMD3<Double> = { _ in .zero }

  var summary: MotionSummary {
    MotionSummary(
      layout: layout, frameCount: frameCount, frameRate: frameRate, frameRateKey: nil,
      hands: .rotations, upAxis: upAxis)
  }

  func read(frame index: Int, into frame: UnsafeMutablePointer<Float>) throws {
    for joint in 0..<BodyPose.jointCount {
      let r = rotation(index, joint)
      for axis in 0..<3 { frame[3 * joint + axis] = Float(r[axis]) }
    }
    let t = translation(index)
    for axis in 0..<3 { frame[MotionFrame.translation + axis] = Float(t[axis]) }
    for i in 0..<expressionCount { frame[MotionFrame.expression + i] = Float(index + i) }
  }
}

/// The error that `body` throws, or nil.
func programError(_ body: () throws -> Void) -> ProgramError? {
  do {
    try body()
    return nil
  } catch {
    return error as? ProgramError
  }
}
