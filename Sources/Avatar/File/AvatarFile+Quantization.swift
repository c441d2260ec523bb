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
        hint: "exact precision does without it")
    }
    for (name, value) in [("decibels", result.decibels), ("budget", result.budget)]
    where !(-1000...1000).contains(value) {
      throw ProgramError(
        .dataError, "the quantization's quality is out of range", file: path,
        key: "\(key).\(name)", expected: "decibels, -1000 to 1000", found: "\(value)",
        hint: "exact precision does without it")
    }
    for (name, layer) in result.plan.layers {
      for input in layer.inputs {
        // Normal numbers have a finite inverse.
        let bad = input.scale.firstIndex { !($0.isNormal && $0 > 0) }
        guard input.scale.count == input.zero.count, bad == nil else {
          throw ProgramError(
            .dataError, "a layer's quantization is damaged", file: path, key: "\(key), \(name)",
            expected: "a positive scale and a byte for each channel",
            found: bad.map { "scale \(input.scale[$0]) of channel \($0)" }
              ?? "\(input.scale.count) scales and \(input.zero.count) bytes",
            hint: "exact precision does without it")
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
