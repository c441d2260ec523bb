/// DINAR's texture compression against recordings of the released modules.
import Compute
import TensorFiles
import TestSupport
import Testing

@testable import NeuralRender

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct DinarCompressionParityTests {
  /// Float32 against float64 in the same network differs by 1.7e-6 of the greatest value (z) and by
  /// 1.2e-6 (decoded); ten times that is allowed.
  static let bounds: (z: Float, decoded: Float) = (1.7e-5, 1.2e-5)

  @Test func recordedCases() throws {
    let checkpoint = try DinarCheckpoint(path: Fixtures.path("dinar/dinar.ckpt"))
    let parameters = try checkpoint.compressionParameters()
    for path in try Fixtures.files(in: "dinar", prefix: "vq_case", suffix: ".npz") {
      let file = try NPZFile(path: path)
      let texture = try Tensor(file.tensor("ntexture"))
      let encoder = DinarNetworkParity(
        graph: try checkpoint.compression.encoderGraph(
          batch: texture.shape[0], height: texture.shape[2], width: texture.shape[3]),
        parameters: parameters, inputs: ["texture": texture], bound: Self.bounds.z, file: file)
      try encoder.check(["z": "z"]) { $0.hasPrefix("encoder.") }
      for edit in ["", "_edit"] {
        try Self.checkDecoder(checkpoint.compression, parameters, file, edit)
      }
    }
  }

  /// The recorded latent, or the edited one, whose activations are the recorded ones.
  private static func checkDecoder(
    _ compression: DinarCompression, _ parameters: Parameters, _ file: NPZFile, _ edit: String
  ) throws {
    let z = try Tensor(file.tensor("z" + edit))
    let graph = try compression.decoderGraph(
      batch: z.shape[0], height: z.shape[2], width: z.shape[3])
    let parity = DinarNetworkParity(
      graph: graph, parameters: parameters, inputs: ["z": z], bound: bounds.decoded, file: file)
    let found = try parity.check(["texture": "decoded" + edit]) {
      edit == "_edit" && $0.hasPrefix("decoder.")
    }
    let codes = try #require(found["codes"])
    let expected = try parity.tensor("indices" + edit).elements
    let book = try #require(parameters["quantize.embedding.weight"])
    let margins = margins(of: z, in: book)
    #expect(codes.count == expected.count)
    for (pixel, margin) in margins.enumerated() where margin > 1e-5 {
      #expect(codes[pixel] == expected[pixel], "pixel \(pixel), margin \(margin)")
    }
    #expect(margins.contains { $0 > 1e-5 })
    // What is read from the margins is what was recorded.
    if edit.isEmpty {
      let recorded = try parity.tensor("margin").elements
      for (one, other) in zip(margins, recorded) { #expect(abs(one - other) < 1e-4) }
    }
  }

  /// How much farther the second nearest code is than the nearest, as squared distances.
  private static func margins(of z: Tensor, in book: Tensor) -> [Float] {
    let (channels, plane) = (z.shape[1], z.shape[2] * z.shape[3])
    return (0..<z.shape[0] * plane).map { pixel in
      let first = pixel / plane * channels * plane + pixel % plane
      let distances = (0..<book.shape[0]).map { code in
        (0..<channels).reduce(0.0) { sum, c in
          let difference = Double(z[first + c * plane]) - Double(book[code * channels + c])
          return sum + difference * difference
        }
      }.sorted()
      return Float(distances.count > 1 ? distances[1] - distances[0] : .infinity)
    }
  }
}
