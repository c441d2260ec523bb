/// Frames computed in part against frames computed whole.
import Compute
import TestSupport
import Testing

@testable import NeuralRender

@Suite struct RegionTests {
  /// A region and what is wanted: nothing, everything, edges, corners, rectangles, scattered pixels.
  static func region(
    _ number: Int, _ height: Int, _ width: Int, _ random: inout SeededGenerator
  ) -> PixelSet {
    var set = PixelSet(height: height, width: width)
    func insert(_ rows: Range<Int>, _ columns: Range<Int>) {
      for y in rows { set.insert(row: y, columns: columns) }
    }
    switch number % 9 {
    case 0: break
    case 1: set.insertAll()
    case 2: insert(0..<1, 0..<width)
    case 3: insert(height - 1..<height, width / 2..<width)
    case 4: insert(0..<height, 0..<1)
    case 5: insert(height / 3..<height, width - 2..<width)
    case 6: set[Int.random(in: 0..<height, using: &random), width / 2] = true
    case 7:
      let (y, x) = (
        Int.random(in: 0..<height, using: &random), Int.random(in: 0..<width, using: &random)
      )
      insert(y..<min(height, y + height / 3), x..<min(width, x + width / 3))
    default: set = PixelSetTests.random(height, width, &random)
    }
    return set
  }

  static let empty: [Float] = [-0.3, 0.2, 0.7]

  /// Writes a frame that differs from the empty one in a region.
  static func write(
    _ plan: Plan, _ changed: PixelSet, names: [String], everywhere: [String],
    _ random: inout SeededGenerator
  ) throws {
    for name in names {
      let map = try #require(plan.input(name))
      for y in 0..<map.height {
        for x in 0..<map.width {
          for channel in 0..<map.channels {
            map.pixel(y, x)[channel] =
              changed[y, x]
              ? Float.random(in: -1.5...1.5, using: &random) : empty[channel % empty.count]
          }
        }
      }
    }
    for name in everywhere {
      let map = try #require(plan.input(name))
      for index in 0..<map.height * map.rowStride {
        map.base[index] = Float.random(in: -1...1, using: &random)
      }
    }
  }

  /// Runs a frame in part, everything but the inputs poisoned before, and compares it with the whole:
  /// bit for bit, or within a share of the greatest value.
  static func check(
    _ plan: Plan, _ whole: Plan, changed: PixelSet, wanted: PixelSet?, outputs: [String],
    tolerance: Float = 0, runsWhole: Bool = true, _ comment: String
  ) throws {
    var inputs: [String: [Float]] = [:]
    for name in plan.inputPlaces.keys {
      let (map, other) = (try #require(plan.input(name)), try #require(whole.input(name)))
      let values = UnsafeBufferPointer(start: map.base, count: map.height * map.rowStride)
      inputs[name] = Array(values)
      other.base.update(from: map.base, count: values.count)
    }
    plan.memory.block.pointer.update(repeating: .nan, count: plan.memory.block.count)
    for (name, values) in inputs {
      try #require(plan.input(name)).base.update(from: values, count: values.count)
    }
    try plan.run(changed: changed, wanted: wanted)
    if runsWhole { try whole.run() }
    for name in outputs {
      let (found, expected) = (try #require(plan.output(name)), try #require(whole.output(name)))
      let scale = (0..<expected.height * expected.rowStride - expected.pixelStride + 1)
        .reduce(Float(0)) { max($0, abs(expected.base[$1])) }
      var wrong = 0
      for y in 0..<found.height {
        for x in 0..<found.width {
          if let wanted, wanted.height == found.height, wanted.width == found.width,
            !wanted[y, x]
          {
            continue
          }
          for channel in 0..<found.channels {
            let (a, b) = (found.pixel(y, x)[channel], expected.pixel(y, x)[channel])
            let isRight =
              a.bitPattern == b.bitPattern || tolerance > 0 && abs(a - b) <= tolerance * scale
            if !isRight { wrong += 1 }
          }
        }
      }
      #expect(wrong == 0, "\(name) \(comment)")
    }
  }

  @Test(arguments: 0..<24) func randomNetworksAreRightWhereWanted(seed: Int) throws {
    let (height, width) = [(24, 32), (17, 23), (40, 66)][seed % 3]
    let network = try RegionGraph(
      height: height, width: width, layers: 4 + seed % 7, seed: UInt64(seed))
    let pool = WorkerPool(threads: [1, 2, 5][seed % 3])
    let plan = try Plan(network.graph, parameters: network.parameters, pool: pool)
    let whole = try Plan(network.graph, parameters: network.parameters, pool: pool)
    var random = SeededGenerator(state: UInt64(seed + 100))
    let none = PixelSet(height: height, width: width)
    for budget in [0, 40_000, 80 << 20] {
      try Self.write(
        plan, none, names: ["x"], everywhere: ["everywhere", "texture"], &random)
      try plan.recordEmptyFrame(changing: ["x"], everywhere: ["everywhere"], budget: budget)
      for number in 0..<14 {
        let changed = Self.region(number, height, width, &random)
        try Self.write(plan, changed, names: ["x"], everywhere: ["everywhere"], &random)
        let wanted =
          number % 3 == 0
          ? nil : Self.region(Int.random(in: 0..<9, using: &random), height, width, &random)
        try Self.check(
          plan, whole, changed: changed, wanted: wanted,
          outputs: network.graph.outputs.map(\.name), "frame \(number), budget \(budget)")
      }
    }
  }

  /// With differences by rounding left out: near the whole, and equal whatever is wanted.
  @Test(arguments: 0..<12) func roundingIsAllThatIsLeftOut(seed: Int) throws {
    let (height, width) = [(24, 32), (40, 66)][seed % 2]
    let network = try RegionGraph(
      height: height, width: width, layers: 4 + seed % 5, seed: UInt64(seed))
    let pool = WorkerPool(threads: [1, 2, 5][seed % 3])
    let plan = try Plan(network.graph, parameters: network.parameters, pool: pool)
    let part = try Plan(network.graph, parameters: network.parameters, pool: pool)
    let whole = try Plan(network.graph, parameters: network.parameters, pool: pool)
    var random = SeededGenerator(state: UInt64(seed + 100))
    let none = PixelSet(height: height, width: width)
    for each in [plan, part] {
      var same = SeededGenerator(state: 5)
      try Self.write(each, none, names: ["x"], everywhere: ["everywhere", "texture"], &same)
      try each.recordEmptyFrame(
        changing: ["x"], everywhere: ["everywhere"], equality: .rounding,
        budget: seed % 3 == 0 ? 40_000 : 80 << 20)
    }
    for number in 0..<9 {
      let changed = Self.region(number, height, width, &random)
      try Self.write(plan, changed, names: ["x"], everywhere: ["everywhere"], &random)
      let wanted = Self.region(
        Int.random(in: 1..<9, using: &random), height, width, &random)
      try Self.check(
        plan, whole, changed: changed, wanted: nil,
        outputs: network.graph.outputs.map(\.name), tolerance: 2e-5, "frame \(number)")
      for name in plan.inputPlaces.keys {
        let (map, other) = (try #require(plan.input(name)), try #require(part.input(name)))
        other.base.update(from: map.base, count: map.height * map.rowStride)
      }
      try Self.check(
        part, plan, changed: changed, wanted: wanted,
        outputs: network.graph.outputs.map(\.name), runsWhole: false, "frame \(number)")
    }
  }

  /// DINAR's renderer, wide enough for every kernel, with the empty frame that it has.
  @Test(arguments: [1, 2, 5]) func aRendererIsRightWhereWanted(threads: Int) throws {
    var sizes = PlanTests.small
    sizes.baseChannels = 32
    let (height, width) = (72, 56)
    let graph = try DinarRenderer(sizes).frameGraph(
      height: height, width: width, texture: (9, 7), composition: DinarComposition())
    let parameters = PlanTests.parameters(of: [graph], seed: 3)
    let pool = WorkerPool(threads: threads)
    let plan = try Plan(graph, parameters: parameters, pool: pool)
    let whole = try Plan(graph, parameters: parameters, pool: pool)
    var random = SeededGenerator(state: 8)
    let none = PixelSet(height: height, width: width)
    try Self.write(
      plan, none, names: ["uv", "uv_mask"], everywhere: ["background", "texture"], &random)
    try plan.recordEmptyFrame(changing: ["uv", "uv_mask"], everywhere: ["background"])
    for number in 0..<9 {
      let changed = Self.region(number, height, width, &random)
      try Self.write(
        plan, changed, names: ["uv", "uv_mask"], everywhere: ["background"], &random)
      var near = PixelSet(height: height, width: width)
      near.formUnion(changed, grownBy: 3)
      for wanted in [nil, near] {
        try Self.check(
          plan, whole, changed: changed, wanted: wanted, outputs: ["rgb", "segm"], "\(number)")
      }
    }
  }
}
