import Compute
import SMPLX
import TensorFiles

/// A plain shoe as offsets of the feet of the bundled bodies.
public struct ShoeMorph: Sendable {
  /// The feet of one body, unshaped, and how they become shoes: metres, by `vertices`.
  private struct Variant: Sendable {
    let feet: [SIMD3<Float>]
    let offsets: [SIMD3<Float>]
  }

  private let vertices: [Int]
  private let variants: [Variant]
  /// How far a body's feet may be from those that a variant was made for, metres on average.
  private static let tolerance: Float = 0.004

  /// - Parameter path: what `Tools/bake_shoes.py` writes: `vertices` (n) int32, and for each of the bodies
  ///   `NAME_feet` and `NAME_offsets`, (n, 3).
  /// - Throws: `noInput` and `dataError` for a file that is not there or is not that.
  public init(path: String) throws {
    let archive = try NPZFile(path: path)
    func fail(_ key: String, _ expected: String, _ found: String) -> ProgramError {
      ProgramError(
        .dataError, "the shoes are damaged", file: path, key: key, expected: expected,
        found: found)
    }
    let numbers = try archive.tensor("vertices").int32s()
    guard !numbers.isEmpty, numbers.allSatisfy({ (0..<1 << 24).contains($0) }) else {
      throw fail("vertices", "vertex numbers", "\(numbers.count) numbers")
    }
    func vectors(_ key: String) throws -> [SIMD3<Float>] {
      let tensor = try archive.tensor(key)
      guard tensor.shape == [numbers.count, 3] else {
        throw fail(key, "(\(numbers.count), 3)", "\(tensor.shape)")
      }
      let values = try tensor.floats()
      guard values.allSatisfy({ abs($0) <= 10 }) else { throw fail(key, "metres", "other numbers") }
      return numbers.indices.map { SIMD3(values[3 * $0], values[3 * $0 + 1], values[3 * $0 + 2]) }
    }
    vertices = numbers.map(Int.init)
    variants = try ["neutral", "male", "female"].map {
      Variant(feet: try vectors("\($0)_feet"), offsets: try vectors("\($0)_offsets"))
    }
  }

  /// Offsets (V) that turn a body's feet into shoes, metres; nil for a body that they were not made for.
  func offsets(for body: ShapedBody) throws -> [SIMD3<Float>]? {
    guard vertices.allSatisfy({ $0 < body.model.vertexCount }) else { return nil }
    let template = try ShapedBody(model: body.model)
    let feet = vertices.map { template.restVertices[$0] }
    func distance(_ variant: Variant) -> Float {
      zip(feet, variant.feet).reduce(0) { $0 + ($1.0 - $1.1).length } / Float(feet.count)
    }
    guard let nearest = variants.min(by: { distance($0) < distance($1) }),
      distance(nearest) < Self.tolerance
    else { return nil }
    // Larger feet wear larger shoes.
    func length(_ points: [SIMD3<Float>]) -> Float {
      (points.map(\.z).max() ?? 0) - (points.map(\.z).min() ?? 0)
    }
    let scale = length(vertices.map { body.restVertices[$0] }) / max(length(feet), 0.01)
    var result = [SIMD3<Float>](repeating: .zero, count: body.model.vertexCount)
    for (vertex, offset) in zip(vertices, nearest.offsets) { result[vertex] = scale * offset }
    return result
  }
}
