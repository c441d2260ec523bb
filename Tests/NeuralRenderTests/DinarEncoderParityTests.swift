/// DINAR's style encoder against recordings of the released modules.
import Compute
import TensorFiles
import TestSupport
import Testing

@testable import NeuralRender

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct DinarEncoderParityTests {
  /// Float32 against float64 in the same network differs by 2.3e-7; ten times that is allowed.
  static let bound: Float = 2.3e-6

  @Test func recordedCases() throws {
    let checkpoint = try DinarCheckpoint(path: Fixtures.path("dinar/dinar.ckpt"))
    for path in try Fixtures.files(in: "dinar", prefix: "encoder_case", suffix: ".npz") {
      let file = try NPZFile(path: path)
      let parts = try ["input_rgb", "real_segm", "noise"].map { try Tensor(file.tensor($0)) }
      let graph = try checkpoint.encoder.graph(batch: parts[0].shape[0])
      let parity = DinarNetworkParity(
        graph: graph, parameters: try checkpoint.encoderParameters(),
        inputs: ["picture": Concatenate().reference(parts)], bound: Self.bound, file: file)
      try parity.check(["style": "style"])
    }
  }
}
