import Compute
import Foundation
import Media
import NeuralRender
import TensorFiles
import TestSupport
import Testing

@testable import Evaluation

struct PerceptualTests {
  /// Random weights of a narrow trunk and its linear layers.
  static func weights(_ kind: PerceptualTrunk.Kind, seed: UInt64 = 1) -> [String: Tensor] {
    let (places, sides, taps): ([Int], [Int], [Int]) =
      kind == .alexNet
      ? ([0, 3, 6, 8, 10], [11, 5, 3, 3, 3], [0, 1, 2, 3, 4])
      : (
        [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28], [Int](repeating: 3, count: 13),
        [1, 3, 6, 9, 12]
      )
    var random = PhiloxRandom(seed: seed, use: "test weights")
    func tensor(_ shape: [Int], _ scale: Float, least: Float = -1) -> Tensor {
      let count = shape.reduce(1, *)
      return Tensor(
        shape: shape,
        (0..<count).map { _ in
          scale * (least + (1 - least) * Float(random.next() >> 40) * 0x1p-24)
        })
    }
    var weights: [String: Tensor] = [:]
    var channels = 3
    for (index, (place, side)) in zip(places, sides).enumerated() {
      let next = 4 + (index * 5) % 7
      weights["features.\(place).weight"] = tensor(
        [next, channels, side, side], 2 / Float(channels * side * side).squareRoot())
      weights["features.\(place).bias"] = tensor([next], 0.1)
      if let tap = taps.firstIndex(of: index) {
        weights["lin\(tap).model.1.weight"] = tensor([1, next, 1, 1], 1, least: 0)
      }
      channels = next
    }
    return weights
  }

  private static func image(_ height: Int, _ width: Int, seed: UInt64) -> Tensor {
    let random = PhiloxRandom(seed: seed, use: "test image")
    let count = 3 * height * width
    return Tensor(
      shape: [1, 3, height, width], (0..<count).map { random.uniform(at: UInt64($0)) })
  }

  @Test(arguments: PerceptualTrunk.Kind.allCases) func planAndReferenceAgree(
    _ kind: PerceptualTrunk.Kind
  ) throws {
    let weights = Self.weights(kind)
    let distance = try PerceptualDistance(backbone: weights, linear: weights)
    #expect(distance.trunk.kind == kind)
    for (height, width) in [(37, 70), (64, 33)] {
      let graph = try distance.graph(height: height, width: width)
      let inputs = [
        "a": Self.image(height, width, seed: 1), "b": Self.image(height, width, seed: 2),
      ]
      let expected = try ReferenceExecutor(graph, parameters: distance.parameters).run(inputs)
      let found = try Plan(
        graph, parameters: distance.parameters, pool: WorkerPool(threads: 2)
      ).run(inputs)
      for (name, value) in expected {
        #expect(value[0] > 0)
        #expect(abs(try #require(found[name])[0] - value[0]) < 2e-6, "\(name)")
      }
    }
  }

  /// Sides from which on every tap has a pixel.
  @Test func leastSides() throws {
    for (kind, side) in [(PerceptualTrunk.Kind.alexNet, 31), (.vgg, 16)] {
      let weights = Self.weights(kind)
      let distance = try PerceptualDistance(backbone: weights, linear: weights)
      #expect((1...64).first { distance.trunk.accepts(side: $0) } == side)
      _ = try distance.graph(height: side, width: side)
      #expect(throws: ProgramError.self) {
        _ = try distance.graph(height: side - 1, width: side)
      }
    }
  }

  @Test func pairs() throws {
    let weights = Self.weights(.alexNet)
    let pool = WorkerPool(threads: 2)
    func network(_ range: PerceptualDistance.InputRange) throws -> PerceptualNetwork {
      PerceptualNetwork(
        try PerceptualDistance(backbone: weights, linear: weights), range: range, pool: pool)
    }
    let (a, b) = (ComparedPicture(try noise(40, 50)), ComparedPicture(try noise(40, 50, seed: 2)))
    let signed = try network(.signed)
    let names = signed.metrics.map(\.name)
    #expect(names == ["lpips-alex"] + (0..<5).map { "lpips-alex-\($0)" })
    let values = try signed.values(a, b, mask: nil)
    let total = try #require(values[signed.metrics[0]])
    let layers = signed.metrics.dropFirst().compactMap { values[$0] }
    #expect(layers.count == 5 && abs(layers.reduce(0, +) - total) < 1e-12 && total > 0)
    #expect(try signed.values(a, a, mask: nil)[signed.metrics[0]] == 0)
    #expect(try network(.unsigned).values(a, b, mask: nil)[signed.metrics[0]] != total)
    // Where both are black nothing differs.
    let mask = try PictureMask(changed(flat(40, 50, [0])) { $0 == 0 ? 255 : Int($1) })
    #expect(try #require(signed.values(a, b, mask: mask)[signed.metrics[0]]) < total)
    let tiny = ComparedPicture(try noise(30, 50))
    #expect(try signed.values(tiny, tiny, mask: nil).isEmpty)
  }

  @Test func files() throws {
    let folder = try Folder()
    func write(_ name: String, _ tensors: [String: Tensor]) throws -> String {
      let sorted = tensors.keys.sorted().compactMap { key in
        tensors[key].map { (key, ArraySource($0)) }
      }
      try SafetensorsFile.write(sorted, to: folder.path(name))
      return folder.path(name)
    }
    let (alex, vgg) = (Self.weights(.alexNet), Self.weights(.vgg))
    func part(_ weights: [String: Tensor], _ prefix: String) -> [String: Tensor] {
      weights.filter { $0.key.hasPrefix(prefix) }
    }
    let backbone = try write("backbone", part(alex, "features"))
    let linear = try write("linear", part(alex, "lin"))
    let both = try write("both", vgg)
    #expect(
      try PerceptualFiles.networks([linear, both, backbone]).map(\.trunk.kind) == [.vgg, .alexNet])
    #expect(try PerceptualFiles.networks([]).isEmpty)
    for (files, what) in [
      ([backbone], "without its linear layers"), ([linear], "without their backbone"),
      ([try write("other", ["x": Tensor(1)])], "does not hold a backbone"),
    ] {
      let error = #expect(throws: ProgramError.self) { try PerceptualFiles.networks(files) }
      #expect(error?.what.contains(what) == true && error?.file != nil, "\(what)")
    }
    // The network's own state dictionary calls the layers otherwise.
    var renamed = part(alex, "lin")
    for (key, value) in part(alex, "features") {
      renamed["net.slice1." + key.dropFirst("features.".count)] = value
    }
    #expect(try PerceptualFiles.networks([write("whole", renamed)]).count == 1)
    var broken = alex
    broken["features.3.weight"] = Tensor(shape: [4, 9, 5, 5])
    let error = #expect(throws: ProgramError.self) {
      try PerceptualFiles.networks([write("broken", broken)])
    }
    #expect(error?.key == "features.3.weight")
    broken = alex
    broken["features.0.bias"] = Tensor(shape: [4], [0, .nan, 0, 0])
    #expect(throws: ProgramError.self) { try PerceptualFiles.networks([write("nan", broken)]) }
  }
}
