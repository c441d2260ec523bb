import Compute
import Foundation
import NeuralRender

extension AvatarFile {
  static let quantizationKey = "quantization"

  /// Which layers of the network may be computed in bytes and with what scales; nil if the file does not
  /// say.
  func quantization() throws -> QuantizationResult? {
    guard let text = tensors.metadata[Self.quantizationKey] else { return nil }
    let key = "__metadata__.\(Self.quantizationKey)"
    guard let result = try? JSONDecoder().decode(QuantizationResult.self, from: Data(text.utf8))
    else {
      throw ProgramError(
        .dataError, "the layers' quantization cannot be read", file: path, key: key,
        hint: "--precision exact does without it")
    }
    for (name, layer) in result.plan.layers {
      for input in layer.inputs {
        guard input.scale.count == input.zero.count,
          input.scale.allSatisfy({ $0.isFinite && $0 > 0 })
        else {
          throw ProgramError(
            .dataError, "a layer's quantization is damaged", file: path, key: "\(key), \(name)",
            expected: "a positive scale and a byte for each channel")
        }
      }
    }
    return result
  }

  /// The text of a result for a file's metadata.
  static func text(of result: QuantizationResult) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(result), as: UTF8.self)
  }
}
