/// A recording of Sample&Refine's networks, and what differs from it.
import Compute
import TensorFiles
import TestSupport
import Testing

@testable import NeuralRender

struct SampleRefineGolden {
  let known: SampleRefineCase
  let file: NPZFile

  init(_ known: SampleRefineCase) throws {
    self.known = known
    file = try NPZFile(path: Fixtures.path("sample_refine/\(known.name)/golden.npz"))
  }

  func checkpoint() throws -> SampleRefineCheckpoint {
    try SampleRefineCheckpoint(
      sampler: TorchCheckpoint(path: SampleRefineCase.weights(known.sampler)),
      refiner: known.refiner.map { run in
        try .init(
          TorchCheckpoint(path: SampleRefineCase.weights(run)),
          inputs: #require(RefinerInputs(rawValue: known.concat)),
          mode: known.option("Refine_mode").flatMap(RefinerMode.init(rawValue:)))
      })
  }

  /// What went in, where it was recorded: texture, normals, mask, in [0, 1].
  func inputs() throws -> [String: Tensor]? {
    guard file.contains("sampler_in_u8") else { return nil }
    let bytes = try Tensor(file.tensor("sampler_in_u8"))
    let plane = known.size * known.size
    func planes(_ range: Range<Int>) -> Tensor {
      Tensor(
        shape: [1, range.count, known.size, known.size],
        bytes.elements[range.lowerBound * plane..<range.upperBound * plane].map { $0 / 255 })
    }
    return ["texture": planes(0..<3), "normals": planes(3..<6), "mask": planes(6..<7)]
  }

  /// Recorded names of features, each with the module whose last value it is.
  func module(_ name: String, levels: Int, blocks: Int) -> String? {
    let name = name.split(separator: "_ch").first.map(String.init) ?? name
    switch name {
    case "tEncoder_last": return "refiner.tEncoder.conv\(levels)"
    case "enc_rb0": return "refiner.enc_rb.0"
    case "enc_rb": return "refiner.enc_rb.\(blocks - 1)"
    case _ where name.hasPrefix("upconv"): return "refiner.tDecoder.\(name)"
    case _ where ["enc_conv", "norm_conv", "dec_conv"].contains { name.hasPrefix($0) }:
      return "sampler.\(name)"
    default: return nil
    }
  }

  /// Compares a value with its recording: the flow within 5e-5, all else within 2e-3 and 1e-4 in the mean,
  /// both of the greatest value where that is above 1.
  func compare(_ found: Tensor, _ name: String) throws {
    let expected = try Tensor(file.tensor(name))
    let thinned = thin(found, name, to: expected.shape)
    try #require(thinned.shape == expected.shape, "\(known.name) \(name)")
    let differences = zip(thinned.elements, expected.elements).map { abs($0 - $1) }
    let greatest = expected.elements.reduce(Float(1)) { max($0, abs($1)) }
    let most = differences.reduce(Float(0)) { $1.isFinite ? max($0, $1) : .infinity }
    let mean = differences.reduce(0.0) { $0 + Double($1) } / Double(max(differences.count, 1))
    #expect(most <= (name == "flow" ? 5e-5 : 2e-3) * greatest, "\(known.name) \(name)")
    #expect(mean <= 1e-4 * Double(greatest), "\(known.name) \(name)")
  }

  /// The channels, rows and columns that were recorded.
  private func thin(_ value: Tensor, _ name: String, to shape: [Int]) -> Tensor {
    let isPart = name.contains("_ch")
    let first = isPart ? name.split(separator: "h").last.flatMap { Int($0) } ?? 0 : 0
    let step = value.shape[2] == shape[2] ? 1 : known.step
    let channels = isPart ? 1 : value.shape[1]
    let rows = (value.shape[2] + step - 1) / step
    let columns = (value.shape[3] + step - 1) / step
    let strides = Indexing.strides(value.shape)
    return Tensor(shape: [value.shape[0], channels, rows, columns]) { position in
      value[
        Indexing.offset(
          [position[0], first + position[1], step * position[2], step * position[3]], strides)]
    }
  }
}
