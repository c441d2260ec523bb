import Compute

/// Turns a graph into steps: finds what fuses, where each value lies and how long it is needed.
struct PlanCompiler {
  /// What the steps of convolutions are.
  enum Precision {
    case exact
    case calibrating
    case fast(QuantizationPlan)
  }

  let graph: Graph
  let parameters: Parameters
  /// Shares out the packing of weights.
  let pool: WorkerPool
  private(set) var steps: [any PlanStep] = []
  private(set) var buffers: [ArenaBuffer] = []
  private(set) var inputPlaces: [String: Place] = [:]
  private(set) var outputPlaces: [String: Place] = [:]

  /// Nodes that read each node.
  let consumers: [[Int]]
  /// Nodes that depend on parameters and constants only.
  let isConstant: [Bool]
  private let outputs: Set<Int>
  /// Where values lie that some step writes or will write.
  var places: [Int: Place] = [:]
  private var constants: [Int: Tensor] = [:]
  /// Nodes that another node's step computes.
  private var absorbed: Set<Int> = []
  /// Convolutions that are computed in bytes, by name.
  let quantized: [String: LayerQuantization]
  /// Convolutions are to be calibrated.
  private(set) var isCalibrating = false
  /// How values are wanted as bytes, and where they lie so.
  var byteRequests: [Int: [ChannelQuantization]] = [:]
  var bytePlaces: [Int: [BytePlace]] = [:]

  init(
    _ graph: Graph, _ parameters: Parameters, _ pool: WorkerPool, _ precision: Precision
  ) {
    switch precision {
    case .exact: quantized = [:]
    case .calibrating: (quantized, isCalibrating) = ([:], true)
    case .fast(let plan): quantized = plan.layers
    }
    self.pool = pool
    self.graph = graph
    self.parameters = parameters
    var consumers = [[Int]](repeating: [], count: graph.nodes.count)
    var isConstant = [Bool](repeating: false, count: graph.nodes.count)
    for (index, node) in graph.nodes.enumerated() {
      switch node.source {
      case .input: break
      case .parameter, .constant: isConstant[index] = true
      case .operation(_, let operands):
        isConstant[index] = operands.allSatisfy { isConstant[$0] }
        for operand in operands { consumers[operand].append(index) }
      }
    }
    self.consumers = consumers
    self.isConstant = isConstant
    outputs = Set(graph.outputs.map(\.value.index))
  }

  mutating func compile() throws {
    for (name, value) in graph.inputs {
      let place = try newPlace(value.shape, name)
      places[value.index] = place
      inputPlaces[name] = place
    }
    placeConcatenations()
    try findByteRequests()
    for index in graph.nodes.indices where !isConstant[index] && !absorbed.contains(index) {
      guard case .operation(let operation, let operands) = graph.nodes[index].source else {
        continue
      }
      try compile(index, operation, operands)
    }
    for (name, value) in graph.outputs { outputPlaces[name] = try place(of: value.index) }
    setLifetimes()
  }

  // MARK: What a node is

  /// "model.start convolution"
  func name(_ index: Int) -> String {
    let node = graph.nodes[index]
    guard case .operation(let operation, _) = node.source else { return node.module }
    return node.module.isEmpty ? operation.name : "\(node.module) \(operation.name)"
  }

  /// The operation and operands of a node, if it is an operation of a kind.
  func operation<O: Operation>(_ index: Int, as _: O.Type) -> (O, [Int])? {
    guard case .operation(let operation, let operands) = graph.nodes[index].source,
      let operation = operation as? O
    else { return nil }
    return (operation, operands)
  }

  /// The one node that reads a node which is no result itself.
  func onlyConsumer(of index: Int) -> Int? {
    consumers[index].count == 1 && !outputs.contains(index) ? consumers[index][0] : nil
  }

  /// The value of a node that depends on parameters only.
  mutating func constant(_ index: Int) throws -> Tensor {
    if let tensor = constants[index] { return tensor }
    let result: Tensor
    switch graph.nodes[index].source {
    case .constant(let tensor): result = tensor
    case .parameter(let key):
      guard let tensor = parameters[key], tensor.shape == graph.nodes[index].shape else {
        throw ProgramError(
          .software, "a parameter of the network was not loaded", key: key,
          expected: "\(graph.nodes[index].shape)")
      }
      result = tensor
    case .operation(let operation, let operands):
      let inputs = try operands.map { try constant($0) }
      if let operation = operation as? Elementwise,
        case .affine(let scale, let offset) = operation.function
      {
        result = Tensor(shape: inputs[0].shape) { target in
          inputs[0].withUnsafeBuffer { source in
            for element in 0..<target.count { target[element] = scale * source[element] + offset }
          }
        }
      } else {
        result = operation.reference(inputs)
      }
    case .input: preconditionFailure("an input is not constant")
    }
    // Weights are packed once and not kept.
    if result.count < 1 << 16 { constants[index] = result }
    return result
  }

  // MARK: Where a value lies

  mutating func newPlace(_ shape: [Int], _ name: String) throws -> Place {
    guard shape.count == 4 else {
      throw ProgramError(
        .software, "plans hold images only", key: name, expected: "N x C x H x W",
        found: "\(shape)")
    }
    // Pixels of an image are counted in 32 bits.
    guard let count = Indexing.count(shape), count > 0,
      Indexing.count([1, 1, shape[2], shape[3]]).map({ $0 <= Graph.largestExtent }) ?? false
    else {
      throw ProgramError(
        .dataError, "an image of the network is empty or too large", key: name,
        expected: "at least a pixel and a channel, at most 2^31 pixels", found: "\(shape)")
    }
    buffers.append(ArenaBuffer(count: count, first: 0, last: 0))
    return Place(
      buffer: buffers.count - 1, offset: 0, images: shape[0], channels: shape[1],
      height: shape[2], width: shape[3], pixelStride: shape[1])
  }

  /// The place of a node's value, made if no step has written it yet; a constant is written there.
  mutating func place(of index: Int) throws -> Place {
    if let place = places[index] { return place }
    let place = try newPlace(graph.nodes[index].shape, name(index))
    places[index] = place
    if isConstant[index] {
      append(ConstantStep(name: name(index), value: try constant(index), output: place))
    }
    return place
  }

  /// Values that are concatenated are written into the concatenation right away.
  private mutating func placeConcatenations() {
    for index in graph.nodes.indices where !isConstant[index] {
      guard let (operation, operands) = operation(index, as: Concatenate.self),
        operation.axis == 1, graph.nodes[index].shape.count == 4,
        upsampledConvolution(of: index) == nil,
        let whole = try? place(of: index)
      else { continue }
      var first = 0
      for operand in operands {
        let channels = graph.nodes[operand].shape[1]
        if places[operand] == nil && !isConstant[operand] {
          places[operand] = whole.channels(from: first, count: channels)
        }
        first += channels
      }
    }
  }

  /// From the step that writes a buffer first to the one that reads it last; inputs and results are
  /// kept for the whole run.
  private mutating func setLifetimes() {
    var first = [Int?](repeating: nil, count: buffers.count)
    var last = [Int](repeating: 0, count: buffers.count)
    for (number, step) in steps.enumerated() {
      for place in step.inputs + [step.output] + step.temporaries {
        if first[place.buffer] == nil { first[place.buffer] = number }
        last[place.buffer] = number
      }
    }
    for place in inputPlaces.values {
      first[place.buffer] = 0
      last[place.buffer] = steps.count
    }
    for place in outputPlaces.values { last[place.buffer] = steps.count }
    for index in buffers.indices {
      buffers[index].first = first[index] ?? 0
      buffers[index].last = last[index]
    }
  }

  func isOutput(_ index: Int) -> Bool { outputs.contains(index) }

  mutating func append(_ step: any PlanStep) { steps.append(step) }

  /// Another node's step computes this one.
  mutating func absorb(_ index: Int) { absorbed.insert(index) }
}
