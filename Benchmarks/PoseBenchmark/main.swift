// Times the posing of a free body: milliseconds a frame, vertices, joints and landmarks included.
//
//     pose-benchmark --batch 64 --threads 1 [--repeats 40] [--body FILE] [--motion FILE]
//
// Prints `name,metric,value` lines, as `Benchmarks/README.md` says. The same frames, betas and
// outputs as `peers/smplx_lbs.py`.

import Compute
import Foundation
import SMPLX
import TensorFiles

/// Command line options: `--name value`, nothing else.
struct Options {
  var batch = 1
  var threads = 1
  var repeats = 40
  var body = "assets/body/SMPLX_NEUTRAL.npz"
  var motion = "assets/motions/wave.npz"

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      guard let value = rest.popFirst() else {
        throw ProgramError(.usage, "\(name) needs a value")
      }
      switch name {
      case "--batch": batch = try Self.count(value, name)
      case "--threads": threads = try Self.count(value, name)
      case "--repeats": repeats = try Self.count(value, name)
      case "--body": body = value
      case "--motion": motion = value
      default: throw ProgramError(.usage, "unknown option \(name)")
      }
    }
  }

  private static func count(_ text: String, _ name: String) throws -> Int {
    guard let value = Int(text), value > 0 else {
      throw ProgramError(.usage, "\(name) needs a positive number", found: text)
    }
    return value
  }
}

/// Consecutive frames of a motion with 165 numbers a frame, repeated where it is too short.
func poses(path: String, count: Int) throws -> [BodyPose] {
  let file = try NPZFile(path: path)
  let (angles, positions) = (try file.tensor("poses"), try file.tensor("trans"))
  let width = 3 * BodyPose.jointCount
  guard angles.shape.count == 2, angles.shape[0] > 0, angles.shape[1] == width,
    positions.shape == [angles.shape[0], 3]
  else {
    throw ProgramError(
      .dataError, "not a motion for this benchmark", file: path, key: "poses",
      expected: "frames x \(width)", found: "\(angles.shape)")
  }
  let (angle, position) = (try angles.floats(), try positions.floats())
  func vector(_ values: [Float], _ start: Int) -> SIMD3<Float> {
    SIMD3(values[start], values[start + 1], values[start + 2])
  }
  return (0..<count).map { index in
    let frame = index % angles.shape[0]
    return BodyPose(
      rotations: (0..<BodyPose.jointCount).map { vector(angle, frame * width + 3 * $0) },
      translation: vector(position, 3 * frame))
  }
}

func milliseconds(_ work: () throws -> Void) rethrows -> Double {
  let duration = try ContinuousClock().measure(work)
  let (seconds, attoseconds) = duration.components
  return Double(seconds) * 1e3 + Double(attoseconds) * 1e-15
}

func run() throws {
  let options = try Options(Array(CommandLine.arguments.dropFirst()))
  let name = "pose-b\(options.batch)-t\(options.threads)"
  func line(_ metric: String, _ value: Any) { print("\(name),\(metric),\(value)") }

  var loaded: BodyModel?
  let loading = try milliseconds { loaded = try BodyModel.load(path: options.body) }
  guard let model = loaded else { return }
  let body = try ShapedBody(
    model: model, betas: [Float](repeating: 0.5, count: min(10, model.shapeCount)))
  let poser = BodyPoser(
    body: body, pool: WorkerPool(threads: options.threads), batch: options.batch)
  let frames = try poses(path: options.motion, count: options.batch)
  var joints = [SIMD3<Float>](repeating: .zero, count: model.jointTotal(contour: true))

  func once() throws {
    try poser.pose(frames)
    joints.withUnsafeMutableBufferPointer { joints in
      for frame in 0..<options.batch { poser.writeJoints(frame, to: joints) }
    }
  }
  for _ in 0..<3 { try once() }
  let times = try (0..<options.repeats).map { _ in
    try milliseconds(once) / Double(options.batch)
  }.sorted()
  line("pose_ms_median", times[times.count / 2])
  line("pose_ms_min", times[0])
  line("load_ms", loading)
  line("vertices", model.vertexCount)
  // The mean magnitude of the coordinates, to be compared with the peer's.
  var sum = 0.0
  for frame in 0..<options.batch {
    let vertices = poser.vertices(frame)
    for vertex in 0..<vertices.count {
      let position = SIMD3(vertices.x[vertex], vertices.y[vertex], vertices.z[vertex])
      sum += Double(abs(position.x)) + Double(abs(position.y)) + Double(abs(position.z))
    }
  }
  line("checksum", sum / Double(3 * model.vertexCount * options.batch))
}

do {
  try run()
} catch let error as ProgramError {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(error.code.rawValue)
}
