import Compute

/// The arrays of a pickled dictionary that has been read: numpy's and torch's, chumpy's, sparse
/// matrices, numbers and lists of numbers.
public struct PickleArrays: NamedArrays {
  public let file: String?
  /// What errors call the file.
  private let kind: String
  private let value: PickleValue

  /// - Parameters:
  ///   - file: the path, for errors.
  ///   - kind: what errors call the file: "body file".
  /// - Returns: nil for what is no dictionary.
  public init?(_ value: PickleValue, file: String?, kind: String = "file") {
    guard case .dict = value else { return nil }
    self.file = file
    self.kind = kind
    self.value = value
  }

  /// All text keys, whatever lies under them.
  public var names: [String] { value.keys }
  public func contains(_ name: String) -> Bool { value[name] != nil }
  public func holdsArray(_ name: String) -> Bool { value[name]?.isArray ?? false }

  public func header(_ name: String) throws -> ArrayHeader {
    if case .sparse(let matrix)? = value[name] { return matrix.header }
    let tensor = try tensor(name)
    return ArrayHeader(scalarType: tensor.scalarType, shape: tensor.shape)
  }

  public func tensor(_ name: String) throws -> TensorData {
    guard let tensor = try value[name]?.tensor() else {
      throw ProgramError(
        .dataError, "the \(kind) lacks an array", key: name, expected: "an array",
        found: value[name] == nil ? "nothing" : "something else")
    }
    return tensor
  }

  public func singleNumber(_ name: String) throws -> Double? { value[name]?.number }
  public func singleText(_ name: String) throws -> String? { value[name]?.string }
}
