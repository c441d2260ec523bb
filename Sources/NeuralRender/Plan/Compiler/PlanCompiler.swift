import Compute

/// Turns a graph into steps, node by node in the order of computation: what a node's operation plans is
/// appended, what an earlier step has taken along is passed over.
///
/// Beside it: what the graph says (`GraphAnalysis`), where values lie (`PlanCompiler+Values`), what becomes
/// part of the step before it (`FusionPattern`), what is known beforehand (`PlanCompiler+Constants`), what
/// is computed in bytes (`PlanCompiler+Bytes`).
struct PlanCompiler {
  /// What the steps of convolutions are.
  enum Precision {
    case exact
    case sixteenBits
    case calibrating
    case fast(QuantizationPlan)
  }

  let graph: Graph
  let parameters: Parameters
  /// Shares out the packing of weights.
  let pool: WorkerPool
  let analysis: GraphAnalysis
  private(set) var steps: [any PlanStep] = []
  private(set) var inputPlaces: [String: Place] = [:]
  private(set) var outputPlaces: [String: Place] = [:]
  var values = ValuePlaces()
  /// What is known of nodes that depend on parameters only.
  var constants: [Int: Tensor] = [:]
  private let names: [String]
  /// Nodes that another node's step computes.
  private var absorbed: Set<Int> = []
  /// Convolutions that are computed in bytes, by name.
  let quantized: [String: LayerQuantization]
  /// Convolutions are to be calibrated.
  private(set) var isCalibrating = false
  /// Weights become numbers of 16 bits.
  let usesSixteenBits: Bool
  /// How values are wanted as bytes, and where they lie so.
  var byteRequests: [Int: [ChannelQuantization]] = [:]
  var bytePlaces: [Int: [BytePlace]] = [:]

  init(
    _ graph: Graph, _ parameters: Parameters, _ pool: WorkerPool, _ precision: Precision
  ) {
    if case .sixteenBits = precision { usesSixteenBits = true } else { usesSixteenBits = false }
    switch precision {
    case .exact, .sixteenBits: quantized = [:]
    case .calibrating: (quantized, isCalibrating) = ([:], true)
    case .fast(let plan): quantized = plan.layers
    }
    self.pool = pool
    self.graph = graph
    self.parameters = parameters
    analysis = GraphAnalysis(graph)
    names = graph.stepNames
  }

  /// Memory of the values, with the steps in which it is used.
  var buffers: [ArenaBuffer] {
    values.buffers(
      usedBy: steps, inputs: Array(inputPlaces.values), outputs: Array(outputPlaces.values))
  }

  mutating func compile() throws {
    for (name, value) in graph.inputs {
      let isImage = value.shape.count == 4
      let view = try newView(value.shape, name, as: isImage ? .image : .rows)
      values.views[value.index] = view
      inputPlaces[name] = isImage ? view.image : view.rows
    }
    placeConcatenations()
    try findByteRequests()
    for index in graph.nodes.indices
    where analysis.isLive[index] && !isConstant(index) && !absorbed.contains(index) {
      try compile(index)
    }
    for (name, value) in graph.outputs {
      outputPlaces[name] = try value.shape.count == 4 ? image(value.index) : rows(value.index)
    }
  }

  /// Appends the steps of a node that no other node's step computes.
  private mutating func compile(_ index: Int) throws {
    guard case .operation(let operation, let operands) = graph.nodes[index].source else { return }
    if let (operation, operands) = planned(index),
      try operation.plan(index, operands, in: &self)
    {
      return
    }
    // The slow way, for whatever has no kernel.
    let values = try operands.map {
      isConstant($0) ? ReferenceStep.Operand.constant(try constant($0)) : .view(try view($0))
    }
    append(
      ReferenceStep(
        name: name(index), operation: operation, operands: values, output: try outputView(index)))
  }

  /// What plans a node, and the nodes that it reads.
  func planned(_ index: Int) -> (operation: any PlannedOperation, operands: [Int])? {
    guard case .operation(let operation, let operands) = graph.nodes[index].source,
      let operation = operation as? any PlannedOperation
    else { return nil }
    return (operation, operands)
  }

  func name(_ index: Int) -> String { names[index] }

  func shape(_ index: Int) -> [Int] { graph.nodes[index].shape }

  /// Whether a node depends on parameters and constants only.
  func isConstant(_ index: Int) -> Bool { analysis.isConstant[index] }

  mutating func append(_ step: any PlanStep) { steps.append(step) }

  /// Another node's step computes this one.
  mutating func absorb(_ index: Int) { absorbed.insert(index) }
}
