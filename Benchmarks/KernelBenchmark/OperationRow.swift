// One operation as a plan runs it, and the least work that it can be done with.

import Compute
import NeuralRender

/// A graph of one operation, with what it must compute and move.
struct OperationRow: Sendable {
  enum Arithmetic { case floats, shorts }

  let name: String
  /// Multiplications and additions; of functions, two for each vector instruction an element takes.
  let operations: Double
  /// Bytes that come from memory at least: an input as often as it must be read when no cache holds it.
  let bytesRead: Double
  let bytesWritten: Double
  let precision: PlanPrecision
  /// What the operations are: the roof that they are measured against.
  let arithmetic: Arithmetic
  private let build: @Sendable (inout Graph) throws -> Graph.Value

  /// - Parameters:
  ///   - floatsRead: from memory; `written` likewise.
  ///   - build: appends inputs and the operation, and returns its result.
  init(
    _ name: String, operations: Int = 0, floatsRead: Int, written: Int,
    precision: PlanPrecision = .exact, arithmetic: Arithmetic = .floats,
    _ build: @escaping @Sendable (inout Graph) throws -> Graph.Value
  ) {
    self.name = name
    self.operations = Double(operations)
    bytesRead = 4 * Double(floatsRead)
    bytesWritten = 4 * Double(written)
    self.precision = precision
    self.arithmetic = arithmetic
    self.build = build
  }

  /// The plan, its inputs filled with random numbers.
  func plan(_ pool: WorkerPool) throws -> Plan {
    var graph = Graph()
    let result = try build(&graph)
    graph.output("result", result)
    let plan = try Plan(graph, parameters: Parameters([:]), pool: pool, precision: precision)
    for (name, value) in graph.inputs {
      let images = value.shape.count == 4 ? value.shape[0] : 1
      for image in 0..<images {
        guard let map = plan.input(name, image: image) else { continue }
        fillWithRandomNumbers(map.base, map.height * map.rowStride)
      }
    }
    return plan
  }
}

/// Numbers from -0.5 to 0.5, the same in every run.
func fillWithRandomNumbers(_ target: UnsafeMutablePointer<Float>, _ count: Int) {
  var state: UInt32 = 1
  for index in 0..<count {
    state = state &* 1_664_525 &+ 1_013_904_223
    target[index] = Float(state >> 8) / 16_777_216 - 0.5
  }
}

extension Graph {
  /// Random weights.
  mutating func weights(_ shape: Int...) -> Value {
    constant(
      Tensor(shape: shape) { buffer in
        if let base = buffer.baseAddress { fillWithRandomNumbers(base, buffer.count) }
      })
  }
}

/// An image with channels last whose floats no cache holds.
struct LargeImage {
  let height: Int
  let width: Int
  let channels: Int
  /// 64 MB.
  private static let floats = 16 << 20

  /// Few channels lie in wide images, as in networks.
  init(_ channels: Int) {
    self.channels = channels
    width = channels <= 32 ? 512 : 256
    // Even, for what works on blocks of pixels.
    height = Self.floats / channels / width & ~3
  }

  var shape: [Int] { [1, channels, height, width] }
  var pixels: Int { height * width }
  var count: Int { pixels * channels }
}
