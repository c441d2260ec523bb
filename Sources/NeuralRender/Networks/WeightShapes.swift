import Compute
import TensorFiles

/// Names and shapes of the weights of a network, from which it takes its sizes.
struct WeightShapes {
  /// What errors call the network: "encoder".
  private let network: String
  /// Whose network it is: "DINAR".
  private let family: String
  private let prefix: String
  private let names: Set<String>
  private let file: String?
  private let shape: (String) throws -> [Int]

  /// Far beyond any network of this kind: a layer of as many inputs and outputs has 2^32 weights a tap.
  static let mostChannels = 1 << 16
  /// Levels of doubled or halved images, at most.
  static let mostLevels = 15

  init(
    of source: some NamedArrays, prefix: String, network: String, family: String
  ) {
    self.network = network
    self.family = family
    self.prefix = prefix
    names = Set(source.names)
    file = source.file
    shape = { try source.header($0).shape }
  }

  func contains(_ key: String) -> Bool { names.contains(prefix + key) }

  /// The shape of a parameter.
  ///
  /// - Throws: when there is none, or it has other axes, an empty one or one beyond any network.
  func parameter(_ key: String, axes: Int) throws -> [Int] {
    let name = prefix + key
    guard contains(key) else {
      throw ProgramError(
        .dataError, "the file holds no \(network) of \(family)", file: file, key: name,
        hint: "give a checkpoint of \(family)"
          + (prefix.isEmpty ? "" : " with weights under \"\(prefix)\""))
    }
    let found = try shape(name)
    guard found.count == axes, found.allSatisfy({ $0 > 0 && $0 < Self.mostChannels }) else {
      throw ProgramError(
        .dataError, "the \(network)'s weights are not \(axes == 4 ? "filters" : "its own")",
        file: file, key: name,
        expected: axes == 4
          ? "Cout x Cin x k x k" : "\(axes) axes of 1 to \(Self.mostChannels - 1)",
        found: "\(found)")
    }
    return found
  }

  /// The shape of a convolution's `weight`.
  func filter(_ module: String) throws -> [Int] {
    try parameter(module + ".weight", axes: 4)
  }

  /// The shape of a fully connected layer's weights.
  func matrix(_ key: String) throws -> [Int] { try parameter(key, axes: 2) }

  /// Number of consecutive i from 0 on whose key exists.
  func count(_ key: (Int) -> String) -> Int {
    var index = 0
    while contains(key(index)) { index += 1 }
    return index
  }

  /// The same for halvings or doublings of an image.
  func levelCount(_ what: String, _ key: (Int) -> String) throws -> Int {
    let levels = count(key)
    guard levels <= Self.mostLevels else {
      throw ProgramError(
        .dataError, "the \(network) \(what) the image too often", file: file,
        expected: "at most \(Self.mostLevels) times", found: "\(levels)")
    }
    return levels
  }

  /// What is wrong about a weight, as a sentence that begins with the network.
  func fault(
    _ what: String, _ key: String, expected: String, found: String
  ) -> ProgramError {
    ProgramError(
      .dataError, "the \(network)\(what)", file: file, key: prefix + key, expected: expected,
      found: found)
  }
}
