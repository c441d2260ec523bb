import Compute
import NeuralRender
import TensorFiles

/// Files of LPIPS's weights, told by what is in them.
public enum PerceptualFiles {
  /// The networks that some files make together.
  ///
  /// - Parameter paths: backbones as torchvision saves them, linear layers of the lpips package, or files with
  ///   both, in any order.
  /// - Throws: when a file is neither, or a backbone or linear layers lack their other half.
  public static func networks(_ paths: [String]) throws -> [PerceptualDistance] {
    var trunks: [(trunk: PerceptualTrunk, file: any NamedArrays)] = []
    var linears: [(channels: [Int], file: any NamedArrays)] = []
    for path in paths {
      let file = try open(path)
      let channels = PerceptualDistance.linearChannels(file)
      if let channels { linears.append((channels, file)) }
      if channels == nil || PerceptualTrunk.isPresent(in: file) {
        trunks.append((try PerceptualTrunk(file), file))
      }
    }
    for (channels, file) in linears where !trunks.contains(where: { $0.trunk.channels == channels })
    {
      throw ProgramError(
        .usage, "linear layers of LPIPS without their backbone", file: file.file,
        expected: "a backbone with \(channels) channels",
        found: trunks.isEmpty
          ? "none"
          : trunks.map { "\($0.trunk.kind.rawValue) \($0.trunk.channels)" }
            .joined(separator: ", "),
        hint: "torchvision's alexnet or vgg16 has them; give both files")
    }
    return try trunks.map { trunk, file in
      guard let linear = linears.first(where: { $0.channels == trunk.channels }) else {
        throw ProgramError(
          .usage, "a backbone of LPIPS without its linear layers", file: file.file,
          expected: "lin0.model.1.weight, ... for \(trunk.channels) channels",
          hint: "the lpips package has them in weights/v0.1, "
            + "\(trunk.kind == .alexNet ? "alex.pth" : "vgg.pth"); give both files")
      }
      return try PerceptualDistance(backbone: file, linear: linear.file)
    }
  }

  /// torch's containers, and safetensors for weights that somebody has converted.
  private static func open(_ path: String) throws -> any NamedArrays {
    try FileKind(path: path) == .safetensors
      ? SafetensorsFile(path: path) : TorchCheckpoint(path: path)
  }
}
