/// A small graph of each family of networks: compiled without the reference anywhere, equal to it, the same
/// with any number of threads, allocation-free.
import AllocationCounter
import Compute
import TestSupport
import Testing

@testable import NeuralRender

@Suite struct FamilyGraphTests {
  enum Family: CaseIterable, Sendable {
    case diffusion, style, codes, gates, sampler, landmarks, discriminator

    func graph() throws -> Graph {
      var g = Graph()
      switch self {
      case .diffusion: try Families.diffusion(&g)
      case .style: try Families.style(&g)
      case .codes: try Families.codes(&g)
      case .gates: try Families.gates(&g)
      case .sampler: try Families.sampler(&g)
      case .landmarks: try Families.landmarks(&g)
      case .discriminator: try Families.discriminator(&g)
      }
      return g
    }
  }

  @Test(arguments: Family.allCases) func everyStepHasAKernel(family: Family) throws {
    let graph = try family.graph()
    let plan = try Plan(
      graph, parameters: PlanTests.parameters(of: [graph], seed: 2), pool: WorkerPool(threads: 1))
    let slow = plan.steps.filter { $0.kernel == "reference" }.map(\.name)
    #expect(slow.isEmpty, "\(slow)")
  }

  @Test(arguments: Family.allCases) func equalsItsReference(family: Family) throws {
    let graph = try family.graph()
    let parameters = PlanTests.parameters(of: [graph], seed: 2)
    #expect(try PlanTests.difference(graph, parameters) < 2e-5)
  }

  @Test(arguments: Family.allCases) func threadsChangeNothing(family: Family) throws {
    let graph = try family.graph()
    let parameters = PlanTests.parameters(of: [graph], seed: 3)
    let inputs = PlanTests.inputs(of: graph, seed: 4)
    let results = try [1, 2, 5].map {
      try Plan(graph, parameters: parameters, pool: WorkerPool(threads: $0)).run(inputs)
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }

  @Test(.enabled(if: allocation_counter_works()), arguments: Family.allCases)
  func runsAllocateNothing(family: Family) throws {
    let graph = try family.graph()
    let plan = try Plan(
      graph, parameters: PlanTests.parameters(of: [graph], seed: 3), pool: WorkerPool(threads: 1))
    try plan.run()
    let before = allocation_count_of_thread()
    try plan.run()
    #expect(allocation_count_of_thread() == before)
  }
}

/// What the networks to come are made of.
enum Families {
  private static func weight(
    _ g: inout Graph, _ key: String, _ shape: [Int]
  ) throws -> Graph.Value {
    let fan = Float(max(shape.dropFirst().reduce(1, *), 1))
    return try g.affine(g.parameter(key, shape: shape), scale: 1 / fan.squareRoot())
  }

  private static func convolution(
    _ g: inout Graph, _ x: Graph.Value, _ key: String, _ outputs: Int, _ kernel: Int,
    stride: Int = 1, padding: Padding? = nil
  ) throws -> Graph.Value {
    try g.convolution(
      x, weight: weight(&g, "\(key).weight", [outputs, x.shape[1], kernel, kernel]),
      bias: g.parameter("\(key).bias", shape: [outputs]), stride: stride,
      padding: padding ?? Padding(kernel / 2))
  }

  private static func linear(
    _ g: inout Graph, _ x: Graph.Value, _ key: String, _ outputs: Int
  ) throws -> Graph.Value {
    try g.linear(
      x, weight: weight(&g, "\(key).weight", [outputs, x.shape[x.shape.count - 1]]),
      bias: g.parameter("\(key).bias", shape: [outputs]))
  }

  private static func groupNorm(
    _ g: inout Graph, _ x: Graph.Value, _ key: String, _ groups: Int
  ) throws -> Graph.Value {
    try g.groupNormalization(
      x, groups: groups,
      affine: (
        g.parameter("\(key).weight", shape: [x.shape[1]]),
        g.parameter("\(key).bias", shape: [x.shape[1]])
      ))
  }

  /// A residual block with the time as scale and shift, and attention over positions.
  static func diffusion(_ g: inout Graph) throws {
    let x = g.input("x", shape: [1, 32, 9, 8])
    let time = g.input("time", shape: [1, 12])
    let embedding = try linear(
      &g, g.elementwise(linear(&g, time, "time.0", 48), .silu), "time.1", 80)
    let added = try g.reshape(g.slice(embedding, [.init(0, 1), .init(0, 40)]), [1, 40, 1, 1])
    let shift = try g.reshape(g.slice(embedding, [.init(0, 1), .init(40, 80)]), [1, 40, 1, 1])
    var h = try g.elementwise(groupNorm(&g, x, "norm1", 8), .silu)
    h = try g.add(convolution(&g, h, "conv1", 40, 3), added)
    h = try g.add(
      g.multiply(groupNorm(&g, h, "norm2", 8), g.affine(added, scale: 1, offset: 1)), shift)
    h = try convolution(&g, g.elementwise(h, .silu), "conv2", 40, 3)
    h = try g.add(convolution(&g, x, "skip", 40, 1), h)
    let qkv = try convolution(&g, groupNorm(&g, h, "norm3", 4), "qkv", 120, 1)
    let tokens = try g.reshape(qkv, [1, 120, 72])
    let attended = try g.reshape(g.attention(tokens, heads: 5), [1, 40, 9, 8])
    g.output("y", try g.add(h, convolution(&g, attended, "proj", 40, 1)))
  }

  /// Two styled layers, one of them doubling, with noise, and the skip connection of colours.
  static func style(_ g: inout Graph) throws {
    let x = g.input("x", shape: [2, 24, 7, 6])
    let style = g.input("style", shape: [2, 20])
    let taps = g.constant(
      Tensor(shape: [4, 4]) { position in
        let line: [Float] = [1, 3, 3, 1]
        return line[position[0]] * line[position[1]] / 16
      })
    func layer(_ x: Graph.Value, _ name: String, up: Bool) throws -> Graph.Value {
      try g.module(name) { g in
        var y = try g.modulatedConvolution(
          x, weight: g.parameter("weight", shape: [32, x.shape[1], 3, 3]),
          styles: linear(&g, style, "modulation", x.shape[1]), resampling: up ? .up : .same)
        if up { y = try g.upFIRDown(y, kernel: taps, before: 1, after: 1) }
        let noise = try g.multiply(
          g.parameter("noise", shape: [1, 1, y.shape[2], y.shape[3]]),
          g.parameter("strength", shape: [1]))
        y = try g.add(
          g.add(y, noise), g.reshape(g.parameter("bias", shape: [32]), [1, 32, 1, 1]))
        return try g.leakyReLU(y, slope: 0.2, gain: 1.4)
      }
    }
    let first = try layer(x, "first", up: true)
    let second = try layer(first, "second", up: false)
    let colours = try g.modulatedConvolution(
      second, weight: g.parameter("colour.weight", shape: [3, 32, 1, 1]),
      styles: linear(&g, style, "colour.modulation", 32), demodulates: false)
    let low = g.input("low", shape: [2, 3, 7, 6])
    g.output(
      "colours", try g.add(colours, g.upFIRDown(low, kernel: taps, up: 2, before: 2, after: 1)))
  }

  /// Features to their nearest codes, and a level of a decoder.
  static func codes(_ g: inout Graph) throws {
    let x = g.input("x", shape: [1, 16, 6, 7])
    let codes = try g.parameter("codes", shape: [50, 16])
    let found = try g.codeLookup(g.codeSearch(x, codes: codes), codes: codes)
    var y = try convolution(&g, found, "in", 32, 3)
    y = try g.elementwise(groupNorm(&g, y, "norm", 8), .silu)
    y = try convolution(&g, g.doubledNearest(y), "up", 24, 3)
    g.output("y", try g.elementwise(convolution(&g, y, "out", 3, 3), .tanh))
  }

  /// A gated unit with instance norm, mirrored borders, and a doubling by transposed convolution.
  static func gates(_ g: inout Graph) throws {
    let x = g.input("x", shape: [1, 12, 10, 9])
    let border = Padding(2, .reflect)
    let features = try convolution(&g, x, "features", 20, 5, padding: border)
    let gate = try g.elementwise(convolution(&g, x, "gate", 20, 5, padding: border), .sigmoid)
    var y = try g.multiply(g.leakyReLU(g.instanceNormalization(features), slope: 0.2), gate)
    y = try g.transposedConvolution(
      y, weight: weight(&g, "up", [20, 14, 4, 4]), stride: 2, padding: 1)
    y = try g.elementwise(
      g.pad(y, Padding(left: 1, right: 2, top: 0, bottom: 1, mode: .replicate)),
      .gelu(approximate: true))
    g.output("y", try g.maximumPool(y, size: 3, stride: 2, padding: 1))
  }

  /// A flow that samples the image, blended by a mask.
  static func sampler(_ g: inout Graph) throws {
    let image = g.input("image", shape: [1, 5, 11, 9])
    let y = try convolution(&g, image, "body", 16, 3)
    let flow = try g.elementwise(convolution(&g, y, "flow", 2, 3), .tanh)
    let grid = try g.transpose(
      g.add(flow, g.parameter("grid", shape: [1, 2, 11, 9])), [0, 2, 3, 1])
    let sampled = try g.gridSample(image, grid: grid, alignsCorners: false)
    let mask = try g.elementwise(convolution(&g, y, "mask", 1, 3), .sigmoid)
    let mean = try g.reduce(image, .mean, axes: [2, 3])
    g.output("y", try g.add(g.blend(sampled, image, mask: mask), mean))
    g.output("large", try g.bilinearResize(sampled, height: 17, width: 20, alignsCorners: true))
  }

  /// Depthwise blocks with slopes by channel and channels that are padded in the skip.
  static func landmarks(_ g: inout Graph) throws {
    let x = g.input("x", shape: [1, 3, 16, 18])
    let uneven = Padding(left: 0, right: 1, top: 0, bottom: 1)
    var y = try convolution(&g, x, "stem", 16, 3, stride: 2, padding: uneven)
    y = try g.prelu(y, slope: g.parameter("stem.slope", shape: [16]))
    let deep = try g.convolution(
      y, weight: weight(&g, "depth.weight", [16, 1, 5, 5]),
      bias: g.parameter("depth.bias", shape: [16]), stride: 2, groups: 16,
      padding: Padding(left: 1, right: 2, top: 1, bottom: 2))
    let wide = try convolution(&g, deep, "wide", 24, 1)
    let skip = try g.concatenate([
      g.maximumPool(y, size: 2, stride: 2), g.parameter("zeros", shape: [1, 8, 4, 4]),
    ])
    y = try g.prelu(
      g.add(wide, g.slice(skip, [.init(0, 1), .init(0, 24), .init(0, 4), .init(0, 4)])),
      slope: g.parameter("slope", shape: [24]))
    y = try g.convolution(
      y, weight: weight(&g, "grouped", [12, 6, 3, 3]), groups: 4, padding: Padding(1))
    let rows = try g.reshape(g.transpose(y, [0, 2, 3, 1]), [1, y.shape[2] * y.shape[3], 12])
    g.output("scores", try g.softmax(rows, axis: 2))
    g.output("spaced", try g.depthToSpace(y, factor: 2))
    g.output("blocks", try g.depthToSpace(y, factor: 2, order: .blockFirst))
    g.output("mask", try inverted(&g, x))
  }

  /// Inverted residual blocks, a rectified sum, and few channels at the end.
  private static func inverted(_ g: inout Graph, _ x: Graph.Value) throws -> Graph.Value {
    func filtered(
      _ x: Graph.Value, _ key: String, stride: Int = 1, padding: Padding = Padding(2)
    ) throws -> Graph.Value {
      let channels = x.shape[1]
      let y = try g.convolution(
        x, weight: weight(&g, "\(key).weight", [channels, 1, 5, 5]),
        bias: g.parameter("\(key).bias", shape: [channels]), stride: stride, groups: channels,
        padding: padding)
      return try g.clamp(y, to: 0...6)
    }
    var y = try g.clamp(convolution(&g, x, "first", 24, 3, stride: 2), to: 0...6)
    y = try convolution(&g, filtered(y, "filter"), "narrow", 16, 1)
    let wide = try g.clamp(convolution(&g, y, "wide2", 72, 1), to: 0...6)
    y = try g.add(convolution(&g, filtered(wide, "filter2"), "narrow2", 16, 1), y)
    let more = try g.clamp(convolution(&g, y, "wide3", 48, 1), to: 0...6)
    let low = try filtered(
      more, "filter3", stride: 2, padding: Padding(left: 1, right: 2, top: 1, bottom: 2))
    let few = try g.clamp(convolution(&g, low, "few", 8, 1), to: 0...6)
    let raised = try g.bilinearResize(few, height: 8, width: 9)
    let mixed = try convolution(&g, filtered(raised, "filter4"), "mix", 8, 1)
    let sum = try g.clamp(g.add(raised, mixed), to: 0...6)
    return try convolution(&g, sum, "logits", 1, 3)
  }

  /// A residual block of a discriminator with blurs, the deviation of the batch, and the last layers.
  static func discriminator(_ g: inout Graph) throws {
    let x = g.input("x", shape: [4, 8, 9, 8])
    let taps = g.constant(Tensor(shape: [2, 2], [0.25, 0.25, 0.25, 0.25]))
    var y = try g.leakyReLU(convolution(&g, x, "conv1", 8, 3), slope: 0.2, gain: 1.4)
    y = try g.upFIRDown(y, kernel: taps, before: 1, after: 1)
    y = try g.leakyReLU(
      convolution(&g, y, "conv2", 16, 3, stride: 2, padding: Padding.none), slope: 0.2)
    let skip = try g.upFIRDown(x, kernel: taps, down: 2, before: 0, after: 0)
    let low = try convolution(&g, skip, "skip", 16, 1)
    let height = min(y.shape[2], low.shape[2])
    func cut(_ value: Graph.Value) throws -> Graph.Value {
      try g.slice(value, [.init(0, 4), .init(0, 16), .init(0, height), .init(0, 4)])
    }
    y = try g.affine(g.add(cut(y), cut(low)), scale: 0.7)
    y = try convolution(&g, g.appendingMinibatchDeviation(y), "last", 12, 3)
    let flat = try g.reshape(y, [4, 12 * height * 4])
    let hidden = try g.leakyReLU(linear(&g, flat, "linear1", 10), slope: 0.2)
    g.output("y", try linear(&g, hidden, "linear2", 1))
    g.output("alike", try g.matrixProduct(hidden, g.transpose(hidden, [1, 0])))
  }
}
