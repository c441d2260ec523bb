import Compute
import TensorFiles

extension TorchCheckpoint: ParameterSource {
  public var parameterNames: [String] { names }
  public var parameterFile: String? { path }

  public func parameterShape(_ name: String) throws -> [Int] { try tensor(named: name).shape }

  public func parameter(_ name: String) throws -> Tensor {
    let tensor = try tensor(named: name)
    return try Tensor(shape: tensor.shape) { buffer in try tensor.convert(into: buffer) }
  }
}
