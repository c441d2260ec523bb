import Compute

/// The arrays of a dictionary that has been read, of a pickle, a JSON text or a file of torch: numpy's and
/// torch's, chumpy's, sparse matrices, numbers, and lists of numbers or of such lists.
public struct PickleArrays: NamedArrays {
  public let file: String?
  /// What errors call the file.
  private let kind: String
  /// All text keys, whatever lies under them, in the file's order.
  public let names: [String]
  /// Lists of numbers have become arrays, once.
  private let members: [String: PickleValue]

  /// - Parameters:
  ///   - file: the path, for errors.
  ///   - kind: what errors call the file: "body file".
  /// - Returns: nil for what is no dictionary.
  public init?(_ value: PickleValue, file: String?, kind: String = "file") {
    guard case .dict(let entries) = value else { return nil }
    self.file = file
    self.kind = kind
    var members: [String: PickleValue] = [:]
    var names: [String] = []
    for (key, value) in entries {
      guard let name = key.string else { continue }
      var member = value
      if value.sequence != nil, let tensor = try? value.tensor() { member = .tensor(tensor) }
      // The last entry of a key counts.
      if members.updateValue(member, forKey: name) == nil { names.append(name) }
    }
    self.names = names
    self.members = members
  }

  public func contains(_ name: String) -> Bool { members[name] != nil }
  public func holdsArray(_ name: String) -> Bool { members[name]?.isArray ?? false }

  public func header(_ name: String) throws -> ArrayHeader {
    if case .sparse(let matrix)? = members[name] { return matrix.header }
    let tensor = try tensor(name)
    return ArrayHeader(scalarType: tensor.scalarType, shape: tensor.shape)
  }

  public func tensor(_ name: String) throws -> TensorData {
    guard let tensor = try members[name]?.tensor() else {
      throw ProgramError(
        .dataError, "the \(kind) lacks an array", key: name, expected: "an array",
        found: members[name] == nil ? "nothing" : "something else")
    }
    return tensor
  }

  public func singleNumber(_ name: String) throws -> Double? { members[name]?.number }
  public func singleText(_ name: String) throws -> String? { members[name]?.string }

  public func value(_ name: String) -> PickleValue? {
    guard let member = members[name], !member.isArray else { return nil }
    return member
  }
}
