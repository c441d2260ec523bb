/// What plans keep of an empty frame, what it saves, and what a frame in part costs.
import AllocationCounter
import Compute
import TestSupport
import Testing

@testable import NeuralRender

@Suite struct EmptyFrameTests {
  /// A small region costs little, an empty one nothing but the composition.
  @Test func onlyWhatIsNeededIsComputed() throws {
    let graph = try DinarRenderer(PlanTests.small).frameGraph(
      height: 256, width: 256, texture: (9, 7), composition: DinarComposition())
    let plan = try Plan(
      graph, parameters: PlanTests.parameters(of: [graph], seed: 3), pool: WorkerPool(threads: 1))
    var random = SeededGenerator(state: 8)
    var changed = PixelSet(height: 256, width: 256)
    try RegionTests.write(
      plan, changed, names: ["uv", "uv_mask"], everywhere: ["background", "texture"], &random)
    try plan.recordEmptyFrame(changing: ["uv", "uv_mask"], everywhere: ["background"])
    func share(_ wanted: PixelSet?) throws -> Double {
      let steps = try plan.profile(changed: changed, wanted: wanted)
      return steps.map { $0.share * Double($0.operations) }.reduce(0, +)
        / steps.map { Double($0.operations) }.reduce(0, +)
    }
    #expect(try share(nil) == 0)
    changed[128, 128] = true
    #expect(try share(nil) > 0)
    #expect(try share(nil) < 0.2)
    #expect(try share(changed) < (try share(nil)))
    #expect(try share(PixelSet(height: 256, width: 256)) == 0)
  }

  /// Whole rows of a constant image are kept once.
  @Test func repeatedPixelsAreKeptOnce() {
    let values = AlignedBuffer<Float>(count: 40 * 60 * 8)
    let map = FeatureMap(values.pointer, height: 40, width: 60, channels: 5, pixelStride: 8)
    for y in 0..<40 {
      for x in 0..<60 {
        for channel in 0..<8 {
          map.pixel(y, x)[channel] =
            channel > 4
            ? .random(in: 0...1) : Float(min(y, 7) * 100 + min(x % 4, 60 - x) * 10 + channel)
        }
      }
    }
    let pool = WorkerPool(threads: 2)
    let kept = EmptyActivation(of: map, on: pool)
    #expect(kept.byteCount < 8 * 7 * 5 * 4 + 100 * 8 + 1)
    let copy = AlignedBuffer<Float>(count: 40 * 60 * 8, filledWith: -1)
    let target = FeatureMap(copy.pointer, height: 40, width: 60, channels: 5, pixelStride: 8)
    func isRight() -> Bool {
      for y in 0..<40 {
        kept.write(y, 3..<60, to: target)
        for x in 0..<60 {
          for channel in 0..<8 {
            let expected = x >= 3 && channel < 5 ? map.pixel(y, x)[channel] : -1
            if target.pixel(y, x)[channel] != expected { return false }
          }
        }
      }
      return true
    }
    #expect(isRight())
    map.pixel(20, 30)[4] = .nan
    #expect(EmptyActivation(of: map, on: pool).byteCount > kept.byteCount)
    _ = consume copy
    _ = consume values
  }

  @Test(.enabled(if: allocation_counter_works())) func framesAllocateNothing() throws {
    let network = try RegionGraph(height: 40, width: 66, layers: 0, seed: 1)
    let dinar = try DinarRenderer(PlanTests.small).frameGraph(
      height: 40, width: 64, texture: (9, 7), composition: DinarComposition())
    let cases: [(Graph, Parameters, [String], [String])] = [
      (network.graph, network.parameters, ["x"], ["everywhere"]),
      (dinar, PlanTests.parameters(of: [dinar], seed: 3), ["uv", "uv_mask"], ["background"]),
    ]
    for (graph, parameters, changing, everywhere) in cases {
      let plan = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: 1))
      try plan.recordEmptyFrame(changing: changing, everywhere: everywhere)
      let width = try #require(plan.input(changing[0])).width
      var changed = PixelSet(height: 40, width: width)
      var wanted = PixelSet(height: 40, width: width)
      try plan.run(changed: changed)
      let before = allocation_count_of_thread()
      for row in [3, 20, 39] {
        changed.insert(row: row, columns: 5..<width)
        wanted.formUnion(changed, grownBy: 8)
        try plan.run(changed: changed)
        try plan.run(changed: changed, wanted: wanted)
        wanted.removeAll()
      }
      #expect(allocation_count_of_thread() == before)
    }
  }

  @Test func wrongNamesAndSizesAreErrors() throws {
    let network = try RegionGraph(height: 12, width: 10, layers: 1, seed: 1)
    let plan = try Plan(
      network.graph, parameters: network.parameters, pool: WorkerPool(threads: 1))
    #expect {
      try plan.recordEmptyFrame(changing: ["y"])
    } throws: { "\($0)" == "[y] the network has no such input (expected everywhere, texture, x)" }
    #expect {
      try plan.recordEmptyFrame(changing: ["x", "texture"])
    } throws: {
      "\($0)".hasPrefix("[texture]") && "\($0)".hasSuffix("(expected 10 x 12, found 6 x 5)")
    }
    #expect(throws: ProgramError.self) { try plan.recordEmptyFrame(changing: []) }
  }

  /// Several images at once are computed whole.
  @Test func batchesAreComputedWhole() throws {
    let graph = try DinarRenderer(PlanTests.small).frameGraph(
      batch: 2, height: 16, width: 16, texture: nil, composition: DinarComposition())
    let parameters = PlanTests.parameters(of: [graph], seed: 3)
    let inputs = PlanTests.inputs(of: graph, seed: 2)
    let plan = try Plan(graph, parameters: parameters, pool: WorkerPool(threads: 1))
    let expected = try plan.run(inputs)
    try plan.recordEmptyFrame(changing: ["uv", "uv_mask", "sampled"])
    try plan.run(changed: PixelSet(height: 16, width: 16))
    for (name, tensor) in expected {
      for image in 0..<2 {
        let map = try #require(plan.output(name, image: image))
        let found = Tensor(shape: tensor.shape) { map.read(into: $0, image: image) }
        let count = tensor.count / 2
        #expect(
          found.elements[image * count..<(image + 1) * count]
            == tensor.elements[image * count..<(image + 1) * count])
      }
    }
  }
}
