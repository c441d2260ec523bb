import Compute
import Synchronization

/// A graph compiled for this processor: fused steps in order, weights packed, one block of memory.
///
/// Made once for a graph, its parameters and its image size; a run allocates nothing. Values lie
/// channels last inside. A plan serves one run at a time: its memory is the run's. A second one that
/// begins meanwhile throws.
public final class Plan: @unchecked Sendable {
  // Sendable: `isRunning` lets one run at a time change anything.

  /// The graph's inputs and outputs by name.
  let inputPlaces: [String: Place]
  let outputPlaces: [String: Place]
  private let inputShapes: [String: [Int]]
  private let outputShapes: [String: [Int]]
  let steps: [any PlanStep]
  /// All units of each step.
  private let allUnits: [RowPieceList]
  let memory: PlanMemory
  private let scratch: PlanScratch
  let pool: WorkerPool
  /// Set by `recordEmptyFrame`.
  var regions: ActiveRegions?
  private let isRunning = Atomic<Bool>(false)

  /// Compiles a graph.
  ///
  /// - Throws: `ProgramError` when a parameter is missing, a value is empty, or there is not enough
  ///   memory.
  public convenience init(
    _ graph: Graph, parameters: Parameters, pool: WorkerPool, precision: PlanPrecision = .exact
  ) throws {
    switch precision {
    case .exact: try self.init(graph, parameters: parameters, pool: pool, compiling: .exact)
    case .sixteenBits:
      try self.init(graph, parameters: parameters, pool: pool, compiling: .sixteenBits)
    case .fast(let plan):
      try self.init(graph, parameters: parameters, pool: pool, compiling: .fast(plan))
    }
  }

  init(
    _ graph: Graph, parameters: Parameters, pool: WorkerPool,
    compiling precision: PlanCompiler.Precision
  ) throws {
    // Packing weights takes time and memory of its own: first whether the largest value has room.
    try MemoryBudget.require(
      MemoryBudget.product(graph.largestCount, 4), for: "the network's layers")
    var compiler = PlanCompiler(graph, parameters, pool, precision)
    try compiler.compile()
    steps = compiler.steps
    inputPlaces = compiler.inputPlaces
    outputPlaces = compiler.outputPlaces
    inputShapes = Dictionary(uniqueKeysWithValues: graph.inputs.map { ($0.name, $0.value.shape) })
    outputShapes = Dictionary(
      uniqueKeysWithValues: graph.outputs.map { ($0.name, $0.value.shape) })
    memory = try PlanMemory(compiler.buffers)
    scratch = try PlanScratch(
      workers: pool.threadCount, bytes: steps.map(\.scratchBytes).max() ?? 0,
      sharedFloats: steps.map(\.sharedFloats).max() ?? 0)
    self.pool = pool
    allUnits = steps.map { RowPieceList(height: $0.reach.height, width: $0.reach.width) }
    for step in steps { step.bind(memory, scratch: scratch) }
  }

  /// Bytes of activations and scratch, and of the empty frame if one was recorded.
  public var memoryBytes: Int {
    memory.byteCount + scratch.byteCount + (regions?.byteCount ?? 0)
  }

  /// Where an input is to be written before `run()`, and an output is found after it: one image of it, or for
  /// values of other than four axes all of it, as one row of pixels whose channels are the last axis.
  ///
  /// An input keeps its values from run to run.
  public func input(_ name: String, image: Int = 0) -> FeatureMap? {
    inputPlaces[name].map { memory.map($0, image: image) }
  }

  public func output(_ name: String, image: Int = 0) -> FeatureMap? {
    outputPlaces[name].map { memory.map($0, image: image) }
  }

  /// Computes the outputs from the inputs in place.
  ///
  /// - Throws: when another run of this plan is going on.
  public func run() throws {
    try exclusively { runSteps() }
  }

  /// The part of the plan that some of the outputs need.
  public func part(for outputs: [String]) -> PlanPart {
    var needed = Set(outputs.compactMap { outputPlaces[$0]?.buffer })
    var indices: [Int] = []
    for (index, step) in steps.enumerated().reversed() where needed.contains(step.output.buffer) {
      indices.append(index)
      needed.formUnion(step.inputs.map(\.buffer))
    }
    return PlanPart(steps: indices.reversed())
  }

  /// Computes some of the outputs from the inputs in place; the others are not to be read.
  ///
  /// - Throws: when another run of this plan is going on.
  public func run(_ part: PlanPart) throws {
    try exclusively { for index in part.steps { runWhole(index) } }
  }

  /// Does something that needs the plan's memory to itself.
  func exclusively<Result>(_ body: () throws -> Result) throws -> Result {
    let (isMine, _) = isRunning.compareExchange(
      expected: false, desired: true, ordering: .acquiring)
    guard isMine else {
      throw ProgramError(.software, "two runs of one plan at once", hint: "a plan for each thread")
    }
    defer { isRunning.store(false, ordering: .releasing) }
    return try body()
  }

  /// Computes all of all steps.
  func runSteps() {
    for index in steps.indices { runWhole(index) }
  }

  /// Computes all of a step.
  func runWhole(_ index: Int) { steps[index].run(allUnits[index].pieces, on: pool) }

  /// Computes the outputs of inputs in N x C x H x W.
  ///
  /// - Throws: when an input is missing or of another shape, or another run is going on.
  public func run(_ inputs: [String: Tensor]) throws -> [String: Tensor] {
    try exclusively { try runExclusively(inputs) }
  }

  private func runExclusively(_ inputs: [String: Tensor]) throws -> [String: Tensor] {
    for (name, shape) in inputShapes {
      guard let tensor = inputs[name], tensor.shape == shape else {
        throw ProgramError(
          .software, "an input of the network is missing or of another size", key: name,
          expected: "\(shape)", found: inputs[name].map { "\($0.shape)" })
      }
      guard let place = inputPlaces[name] else { continue }
      if shape.count == 4 {
        for image in 0..<shape[0] { memory.map(place, image: image).write(tensor, image: image) }
      } else {
        memory.map(place, image: 0).writeRows(tensor)
      }
    }
    runSteps()
    var results: [String: Tensor] = [:]
    for (name, shape) in outputShapes {
      guard let place = outputPlaces[name] else { continue }
      results[name] = Tensor(shape: shape) { buffer in
        if shape.count == 4 {
          for image in 0..<shape[0] {
            memory.map(place, image: image).read(into: buffer, image: image)
          }
        } else {
          memory.map(place, image: 0).readRows(into: buffer)
        }
      }
    }
    return results
  }

  /// Runs once more and measures each step.
  ///
  /// - Throws: when another run is going on.
  public func profile() throws -> [PlanProfile] {
    try exclusively { steps.indices.map { index in profile(index, share: 1) { runWhole(index) } } }
  }

  /// Measures some work of a step.
  func profile(_ index: Int, share: Double, _ work: () -> Void) -> PlanProfile {
    let time = ContinuousClock().measure(work) / .seconds(1)
    let step = steps[index]
    return PlanProfile(
      name: step.name, kernel: step.kernel, seconds: time, operations: step.operations,
      share: share)
  }
}

/// The steps of a plan that some of its outputs need.
public struct PlanPart: Sendable {
  let steps: [Int]
}

/// What a step of a plan took.
public struct PlanProfile: Sendable {
  public let name: String
  public let kernel: String
  public let seconds: Double
  /// Multiplications and additions of the operation as it is defined.
  public let operations: Int
  /// The share of it that was computed.
  public let share: Double
}
