// Times DINAR's renderer on random weights at the released sizes: whole frames, frames of a standing
// figure of which only what differs from the empty frame is computed, the same with a margin of
// 8 pixels around the figure, and each layer.
//
//     renderer-benchmark [--size 512] [--threads 2] [--repeats 5] [--margin 8] [--budget-mb 32]
//                        [--bits 0] [--precision exact|fast]
//
// fast is calibrated on one frame of the figure, and prints what became of each layer.
//
// With `--bits 1` skipping leaves out what is equal bit for bit only, not what differs by rounding.
//
// Prints `name,metric,value` lines. GFLOP/s are of the operations as the network defines them, not of
// what the kernels save; `share` is the part of them that is computed.

import Compute
import Foundation
import NeuralRender

func run() throws {
  var options = [
    "--size": 512, "--threads": 2, "--repeats": 5, "--margin": 8, "--budget-mb": 32, "--bits": 0,
  ]
  var rest = CommandLine.arguments.dropFirst()
  var isFast = false
  while let name = rest.popFirst() {
    if name == "--precision", let value = rest.popFirst(), ["exact", "fast"].contains(value) {
      isFast = value == "fast"
      continue
    }
    let least = ["--size", "--threads", "--repeats"].contains(name) ? 1 : 0
    guard options[name] != nil, let value = rest.popFirst().flatMap({ Int($0) }), value >= least
    else {
      throw ProgramError(.usage, "unknown option or not a number that it takes", key: name)
    }
    options[name] = value
  }
  let size = options["--size", default: 512]
  let pool = WorkerPool(threads: options["--threads"])
  let renderer = DinarRenderer(.released)
  let graph = try renderer.frameGraph(
    height: size, width: size, texture: (256, 256), composition: nil)

  // Small values of both signs; variances of 1.
  var state: UInt32 = 1
  func random() -> Float {
    state = state &* 1_664_525 &+ 1_013_904_223
    return Float(Int32(bitPattern: state)) * 0x1p-31
  }
  var tensors: [String: Tensor] = [:]
  for (key, value) in graph.parameters {
    let isVariance = key.hasSuffix("running_var")
    tensors[key] = Tensor(shape: value.shape) { buffer in
      for index in 0..<buffer.count { buffer[index] = isVariance ? 1 : random() }
    }
  }
  let parameters = Parameters(tensors)
  tensors = [:]
  let figure = standingFigure(size: size)
  let repeats = options["--repeats", default: 5]

  /// Random values at the pixels of a figure, the empty frame's elsewhere.
  func write(_ figure: PixelSet, _ input: (String) -> FeatureMap?) {
    for (name, empty) in [("uv", Float(-10)), ("uv_mask", 0)] {
      guard let map = input(name) else { continue }
      for y in 0..<size {
        for x in 0..<size {
          for channel in 0..<map.channels {
            map.base[y * map.rowStride + x * map.pixelStride + channel] =
              name == "uv_mask" && figure[y, x] ? 1 : figure[y, x] ? random() : empty
          }
        }
      }
    }
    if let map = input("texture") {
      for index in 0..<map.height * map.rowStride { map.base[index] = random() }
    }
  }
  var precision = PlanPrecision.exact
  if isFast {
    let calibrating = ContinuousClock.now
    let calibrator = try QuantizationCalibrator(
      graph, parameters: parameters, pool: pool, pictures: QuantizationCalibrator.Picture.dinar)
    write(figure) { calibrator.input($0) }
    try calibrator.observe()
    let result = calibrator.finish()
    print("renderer,calibrate_s,\((ContinuousClock.now - calibrating) / .seconds(1))")
    print("renderer,psnr_db,\(result.decibels)")
    for line in result.summary.split(separator: "\n") { print("# \(line)") }
    precision = .fast(result.plan)
  }
  let start = ContinuousClock.now
  let plan = try Plan(graph, parameters: parameters, pool: pool, precision: precision)
  print("renderer,compile_s,\((ContinuousClock.now - start) / .seconds(1))")
  print("renderer,activations_mb,\(Double(plan.memoryBytes) / 1e6)")
  var near = PixelSet(height: size, width: size)
  near.formUnion(figure, grownBy: options["--margin", default: 8])
  print("figure,share,\(Double(figure.count) / Double(size * size))")
  write(PixelSet(height: size, width: size)) { plan.input($0) }
  try plan.run()
  let recording = ContinuousClock.now
  try plan.recordEmptyFrame(
    changing: ["uv", "uv_mask"],
    equality: options["--bits", default: 0] > 0 ? .bits : .rounding,
    budget: options["--budget-mb", default: 80] << 20)
  print("renderer,empty_frame_s,\((ContinuousClock.now - recording) / .seconds(1))")
  print("renderer,all_memory_mb,\(Double(plan.memoryBytes) / 1e6)")
  write(figure) { $0 == "texture" ? nil : plan.input($0) }

  // In turns, so that all meet the same state of the machine.
  let kinds: [(name: String, run: () throws -> Void, profile: () throws -> [PlanProfile])] = [
    ("frame", { try plan.run() }, { try plan.profile() }),
    ("skipping", { try plan.run(changed: figure) }, { try plan.profile(changed: figure) }),
    (
      "margin", { try plan.run(changed: figure, wanted: near) },
      { try plan.profile(changed: figure, wanted: near) }
    ),
  ]
  func colours() -> [Float] {
    plan.output("rgb").map { map in (0..<map.height * map.rowStride).map { map.base[$0] } } ?? []
  }
  try plan.run()
  let whole = colours()
  try plan.run(changed: figure)
  let squares = zip(whole, colours()).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
  print("renderer,skipping_against_frame_db,\(10 * log10(4 * Double(whole.count) / squares))")
  var times = kinds.map { _ in [Double]() }
  for _ in 0..<repeats {
    for (index, kind) in kinds.enumerated() {
      times[index].append(try ContinuousClock().measure(kind.run) / .seconds(1))
    }
  }
  for (index, kind) in kinds.enumerated() {
    let steps = try kind.profile()
    for step in steps {
      let label = "\(kind.name) \(step.name) [\(step.kernel)]"
      print("\(label),ms,\(step.seconds * 1e3)")
      print("\(label),share,\(step.share)")
      if step.operations > 0 && step.share > 0 {
        print(
          "\(label),gflops,\(Double(step.operations) * step.share / step.seconds / 1e9)")
      }
    }
    let computed = steps.reduce(0) { $0 + Double($1.operations) * $1.share }
    let all = steps.reduce(0) { $0 + Double($1.operations) }
    times[index].sort()
    print("renderer,\(kind.name)_share,\(computed / all)")
    print("renderer,\(kind.name)_s_median,\(times[index][repeats / 2])")
    print("renderer,\(kind.name)_s_min,\(times[index][0])")
  }
}

do {
  try run()
} catch let error as ProgramError {
  FileHandle.standardError.write(Data("error: \(error)\n".utf8))
  exit(error.code.rawValue)
}
