/// Numbers and shapes that no trained network has.
import Compute
import Synchronization
import TensorFiles
import Testing

@testable import NeuralRender

@Suite struct HostileNumberTests {
  private static func graph() throws -> Graph {
    try DinarRenderer(QuantizationTests.sizes).frameGraph(
      height: 40, width: 48, texture: (9, 7), composition: nil)
  }

  /// A source of the parameters under a prefix, with one number changed.
  private static func source(
    _ key: String, _ index: Int, _ value: Float
  ) throws -> [String: Tensor] {
    let parameters = PlanTests.parameters(of: [try graph()], seed: 4)
    var tensors: [String: Tensor] = [:]
    for key in parameters.keys { tensors["net." + key] = parameters[key] }
    tensors["net." + key]?.withUnsafeMutableBuffer { $0[index] = value }
    return tensors
  }

  @Test(arguments: [
    ("model.start.1.weight", 77, Float.nan, "[net.model.start.1.weight] a weight of the network"),
    ("rgb_head.1.bias", 3, .infinity, "[net.rgb_head.1.bias]"),
    ("rgb_head.0.running_mean", 0, -.infinity, "-inf at [0]"),
    ("rgb_head.0.running_var", 2, -0.25, "numbers of at least 0.0, found -0.25 at [2]"),
    ("model.resblocks.1.conv_block.6.running_var", 1, -1e-30, "running_var"),
  ])
  func weightsAreCheckedWhereTheyEnter(
    key: String, index: Int, value: Float, says: String
  ) throws {
    let source = try Self.source(key, index, value)
    let graph = try Self.graph()
    #expect {
      _ = try Parameters(of: graph, from: source, prefix: "net.")
    } throws: {
      ($0 as? ProgramError)?.code == .dataError && "\($0)".contains(says)
    }
    // Negative numbers are wrong for variances only, and a variance of 0 is one.
    _ = try Parameters(
      of: graph, from: Self.source("rgb_head.0.running_mean", 2, -0.25), prefix: "net.")
    _ = try Parameters(
      of: graph, from: Self.source("rgb_head.0.running_var", 2, 0), prefix: "net.")
  }

  /// Weights that are finite and overflow in every layer.
  private static func overflowing(_ scale: Float) throws -> Parameters {
    let graph = try graph()
    var tensors: [String: Tensor] = [:]
    let parameters = PlanTests.parameters(of: [graph], seed: 4)
    for key in parameters.keys {
      tensors[key] = parameters[key]
      guard key.hasSuffix("weight"), key.contains("model.") else { continue }
      tensors[key]?.withUnsafeMutableBuffer { buffer in
        for index in buffer.indices { buffer[index] *= scale }
      }
    }
    return Parameters(tensors)
  }

  /// A picture of such a network is defined, and its calibration says what is wrong.
  @Test(arguments: [Float(1e38), 3e38, 1e20]) func overflowIsDefined(scale: Float) throws {
    let graph = try Self.graph()
    let parameters = try Self.overflowing(scale)
    let inputs = PlanTests.inputs(of: graph, seed: 6)
    let plan = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: 2))
    let results = try plan.run(inputs)
    let colours = try #require(results["rgb"]).elements
    #expect(colours.contains { !$0.isFinite })
    for value in colours {
      let byte = DinarComposition.byte(value, opacity: 1, background: 0)
      #expect(!value.isNaN || byte == 0)
    }
    let composition = DinarComposition(threshold: 0.5)
    for value in try #require(results["segm"]).elements {
      #expect((0...1).contains(composition.opacity(segm: value, uvMask: 0)))
    }
    let calibrator = try QuantizationCalibrator(
      graph, parameters: parameters, pool: WorkerPool(threads: 2),
      pictures: QuantizationCalibrator.Picture.dinar)
    for (name, tensor) in inputs { calibrator.input(name)?.write(tensor, image: 0) }
    #expect {
      try calibrator.observe()
    } throws: {
      "\($0)".contains("the network's output is not finite")
        && ($0 as? ProgramError)?.code == .dataError
    }
  }

  /// Where a layer overflows and the picture does not show it, the layers that read it stay in float32.
  @Test func layersWithoutARangeStayInFloats() throws {
    var statistics = ValueStatistics(channels: 2)
    #expect(statistics.isFinite)
    statistics.highest[1] = .infinity
    #expect(!statistics.isFinite)
    // The choice of scales is total all the same.
    #expect(statistics.quantization(evenness: 0.5).zero.count == 2)
    statistics.highest[1] = 3e38
    statistics.lowest[1] = -3e38
    #expect(!statistics.isFinite)
    #expect(statistics.quantization(evenness: 1).scale.count == 2)
  }

  /// Any scale that is a normal number, whatever the weights: bytes, never a trap.
  @Test(arguments: [Float.leastNormalMagnitude, 1e-30, 1, 1e30, .greatestFiniteMagnitude])
  func weightsBecomeBytes(scale: Float) {
    let weights: [Float] = [
      0, 1, -1, 3e38, -3e38, 1e-38, .leastNonzeroMagnitude, 1e20, -1e-20, .infinity, .nan,
      -.infinity,
    ]
    for first in weights {
      let kernel = weights.map { $0 == 0 ? first : $0 }
      let packed = QuantizedWeights(
        kernel, outputs: 3, inputs: [ChannelQuantization(scale: [scale, scale], zero: [255, 3])],
        taps: 2, isTapwise: false, scale: nil, bias: nil)
      #expect(packed.blocks > 0)
    }
  }

  @Test func nothingIsOpaqueThatIsNoNumber() {
    for adds in [true, false] {
      for threshold: Float in [0, 0.5] {
        for isExponential in [true, false] {
          let composition = DinarComposition(
            addsUVMask: adds, threshold: threshold, isExponential: isExponential)
          #expect(composition.opacity(segm: .nan, uvMask: 0) == 0)
        }
      }
    }
    for value: Float in [.nan, -.infinity, -3e38] {
      #expect(DinarComposition.byte(value, opacity: 1, background: 0) == 0)
    }
    for value: Float in [.infinity, 3e38] {
      #expect(DinarComposition.byte(value, opacity: 1, background: 0) == 255)
    }
    #expect(DinarComposition.byte(.infinity, opacity: 0, background: 0) == 0)
  }

  /// Points that are not numbers, or far away, read inside the image or nothing.
  @Test func samplingAnywhereStaysInside() throws {
    let points: [Float] = [
      .nan, .infinity, -.infinity, 3e38, -3e38, 1e9, -1e9, 1, -1, 0, .leastNonzeroMagnitude, 7,
    ]
    for outside in [GridSample.Outside.zeros, .border] {
      for aligns in [true, false] {
        var graph = Graph()
        let image = graph.input("image", shape: [1, 3, 4, 5])
        let grid = graph.input("grid", shape: [1, 2, points.count, points.count])
        graph.output(
          "out",
          try graph.gridSample(
            image, grid: graph.transpose(grid, [0, 2, 3, 1]), outside: outside,
            alignsCorners: aligns))
        let places = Tensor(shape: [1, 2, points.count, points.count]) { position in
          points[position[position[1] == 0 ? 3 : 2]]
        }
        let plan = try Plan(graph, parameters: Parameters(), pool: WorkerPool(threads: 1))
        let result = try plan.run([
          "image": Tensor(shape: [1, 3, 4, 5], repeating: 2), "grid": places,
        ])
        let found = try #require(result["out"]).elements
        #expect(found.allSatisfy { (0...2).contains($0) })
      }
    }
  }

  // MARK: shapes

  private struct Shapes: NamedArrays {
    var shapes: [String: [Int]]
    var names: [String] { Array(shapes.keys) }
    var file: String? { "absurd.ckpt" }
    func header(_ name: String) throws -> ArrayHeader {
      ArrayHeader(scalarType: .float32, shape: shapes[name] ?? [])
    }
    func tensor(_ name: String) throws -> TensorData {
      throw ProgramError(.software, "a weight was read before its shape was refused", key: name)
    }
  }

  private static func shapes(_ sizes: DinarRendererSizes) throws -> Shapes {
    let side = 2 << sizes.downsamplings
    let renderer = DinarRenderer(sizes)
    let graphs = [
      try renderer.textureGraph(height: side, width: side),
      try renderer.frameGraph(
        height: side, width: side, texture: (side, side), composition: nil),
    ]
    return Shapes(
      shapes: Dictionary(
        graphs.flatMap(\.parameters).map {
          (DinarRenderer.checkpointPrefix + $0.key, $0.value.shape)
        }, uniquingKeysWith: { a, _ in a }))
  }

  /// A network of one channel is a network; one of none, or of more than fits anywhere, is refused by its
  /// shapes alone.
  @Test func absurdSizesAreRefusedBeforeAnythingIsRead() throws {
    let one = DinarRendererSizes(
      textureChannels: 1, uvChannels: 1, maskChannels: 1, baseChannels: 1, downsamplings: 1,
      blocks: 1, borderSize: 1, trunkChannels: 1, rgbHeadConvolutions: 0, segmHeadConvolutions: 0)
    #expect(try DinarRendererSizes(of: Self.shapes(one)) == one)
    let graph = try DinarRenderer(one).frameGraph(
      height: 8, width: 12, texture: (1, 1), composition: nil)
    #expect(try PlanTests.difference(graph, PlanTests.parameters(of: [graph], seed: 1)) < 1e-3)

    let prefix = DinarRenderer.checkpointPrefix
    let damages: [(String, [Int], String)] = [
      ("model.start.1.weight", [0, 3, 1, 1], "not filters"),
      ("ntex_preproc.0.weight", [65536, 1, 3, 3], "not filters"),
      ("model.start.1.weight", [65535, 3, 1, 1], "too many channels"),
      ("model.start.1.weight", [-1, 3, 1, 1], "not filters"),
      ("model.final.1.weight", [Int.max, 3, 1, 1], "not filters"),
      ("model.final.1.weight", [], "not filters"),
    ]
    for (key, shape, says) in damages {
      var source = try Self.shapes(one)
      source.shapes[prefix + key] = shape
      #expect {
        _ = try DinarRendererSizes(of: source)
      } throws: {
        "\($0)".contains(says) && "\($0)".contains(key) && "\($0)".contains("absurd.ckpt")
          && ($0 as? ProgramError)?.code == .dataError
      }
    }
    // Wide, and consistent: 32768 channels in 200 blocks of the smallest layer.
    var wide = one
    wide.baseChannels = 1 << 14
    wide.blocks = 200
    let source = try Self.shapes(wide)
    let renderer = DinarRenderer(try DinarRendererSizes(of: source))
    #expect {
      _ = try Parameters(
        of: renderer.textureGraph(height: 4, width: 4),
        renderer.frameGraph(height: 4, width: 4, texture: (4, 4), composition: nil), from: source,
        prefix: prefix)
    } throws: {
      ($0 as? ProgramError)?.code == .osError && "\($0)".contains("the network's weights")
    }
  }

  @Test func valuesHavePossibleSizes() throws {
    var graph = Graph()
    let x = graph.input("x", shape: [1, 3, 1 << 20, 1 << 20])
    #expect(throws: ProgramError.self) { _ = try graph.add(x, x) }
    #expect(throws: ProgramError.self) { _ = try graph.parameter("w", shape: [1 << 30, 1 << 30]) }
    #expect(throws: ProgramError.self) { _ = try graph.parameter("w", shape: [-1]) }
    let small = graph.input("small", shape: [1, 4])
    #expect(throws: ProgramError.self) { _ = try graph.reshape(small, [1 << 62, 4]) }
    #expect(throws: ProgramError.self) { _ = try graph.repeated(small, [Int.max, Int.max]) }
    #expect(try graph.reshape(small, [2, 2, 1]).shape == [2, 2, 1])
    // Nothing to compute.
    for shape in [[1, 0, 4, 4], [1, 3, 0, 4], [0, 3, 4, 4]] {
      var empty = Graph()
      let x = empty.input("x", shape: shape)
      empty.output("y", try empty.relu(x))
      #expect {
        _ = try Plan(empty, parameters: Parameters(), pool: WorkerPool(threads: 1))
      } throws: { "\($0)".contains("empty or too large") }
    }
  }

  @Test func layersLargerThanMemoryAreRefusedWithTheirSize() throws {
    var graph = Graph()
    let x = graph.input("x", shape: [1, 256, 1 << 14, 1 << 14])
    graph.output("y", try graph.relu(x))
    #expect {
      _ = try Plan(graph, parameters: Parameters(), pool: WorkerPool(threads: 1))
    } throws: {
      ($0 as? ProgramError)?.code == .osError
        && "\($0)".contains(
          "there is not enough memory for the network's layers (expected 274.8 GB")
    }
  }

  // MARK: two runs at once

  /// An operation that runs its own plan while the plan is running.
  private struct Reentering: Operation {
    final class Subject: @unchecked Sendable {
      // Sendable: one thread computes.
      weak var plan: Plan?
      var errors: [any Error] = []
      var runs = 0
    }
    let subject: Subject
    var name: String { "reentering" }

    func outputShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] { inputs[0] }

    func reference(_ inputs: [Tensor]) -> Tensor {
      subject.runs += 1
      let set = PixelSet(height: 2, width: 2)
      for attempt in [
        { try $0.run() }, { try $0.run(changed: set) }, { _ = try $0.run(["x": inputs[0]]) },
        { _ = try $0.profile() }, { _ = try $0.profile(changed: set) },
        { try $0.recordEmptyFrame(changing: ["x"]) },
      ] as [(Plan) throws -> Void] {
        do {
          if let plan = subject.plan { try attempt(plan) }
        } catch {
          subject.errors.append(error)
        }
      }
      return inputs[0]
    }
  }

  @Test func aSecondRunOfAPlanIsRefused() throws {
    let subject = Reentering.Subject()
    var graph = Graph()
    let x = graph.input("x", shape: [1, 1, 2, 2])
    graph.output("y", try graph.apply(Reentering(subject: subject), to: [x]))
    let plan = try Plan(graph, parameters: Parameters(), pool: WorkerPool(threads: 1))
    subject.plan = plan
    let input = Tensor(shape: [1, 1, 2, 2], [1, 2, 3, 4])
    #expect(try plan.run(["x": input])["y"] == input)
    #expect(subject.runs == 1 && subject.errors.count == 6)
    #expect(subject.errors.allSatisfy { "\($0)".contains("two runs of one plan at once") })
    // Afterwards it is free again, also after a run that failed.
    #expect(throws: ProgramError.self) { try plan.run([:]) }
    #expect(try plan.run(["x": input])["y"] == input)
    #expect(subject.runs == 2)
  }
}
