import Compute

/// Tensors in memory, sorted by name.
extension Dictionary: NamedArrays where Key == String, Value == Tensor {
  public var file: String? { nil }
  public var names: [String] { keys.sorted() }
  public func contains(_ name: String) -> Bool { self[name] != nil }

  public func header(_ name: String) throws -> ArrayHeader {
    ArrayHeader(scalarType: .float32, shape: try found(name).shape)
  }

  public func tensor(_ name: String) throws -> TensorData {
    let tensor = try found(name)
    return TensorData(shape: tensor.shape, floats: tensor.elements)
  }

  public func read(_ name: String, into target: UnsafeMutableBufferPointer<Float>) throws {
    try found(name).withUnsafeBuffer { elements in
      guard elements.count == target.count else {
        throw ProgramError(
          .software, "the array has another number of elements", key: name,
          expected: "\(target.count)", found: "\(elements.count)")
      }
      _ = target.update(fromContentsOf: elements)
    }
  }

  private func found(_ name: String) throws -> Tensor {
    guard let tensor = self[name] else {
      throw ProgramError(.software, "the tensor is missing", key: name)
    }
    return tensor
  }
}
