/// Plans in bytes against exact ones.
import AllocationCounter
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import NeuralRender

@Suite struct QuantizationTests {
  /// A network, its parameters and frames to calibrate on.
  struct Subject {
    var graph: Graph
    var parameters: Parameters
    var frames: [[String: Tensor]]
  }

  /// Twice the channels of `PlanTests.small`: enough for bytes to gain.
  static let sizes = DinarRendererSizes(
    textureChannels: 5, uvChannels: 3, maskChannels: 2, baseChannels: 16, downsamplings: 2,
    blocks: 2, borderSize: 5, trunkChannels: 16, rgbHeadConvolutions: 1, segmHeadConvolutions: 2)

  static func small(batch: Int = 1) throws -> Subject {
    let graph = try DinarRenderer(sizes).frameGraph(
      batch: batch, height: 40, width: 48, texture: (9, 7), composition: nil)
    return Subject(
      graph: graph, parameters: PlanTests.parameters(of: [graph], seed: 4),
      frames: [6, 7].map { PlanTests.inputs(of: graph, seed: $0) })
  }

  /// The recorded frames of DINAR's modules.
  static func recorded() throws -> [Subject] {
    let weights = try DinarRendererParityTests.weights()
    let renderer = DinarRenderer(try DinarRendererSizes(of: weights))
    return try Fixtures.files(in: "dinar", prefix: "renderer_case", suffix: ".npz").map { path in
      let file = try NPZFile(path: path)
      let (uv, texture) = (try Tensor(file.tensor("uv")), try Tensor(file.tensor("ntexture")))
      let first = try renderer.textureGraph(
        batch: texture.shape[0], height: texture.shape[2], width: texture.shape[3])
      let graph = try renderer.frameGraph(
        batch: uv.shape[0], height: uv.shape[2], width: uv.shape[3],
        texture: (texture.shape[2], texture.shape[3]), composition: nil)
      let parameters = try Parameters(
        of: first, graph, from: weights, prefix: DinarRenderer.checkpointPrefix)
      let prepared = try Plan(first, parameters: parameters, pool: WorkerPool(threads: 1))
        .run(["texture": texture])
      var inputs = ["uv": uv, "uv_mask": try Tensor(file.tensor("uv_mask"))]
      inputs["texture"] = prepared["texture"]
      return Subject(graph: graph, parameters: parameters, frames: [inputs])
    }
  }

  static func calibrate(_ subject: Subject, budget: Double) throws -> QuantizationResult {
    let calibrator = try QuantizationCalibrator(
      subject.graph, parameters: subject.parameters, pool: WorkerPool(threads: 2),
      pictures: QuantizationCalibrator.Picture.dinar)
    for frame in subject.frames {
      for (name, tensor) in frame {
        for image in 0..<tensor.shape[0] {
          calibrator.input(name, image: image)?.write(tensor, image: image)
        }
      }
      try calibrator.observe()
    }
    return calibrator.finish(budget: budget)
  }

  static func plan(_ subject: Subject, _ result: QuantizationResult, threads: Int = 2) throws
    -> Plan
  {
    try Plan(
      subject.graph, parameters: subject.parameters, pool: WorkerPool(threads: threads),
      precision: .fast(result.plan))
  }

  /// The lower PSNR of colours inside the mask and opacity everywhere, over all frames.
  static func psnr(_ subject: Subject, _ plan: Plan) throws -> Double {
    let exact = try Plan(
      subject.graph, parameters: subject.parameters, pool: WorkerPool(threads: 2))
    var (colours, opacities) = ((sum: 0.0, count: 0), (sum: 0.0, count: 0))
    for frame in subject.frames {
      let (one, other) = (try exact.run(frame), try plan.run(frame))
      let (a, b) = (try #require(one["rgb"]), try #require(other["rgb"]))
      let mask = try #require(frame["uv_mask"])
      let pixels = a.shape[2] * a.shape[3]
      for index in 0..<a.count
      where mask[index / (3 * pixels) * pixels + index % pixels] > 0 {
        colours.sum += pow(Double(a[index]) - Double(b[index]), 2)
        colours.count += 1
      }
      let (s, t) = (try #require(one["segm"]), try #require(other["segm"]))
      for index in 0..<s.count { opacities.sum += pow(Double(s[index]) - Double(t[index]), 2) }
      opacities.count += s.count
    }
    return min(
      10 * log10(4 * Double(colours.count) / colours.sum),
      10 * log10(Double(opacities.count) / opacities.sum))
  }

  /// What the calibration promises is what the plan does, and the recorded frames keep the budget.
  @Test(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
  func recordedFramesKeepTheirBudget() throws {
    var layers = 0
    for subject in try Self.recorded() {
      let result = try Self.calibrate(subject, budget: 40)
      #expect(result.decibels >= 40)
      layers += result.plan.layers.count
      let found = try Self.psnr(subject, Self.plan(subject, result))
      // Without a layer in bytes nothing differs, and both are infinite.
      #expect(
        found == result.decibels || abs(found - result.decibels) < 1e-3, "\(result.summary)")
    }
    #expect(layers > 0)
  }

  @Test(arguments: [1, 2]) func reportsAgreeWithPlans(batch: Int) throws {
    let subject = try Self.small(batch: batch)
    let result = try Self.calibrate(subject, budget: 0)
    let plan = try Self.plan(subject, result)
    #expect(abs(try Self.psnr(subject, plan) - result.decibels) < 1e-3)
    let profile = try plan.profile()
    for layer in result.layers {
      let step = try #require(profile.first { $0.name == layer.name })
      #expect(step.kernel == layer.kernel)
      #expect((layer.reason == nil) == (result.plan.layers[layer.name] != nil))
      #expect((layer.reason == nil) == layer.kernel.hasSuffix("int8"))
    }
    // Layers with a few channels stay as they are, and say so.
    let uv = try #require(result.layers.first { $0.name.hasPrefix("uv_preproc.0") })
    #expect(uv.reason != nil && uv.decibels == nil)
  }

  /// Rounding inputs and weights to 8 bits leaves each layer 30 dB and more of its signal.
  @Test func layersAreAccurate() throws {
    for layer in try Self.calibrate(Self.small(), budget: 0).layers where layer.reason == nil {
      #expect(try #require(layer.decibels) > 30, "\(layer.name)")
    }
  }

  /// A budget above what bytes reach brings layers back to float32 until it holds.
  @Test func budgetsHold() throws {
    let subject = try Self.small()
    let all = try Self.calibrate(subject, budget: 0)
    let some = try Self.calibrate(subject, budget: all.decibels + 6)
    #expect(some.decibels >= all.decibels + 6)
    #expect(some.plan.layers.count < all.plan.layers.count)
    #expect(!some.plan.layers.isEmpty)
    #expect(abs(try Self.psnr(subject, Self.plan(subject, some)) - some.decibels) < 1e-3)
    let none = try Self.calibrate(subject, budget: 250)
    #expect(none.plan.layers.isEmpty)
    let exact = try Plan(
      subject.graph, parameters: subject.parameters, pool: WorkerPool(threads: 1))
    let same = try Self.plan(subject, none).run(subject.frames[0])
    #expect(try exact.run(subject.frames[0]) == same)
  }

  @Test func threadsChangeNothing() throws {
    let subject = try Self.small()
    let result = try Self.calibrate(subject, budget: 0)
    let results = try [1, 2, 5].map {
      try Self.plan(subject, result, threads: $0).run(subject.frames[0])
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }

  /// Frames computed in part have the bits of whole ones where they are wanted.
  @Test(arguments: [1, 2, 5]) func regionsChangeNothing(threads: Int) throws {
    let subject = try Self.small()
    let result = try Self.calibrate(subject, budget: 0)
    let (plan, whole) = (
      try Self.plan(subject, result, threads: threads),
      try Self.plan(subject, result, threads: threads)
    )
    let (height, width) = (40, 48)
    var random = SeededGenerator(state: 9)
    let none = PixelSet(height: height, width: width)
    let inputs = ["uv", "uv_mask"]
    try RegionTests.write(plan, none, names: inputs, everywhere: ["texture"], &random)
    try plan.recordEmptyFrame(changing: inputs)
    for number in 0..<14 {
      let changed = RegionTests.region(number, height, width, &random)
      try RegionTests.write(plan, changed, names: inputs, everywhere: [], &random)
      let wanted =
        number % 3 == 0
        ? nil : RegionTests.region(Int.random(in: 0..<9, using: &random), height, width, &random)
      try RegionTests.check(
        plan, whole, changed: changed, wanted: wanted, outputs: ["rgb", "segm"],
        "frame \(number)")
    }
  }

  @Test func resultsCanBeStored() throws {
    let result = try Self.calibrate(Self.small(), budget: 0)
    let data = try JSONEncoder().encode(result)
    #expect(try JSONDecoder().decode(QuantizationResult.self, from: data) == result)
  }

  @Test func anotherNetworksPlanIsRefused() throws {
    let subject = try Self.small()
    let result = try Self.calibrate(subject, budget: 0)
    let damages: [(inout [ChannelQuantization]) -> Void] = [
      { $0[0].scale.append(1) }, { $0[0].zero.removeLast() }, { $0.removeLast() },
      { $0.append($0[0]) }, { $0[0].scale[1] = .nan }, { $0[0].scale[0] = 0 },
      { $0[0].scale[0] = -1 }, { $0[0].scale[2] = .infinity }, { $0[0].scale[0] = 1e-42 },
    ]
    for name in result.plan.layers.keys {
      for damage in damages {
        var damaged = result
        var inputs = try #require(result.plan.layers[name]).inputs
        damage(&inputs)
        damaged.plan.layers[name]?.inputs = inputs
        #expect(throws: ProgramError.self) { try Self.plan(subject, damaged) }
      }
    }
    #expect(throws: ProgramError.self) {
      try QuantizationCalibrator(
        subject.graph, parameters: subject.parameters, pool: WorkerPool(threads: 1),
        pictures: [.init(output: "colours", peak: 1)])
    }
  }

  @Test(.enabled(if: allocation_counter_works())) func runsAllocateNothing() throws {
    let subject = try Self.small()
    let plan = try Self.plan(subject, Self.calibrate(subject, budget: 0), threads: 1)
    try plan.run()
    let before = allocation_count_of_thread()
    try plan.run()
    #expect(allocation_count_of_thread() == before)
  }

  /// Every observed value lies within half a step of a byte.
  @Test func rangesAreCovered() {
    var random = SeededGenerator(state: 12)
    let (height, width, channels) = (19, 7, 21)
    let memory = AlignedBuffer<Float>(count: height * width * channels)
    for index in 0..<memory.count {
      memory[index] =
        Float.random(in: -1...3, using: &random) * Float(1 + index % channels)
    }
    let map = FeatureMap(memory.pointer, height: height, width: width, channels: channels)
    var statistics = ValueStatistics(channels: channels)
    statistics.add(map, pool: WorkerPool(threads: 2))
    for channel in 0..<channels {
      let values = (0..<height * width).map { memory[$0 * channels + channel] }
      #expect(statistics.lowest[channel] == min(values.min() ?? 0, 0))
      #expect(statistics.highest[channel] == max(values.max() ?? 0, 0))
      let power = values.reduce(0) { $0 + Double($1 * $1) } / Double(values.count)
      #expect(abs(statistics.power(channel) - power) <= 1e-5 * power)
    }
    for evenness: Float in [0, 0.5, 1] {
      let quantization = statistics.quantization(evenness: evenness)
      for index in 0..<memory.count {
        let channel = index % channels
        let byte = quantization.byte(memory[index], channel: channel)
        let error = abs(quantization.value(byte, channel: channel) - memory[index])
        // The zero is a whole byte: the range's ends may be cut by half a step more.
        #expect(error <= quantization.scale[channel] * 1.001)
      }
    }
    _ = consume memory
  }
}
