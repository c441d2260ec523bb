import Compute
import TensorFiles

/// One array under a name: a file of a single one.
struct SingleArray: NamedArrays {
  let name: String
  let tensor: TensorData
  let file: String?

  var names: [String] { [name] }

  func header(_ name: String) throws -> ArrayHeader {
    ArrayHeader(scalarType: tensor.scalarType, shape: tensor.shape)
  }

  func tensor(_ name: String) throws -> TensorData { tensor }
}
