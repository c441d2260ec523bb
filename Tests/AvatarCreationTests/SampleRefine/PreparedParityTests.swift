import Compute
import Media
import TensorFiles
import TestSupport
import Testing

@testable import AvatarCreation

/// Against Pillow 10.4 and the authors' program.
@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct PreparedParityTests {
  static let pool = WorkerPool(threads: 2)

  @Test func resizingIsPillows() throws {
    let file = try NPZFile(path: Fixtures.path("sample_refine/resize.npz"))
    let names = file.names.filter { $0.hasSuffix("_in") }
    try #require(!names.isEmpty)
    for name in names {
      let (source, expected) = (
        try file.tensor(name), try file.tensor("\(name.dropLast(3))_out")
      )
      func picture(_ array: TensorData, scale: UInt8 = 1) throws -> Picture {
        let bytes = try array.bytes().map { $0 &* scale }
        return try Picture(
          width: array.shape[1], height: array.shape[0],
          channels: array.shape.count > 2 ? array.shape[2] : 1, bytes: bytes)
      }
      let (from, to) = (try picture(source), try picture(expected))
      let result =
        name.hasPrefix("bit")
        ? try from.nearest(width: to.width, height: to.height)
        : try from.resampled(
          width: to.width, height: to.height, filter: .lanczos, pool: Self.pool)
      #expect(result.bytes() == to.bytes(), "\(name)")
    }
  }

  @Test func inputsAreTheNetworks() throws {
    for item in try SampleRefineFixture.cases() {
      let file = try NPZFile(path: Fixtures.path("sample_refine/\(item.name)/golden.npz"))
      let input = try TextureInput(item.sample(), size: item.dataSize, pool: Self.pool)
      #expect(input.planes.count == 7 * item.dataSize * item.dataSize)
      guard file.contains("sampler_in_u8") else { continue }
      let golden = try file.tensor("sampler_in_u8")
      // Of large cases every k-th row and column is kept.
      let (size, kept) = (item.dataSize, golden.shape[3])
      let step = size / kept
      let bytes = try golden.bytes()
      for plane in 0..<7 {
        for row in 0..<kept {
          for column in 0..<kept {
            let (a, b) = (
              bytes[(plane * kept + row) * kept + column],
              input.planes[(plane * size + row * step) * size + column * step]
            )
            if a != b {
              Issue.record("\(item) plane \(plane), \(row), \(column): \(b) instead of \(a)")
              return
            }
          }
        }
      }
    }
  }
}
