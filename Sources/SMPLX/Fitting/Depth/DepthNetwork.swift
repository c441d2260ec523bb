import Compute
import Foundation
import TensorFiles

/// A small network that tells depth from all landmarks of a person together: how much of each bone's
/// length goes away from the camera, and how sure that is.
///
/// Two hidden layers with tanh; features are taken from their means and divided by their deviations first.
/// Trained on made-up people by `Tools/train_depth.py`.
public struct DepthNetwork: Sendable {
  /// A fully connected layer.
  private struct Layer: Sendable {
    /// (inputs, outputs).
    var weights: [Double]
    var biases: [Double]
  }

  private let means: [Double]
  private let deviations: [Double]
  private let layers: [Layer]

  /// Features are not taken for farther from their means than this, in deviations.
  private static let farthest = 4.0

  /// - Throws: `ProgramError` for a file that lacks a tensor or has one of another shape.
  public init(path: String) throws {
    let file = try SafetensorsFile(path: path)
    func values(_ name: String, _ shape: [Int]) throws -> [Double] {
      try ProgramError.locating(file: path, key: name) {
        let tensor = try file.tensor(name)
        let values = try tensor.floats()
        guard tensor.shape == shape, values.allSatisfy(\.isFinite) else {
          throw ProgramError(
            .dataError, "the tensor is not the depth network's", expected: "finite, \(shape)",
            found: "\(tensor.shape)")
        }
        return values.map(Double.init)
      }
    }
    let count = DepthFeatures.count
    means = try values("features.mean", [count])
    deviations = try values("features.deviation", [count])
    var (layers, width) = ([Layer](), count)
    for name in ["hidden.0", "hidden.1", "out"] {
      let outputs =
        try name == "out"
        ? 2 * BoneDepths.measureCount : file.header("\(name).bias").shape.first ?? 0
      layers.append(
        Layer(
          weights: try values("\(name).weight", [width, outputs]),
          biases: try values("\(name).bias", [outputs])))
      width = outputs
    }
    self.layers = layers
  }

  /// Values and their deviations.
  func callAsFunction(_ features: [Double]) -> [BoneDepths.Measure] {
    var values = features.indices.map { index in
      let value = (features[index] - means[index]) / deviations[index]
      return min(max(value, -Self.farthest), Self.farthest)
    }
    for (number, layer) in layers.enumerated() {
      var next = layer.biases
      for (row, value) in values.enumerated() {
        for column in next.indices {
          next[column] += value * layer.weights[row * next.count + column]
        }
      }
      values = number + 1 < layers.count ? next.map { tanh($0) } : next
    }
    let count = BoneDepths.measureCount
    return (0..<count).map {
      BoneDepths.Measure(value: values[$0], deviation: exp(min(max(values[count + $0], -4), 1)))
    }
  }
}
