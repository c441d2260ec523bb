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
  /// Nodes that a result depends on.
  private let isLive: [Bool]
  private let outputs: Set<Int>
  /// Where values lie that some step writes or will write.
  private var views: [Int: View] = [:]
  /// Copies of values for kernels that want them in another form.
  private var imageCopies: [Int: Place] = [:]
  private var rowCopies: [Int: Place] = [:]
  /// What steps, profiles and quantizations call the nodes: unique.
  private let names: [String]
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
    let isLive = Self.liveNodes(of: graph)
    for (index, node) in graph.nodes.enumerated() {
      switch node.source {
      case .input: break
      case .parameter, .constant: isConstant[index] = true
      case .operation(_, let operands):
        isConstant[index] = operands.allSatisfy { isConstant[$0] }
        if isLive[index] { for operand in operands { consumers[operand].append(index) } }
      }
    }
    self.isLive = isLive
    self.consumers = consumers
    self.isConstant = isConstant
    outputs = Set(graph.outputs.map(\.value.index))
    names = Self.names(of: graph)
  }

  mutating func compile() throws {
    for (name, value) in graph.inputs {
      let buffer = try newBuffer(value.shape, name)
      let isImage = value.shape.count == 4
      let view =
        isImage
        ? View(image: value.shape, buffer: buffer) : View(rows: value.shape, buffer: buffer)
      views[value.index] = view
      inputPlaces[name] = isImage ? view.image : view.rows
    }
    placeConcatenations()
    try findByteRequests()
    for index in graph.nodes.indices
    where isLive[index] && !isConstant[index] && !absorbed.contains(index) {
      guard case .operation(let operation, let operands) = graph.nodes[index].source else {
        continue
      }
      try compile(index, operation, operands)
    }
    for (name, value) in graph.outputs {
      outputPlaces[name] = try value.shape.count == 4 ? image(value.index) : rows(value.index)
    }
    setLifetimes()
  }

  // MARK: What a node is

  /// "model.start convolution"; the second of a kind in one module is "model.start convolution 2".
  func name(_ index: Int) -> String { names[index] }

  private static func liveNodes(of graph: Graph) -> [Bool] {
    var isLive = [Bool](repeating: false, count: graph.nodes.count)
    for (_, value) in graph.outputs { isLive[value.index] = true }
    for index in graph.nodes.indices.reversed() where isLive[index] {
      guard case .operation(_, let operands) = graph.nodes[index].source else { continue }
      for operand in operands { isLive[operand] = true }
    }
    return isLive
  }

  private static func names(of graph: Graph) -> [String] {
    var seen: [String: Int] = [:]
    return graph.nodes.map { node in
      guard case .operation(let operation, _) = node.source else { return node.module }
      let name =
        node.module.isEmpty ? operation.name : "\(node.module) \(operation.name)"
      seen[name, default: 0] += 1
      return seen[name] == 1 ? name : "\(name) \(seen[name] ?? 0)"
    }
  }

  /// Appends the steps of a node that no other node's step computes.
  private mutating func compile(
    _ index: Int, _ operation: any Operation, _ operands: [Int]
  ) throws {
    if let operation = operation as? any PlannedOperation,
      try operation.plan(index, operands, in: &self)
    {
      return
    }
    try compileReference(index, operation, operands)
  }

  /// The slow way, for whatever has no kernel.
  private mutating func compileReference(
    _ index: Int, _ operation: any Operation, _ operands: [Int]
  ) throws {
    let values = try operands.map {
      isConstant[$0] ? ReferenceStep.Operand.constant(try constant($0)) : .view(try view($0))
    }
    append(
      ReferenceStep(
        name: name(index), operation: operation, operands: values, output: try outputView(index)))
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

  /// Memory for a value.
  mutating func newBuffer(_ shape: [Int], _ name: String) throws -> Int {
    // Pixels of an image, or rows, are counted in 32 bits.
    let pixels = shape.count == 4 ? [shape[2], shape[3]] : Array(shape.dropLast())
    guard let count = Indexing.count(shape), count > 0,
      Indexing.count(pixels).map({ $0 <= Graph.largestExtent }) ?? false
    else {
      throw ProgramError(
        .dataError, "an image of the network is empty or too large", key: name,
        expected: "at least a pixel and a channel, at most 2^31 pixels", found: "\(shape)")
    }
    buffers.append(ArenaBuffer(count: count, first: 0, last: 0))
    return buffers.count - 1
  }

  /// Memory for an image that is no node's value.
  mutating func newPlace(_ shape: [Int], _ name: String) throws -> Place {
    guard let place = View(image: shape, buffer: try newBuffer(shape, name)).image else {
      throw unfit(shape, name)
    }
    return place
  }

  func unfit(_ shape: [Int], _ name: String) -> ProgramError {
    ProgramError(
      .software, "a kernel wants an image", key: name, expected: "one to four axes",
      found: "\(shape)")
  }

  /// A node's value for a step that follows; a constant is written there.
  mutating func view(_ index: Int) throws -> View {
    if let view = views[index] { return view }
    let view = try outputView(index)
    if isConstant[index] {
      append(ConstantStep(name: name(index), value: try constant(index), output: view))
    }
    return view
  }

  /// The same with its channels contiguous, copied if it lies otherwise.
  mutating func image(_ index: Int) throws -> Place {
    let view = try view(index)
    if let place = view.image ?? imageCopies[index] { return place }
    let place = try copy(view, name(index), as: { View(image: $0, buffer: $1) }).image
    guard let place else { throw unfit(view.shape, name(index)) }
    imageCopies[index] = place
    return place
  }

  /// The same with its last axis contiguous and the others evenly apart, copied if it lies otherwise.
  mutating func rows(_ index: Int) throws -> Place {
    let view = try view(index)
    if let place = view.rows ?? rowCopies[index] { return place }
    let place = try copy(view, name(index), as: { View(rows: $0, buffer: $1) }).rows
    guard let place else { throw unfit(view.shape, name(index)) }
    rowCopies[index] = place
    return place
  }

  /// Where a node is to be written, in a form if that is not settled.
  private mutating func written(
    _ index: Int, _ form: (_ shape: [Int], _ buffer: Int) -> View
  ) throws -> View {
    if let view = views[index] { return view }
    let shape = graph.nodes[index].shape
    let view = form(shape, try newBuffer(shape, name(index)))
    views[index] = view
    return view
  }

  /// Where a node is to be written: in packed C order or, for four axes, with channels last.
  mutating func outputView(_ index: Int) throws -> View {
    try written(index) { shape, buffer in
      shape.count == 4 ? View(image: shape, buffer: buffer) : View(rows: shape, buffer: buffer)
    }
  }

  /// Where a step writes a node as an image.
  mutating func output(_ index: Int) throws -> Place {
    let view = try written(index) { View(image: $0, buffer: $1) }
    guard let place = view.image else { throw unfit(view.shape, name(index)) }
    return place
  }

  /// Where a step writes a node as rows.
  mutating func outputRows(_ index: Int) throws -> Place {
    let view = try written(index) { View(rows: $0, buffer: $1) }
    guard let place = view.rows else { throw unfit(view.shape, name(index)) }
    return place
  }

  /// Whether it is settled where a node is to be written.
  func isPlaced(_ index: Int) -> Bool { views[index] != nil }

  /// A node's value is what lies here already, or is copied from here to where it has to be.
  mutating func define(_ index: Int, as view: View) throws {
    if let place = views[index] {
      try appendCopy(of: view, to: place, name(index))
    } else {
      views[index] = view
    }
  }

  /// Copies a view unless it lies there; images of one size pixel by pixel, so that regions are kept.
  mutating func appendCopy(of view: View, to target: View, _ name: String) throws {
    if view == target { return }
    if view.shape.count == 4, let from = view.image, let to = target.image {
      if from.buffer == to.buffer && from.offset == to.offset { return }
      append(CopyStep(name: name, inputs: [from], output: to))
    } else {
      append(StridedCopyStep(name: name, input: view, output: target))
    }
  }

  /// A copy of a view in another form.
  mutating func copy(
    _ view: View, _ name: String, as form: (_ shape: [Int], _ buffer: Int) -> View
  ) throws -> View {
    let result = form(view.shape, try newBuffer(view.shape, name))
    append(StridedCopyStep(name: name, input: view, output: result))
    return result
  }

  /// Values that are concatenated are written into the concatenation right away.
  private mutating func placeConcatenations() {
    for index in graph.nodes.indices where isLive[index] && !isConstant[index] {
      guard let (operation, operands) = operation(index, as: Concatenate.self),
        operation.axis == 1, graph.nodes[index].shape.count == 4,
        upsampledConvolution(of: index) == nil,
        let whole = try? outputView(index)
      else { continue }
      var first = 0
      for operand in operands {
        let channels = graph.nodes[operand].shape[1]
        if views[operand] == nil && !isConstant[operand] {
          views[operand] = whole.part(1, from: first, count: channels)
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
