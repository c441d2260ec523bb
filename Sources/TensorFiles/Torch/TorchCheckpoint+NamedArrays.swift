import Compute

/// The weights by their names, as C order has them.
extension TorchCheckpoint: NamedArrays {
  public var file: String? { path }

  public func header(_ name: String) throws -> ArrayHeader {
    let tensor = try tensor(named: name)
    return ArrayHeader(scalarType: tensor.scalarType, shape: tensor.shape)
  }

  public func tensor(_ name: String) throws -> TensorData { try tensor(named: name).data() }

  /// Straight from the file's layout, whatever the strides.
  public func read(_ name: String, into target: UnsafeMutableBufferPointer<Float>) throws {
    try tensor(named: name).convert(into: target)
  }
}
