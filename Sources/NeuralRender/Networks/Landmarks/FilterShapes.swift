import Compute
import TensorFiles

/// The shapes of a network's weights, from which it takes channels, filters and numbers of blocks.
struct FilterShapes {
  private let names: Set<String>
  private let file: String?
  private let shape: (String) throws -> [Int]

  init(_ weights: some NamedArrays) {
    names = Set(weights.names)
    file = weights.file
    shape = { try weights.header($0).shape }
  }

  func contains(_ key: String) -> Bool { names.contains(key) }

  /// The shape of a module's `weight`, of 2 or 4 axes.
  ///
  /// Throws when there is none, or it has other axes or an empty one.
  func filter(_ module: String, axes: Int = 4) throws -> [Int] {
    let key = module + ".weight"
    guard contains(key) else {
      throw ProgramError(
        .dataError, "the weights are not this network's: a layer is missing", file: file, key: key)
    }
    let found = try shape(key)
    guard found.count == axes, found.allSatisfy({ $0 > 0 }) else {
      throw ProgramError(
        .dataError, "the weights are not this network's", file: file, key: key,
        expected: axes == 4 ? "Cout x Cin x k x k" : "Cout x Cin", found: "\(found)")
    }
    return found
  }

  /// Number of consecutive i from 0 on for which the weights of module + i + rest exist.
  func count(_ module: String, _ rest: String = ".depthwise") -> Int {
    var index = 0
    while contains("\(module)\(index)\(rest).weight") { index += 1 }
    return index
  }
}
