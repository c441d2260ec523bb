// Source: AlexNet and VGG16 as torchvision lays them out, and the layers that LPIPS takes from them.

import Compute
import TensorFiles

/// The convolutions that LPIPS looks at pictures with, as their weights' names and shapes tell them.
public struct PerceptualTrunk: Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    case alexNet = "AlexNet"
    case vgg = "VGG16"

    /// Places of the convolutions in torchvision's `features`; activations and pools lie between.
    var places: [Int] {
      switch self {
      case .alexNet: [0, 3, 6, 8, 10]
      case .vgg: [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]
      }
    }

    /// Convolutions whose activations are compared.
    var taps: [Int] {
      switch self {
      case .alexNet: [0, 1, 2, 3, 4]
      case .vgg: [1, 3, 6, 9, 12]
      }
    }

    /// Convolutions with a pool before them.
    var pooled: Set<Int> {
      switch self {
      case .alexNet: [1, 2]
      case .vgg: [2, 4, 7, 10]
      }
    }

    var poolSize: Int { self == .alexNet ? 3 : 2 }

    func stride(_ index: Int) -> Int { self == .alexNet && index == 0 ? 4 : 1 }

    func padding(_ index: Int) -> Int { self == .alexNet && index < 2 ? 2 : 1 }
  }

  struct Layer: Sendable {
    /// What the file calls its module.
    let module: String
    /// Cout, Cin, k, k.
    let filter: [Int]
  }

  public let kind: Kind
  let layers: [Layer]

  /// The trunk in torchvision's state dictionaries (`features.0.weight`) and in those of the lpips
  /// package's whole network (`net.slice1.0.weight`).
  ///
  /// - Throws: `dataError` when the file holds neither, or its shapes do not follow one another.
  public init(_ weights: some NamedArrays) throws {
    let modules = Self.modules(weights)
    guard let kind = Kind.allCases.first(where: { Set($0.places) == Set(modules.keys) }) else {
      throw ProgramError(
        .dataError, "the file does not hold a backbone of LPIPS", file: weights.file,
        expected: "AlexNet or VGG16 as torchvision saves it (features.0.weight, ...)",
        found: modules.isEmpty
          ? "no features.N.weight" : "weights at features \(modules.keys.sorted())")
    }
    self.kind = kind
    var channels = 3
    layers = try kind.places.map { place in
      let module = modules[place] ?? ""
      let shape = try weights.header(module + ".weight").shape
      guard shape.count == 4, shape[1] == channels, shape[2] == shape[3],
        shape.allSatisfy({ $0 > 0 })
      else {
        throw ProgramError(
          .dataError, "a layer of the backbone has another shape", file: weights.file,
          key: module + ".weight", expected: "Cout x \(channels) x k x k", found: "\(shape)")
      }
      channels = shape[0]
      return Layer(module: module, filter: shape)
    }
  }

  /// Whether a file has layers that are named like those of a trunk.
  public static func isPresent(in weights: some NamedArrays) -> Bool {
    !modules(weights).isEmpty
  }

  /// The modules with weights by their places in `features`.
  private static func modules(_ weights: some NamedArrays) -> [Int: String] {
    var modules: [Int: String] = [:]
    for name in weights.names where name.hasSuffix(".weight") {
      let module = name.dropLast(".weight".count)
      let parts = module.split(separator: ".", omittingEmptySubsequences: false)
      guard let last = parts.last, let place = Int(last),
        parts.dropLast().contains(where: { $0 == "features" || $0 == "net" })
      else { continue }
      modules[place] = String(module)
    }
    return modules
  }

  /// Channels of each tap.
  public var channels: [Int] { kind.taps.map { layers[$0].filter[0] } }

  /// Whether every tap has a pixel along a side.
  public func accepts(side: Int) -> Bool {
    var side = side
    func next(_ size: Int, stride: Int, padding: Int) -> Bool {
      guard side + 2 * padding >= size else { return false }
      side = (side + 2 * padding - size) / stride + 1
      return true
    }
    return layers.enumerated().allSatisfy { index, layer in
      (!kind.pooled.contains(index) || next(kind.poolSize, stride: 2, padding: 0))
        && next(
          layer.filter[2], stride: kind.stride(index), padding: kind.padding(index))
    }
  }
}
