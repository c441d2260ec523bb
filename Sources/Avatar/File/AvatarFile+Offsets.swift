import Compute
import TensorFiles

extension AvatarFile {
  /// The tensor that `write` puts a person's offsets into.
  public static let offsetsTensor = "offsets"
  /// Clothes do not stand further away from the body than this, metres.
  static let farthestOffset: Float = 2
  private static let expectedOffsets = "(V, 3) float32, one row for each vertex of the body"

  /// What the person wears: a movement for each vertex of the shaped rest body, metres; nil for none.
  ///
  /// - Throws: `dataError` for another type or shape, numbers that are not finite or beyond two metres.
  public func offsets() throws -> [SIMD3<Float>]? {
    guard let name = description.offsets else { return nil }
    let tensor = try tensors.tensor(name)
    guard tensor.scalarType == .float32, tensor.shape.count == 2, tensor.shape[1] == 3,
      tensor.shape[0] > 0
    else {
      throw ProgramError(
        .dataError, "the offsets have another type or shape", file: path, key: name.shortened(),
        expected: Self.expectedOffsets, found: "\(tensor.scalarType) \(tensor.shape)")
    }
    let values = try tensor.floats()
    // Written so that a NaN fails.
    if let bad = values.firstIndex(where: { !(abs($0) <= Self.farthestOffset) }) {
      throw ProgramError(
        .dataError, "an offset is out of bounds", file: path, key: name.shortened(),
        expected: "metres within \(Int(Self.farthestOffset))",
        found: "\(values[bad]) at [\(bad / 3), \(bad % 3)]")
    }
    return (0..<tensor.shape[0]).map {
      SIMD3(values[3 * $0], values[3 * $0 + 1], values[3 * $0 + 2])
    }
  }

  /// Offsets of the rest mesh as a file holds them, for `description.offsets` to name.
  public static func tensor(ofOffsets offsets: [SIMD3<Float>]) -> TensorData {
    TensorData(shape: [offsets.count, 3], floats: offsets.flatMap { [$0.x, $0.y, $0.z] })
  }
}
