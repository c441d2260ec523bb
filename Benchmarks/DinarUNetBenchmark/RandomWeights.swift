import Compute
import TensorFiles

/// Seeded values for every weight of a network, made when they are asked for: a file of 1.5 GB less.
struct RandomWeights: NamedArrays {
  let shapes: [String: [Int]]
  var file: String? { nil }
  var names: [String] { shapes.keys.sorted() }

  func header(_ name: String) throws -> ArrayHeader {
    guard let shape = shapes[name] else {
      throw ProgramError(.software, "there is no such weight", key: name)
    }
    return ArrayHeader(scalarType: .float32, shape: shape)
  }

  func tensor(_ name: String) throws -> TensorData {
    let shape = try header(name).shape
    let values = try [Float](unsafeUninitializedCapacity: shape.reduce(1, *)) { buffer, count in
      count = shape.reduce(1, *)
      try read(name, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    }
    return TensorData(
      scalarType: .float32, shape: shape, bytes: values.withUnsafeBytes { [UInt8]($0) })
  }

  /// Of the scale that keeps values from layer to layer; 1 for the factors of norms.
  func read(_ name: String, into target: UnsafeMutableBufferPointer<Float>) throws {
    let shape = try header(name).shape
    let scale = 1.7 / Float(max(shape.dropFirst().reduce(1, *), 1)).squareRoot()
    let isFactor = shape.count == 1 && name.hasSuffix("weight")
    var state = name.utf8.reduce(UInt32(7)) { ($0 &* 31) &+ UInt32($1) }
    for index in 0..<target.count {
      state = state &* 1_664_525 &+ 1_013_904_223
      target[index] = isFactor ? 1 : Float(Int32(bitPattern: state)) * 0x1p-31 * scale
    }
  }
}
