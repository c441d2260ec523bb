import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import Rasterizer

/// Golden data of torch's grid_sample. Cases and sizes come from the files; the bound of 2e-5, relative
/// to the largest value, is theirs.
@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct GridSampleParityTests {
  /// Samples each picture of a batch in every layout and compares with the golden output.
  func check(
    _ input: TensorData, _ grid: TensorData, _ golden: TensorData, _ sampling: GridSampling,
    _ name: String
  ) throws {
    let (batch, channels) = (input.shape[0], input.shape[1])
    let (height, width) = (input.shape[2], input.shape[3])
    let points = grid.shape[1] * grid.shape[2]
    #expect(golden.shape == [batch, channels, grid.shape[1], grid.shape[2]])
    let (x, xy, y) = try (input.floats(), grid.floats(), golden.floats())
    let bound = 2e-5 * max(1, y.map(abs).max() ?? 0)
    let size = channels * height * width
    for index in 0..<batch {
      let picture = SampledPicture(
        channels: channels, height: height, width: width,
        planar: Array(x[index * size..<(index + 1) * size]))
      let expected = y[index * channels * points..<(index + 1) * channels * points]
      for texture in ChannelLayout.allCases {
        for output in ChannelLayout.allCases {
          let result = picture.sampled(
            at: Array(xy[index * 2 * points..<(index + 1) * 2 * points]), sampling,
            texture: texture, output: output)
          let error = zip(result, expected).map { abs($0 - $1) }.max() ?? .infinity
          #expect(error <= bound, "\(name), picture \(index), \(texture) to \(output): \(error)")
        }
      }
    }
  }

  private struct Index: Decodable {
    let grid_sample: Operation
    struct Operation: Decodable { let cases: [Case] }
    struct Case: Decodable {
      let padding_mode: String
      let align_corners: Bool
    }
  }

  @Test func operationCases() throws {
    let file = try NPZFile(path: Fixtures.path("ops/grid_sample.npz"))
    let text = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("ops/index.json")))
    let cases = try JSONDecoder().decode(Index.self, from: text).grid_sample.cases
    #expect(!cases.isEmpty)
    for (index, golden) in cases.enumerated() {
      let known: [String: GridSampling.Padding] = ["zeros": .zeros, "border": .border]
      let padding = try #require(known[golden.padding_mode])
      try check(
        file.tensor("c\(index)_x"), file.tensor("c\(index)_grid"), file.tensor("c\(index)_y"),
        GridSampling(padding: padding, alignsCorners: golden.align_corners), "case \(index)")
    }
  }

  @Test(arguments: [(true, "grid_sample_zeros_aligned"), (false, "grid_sample_zeros_unaligned")])
  func dinarOperations(alignsCorners: Bool, key: String) throws {
    let file = try NPZFile(path: Fixtures.path("dinar/ops.npz"))
    try check(
      file.tensor("x"), file.tensor("grid"), file.tensor(key),
      GridSampling(alignsCorners: alignsCorners), key)
  }
}
