import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import Rasterizer

/// Golden data of DINAR's rasterizer: `fixtures/dinar/raster_case.npz`, and the rotation and animation
/// frames of `fixtures/dinar_e2e`. Sizes come from the files.
@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct DinarRasterizerParityTests {
  func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  /// (H, W, C) to (C, H, W).
  func planar(_ values: [Float], channels: Int) -> [Float] {
    let count = values.count / channels
    return (0..<channels).flatMap { c in (0..<count).map { values[$0 * channels + c] } }
  }

  @Test(arguments: [1, 2, 5]) func rasterCase(threads: Int) throws {
    let file = try NPZFile(path: Fixtures.path("dinar/raster_case.npz"))
    func floats(_ name: String) throws -> [Float] { try file.tensor(name).floats() }
    let height = try file.tensor("height").ints()[0]
    let width = try file.tensor("width").ints()[0]
    let faces = try file.tensor("faces").ints().map { UInt32($0) }
    let vertices = try floats("verts")
    let pool = WorkerPool(threads: threads)
    let valuesShape = try file.tensor("values").shape
    let channels = valuesShape[valuesShape.count - 1]
    let raster = try DinarRasterizer(
      faces: faces, values: floats("values"), channels: channels, width: width, height: height,
      pool: pool)
    vertices.withUnsafeBufferPointer { raster.rasterize($0) }
    let size = width * height
    let ids = try file.tensor("face_id").int32s()
    let sameIDs = (0..<size).allSatisfy { raster.faceIDs[$0] == ids[$0] }
    #expect(sameIDs)
    #expect(largestDifference((0..<size).map { raster.depth[$0] }, try floats("depth")) < 1e-5)
    let result = (0..<size * channels).map { raster.result[$0] }
    #expect(
      largestDifference(result, planar(try floats("result"), channels: channels)) < 1e-5)
    let (uv, mask) = raster.uvAndMask()
    #expect(largestDifference(uv, try floats("uv_rasterizer_uv")) < 1e-5)
    let sameMask = try mask == floats("uv_rasterizer_mask")
    #expect(sameMask)

    let colorShape = try file.tensor("color_rasterizer_colors").shape
    let colorChannels = colorShape[colorShape.count - 1]
    let color = try DinarRasterizer(
      faces: faces, values: floats("color_rasterizer_colors"), channels: colorChannels,
      width: width, height: height, pool: pool)
    vertices.withUnsafeBufferPointer { color.rasterize($0) }
    #expect(largestDifference(color.colors(), try floats("color_rasterizer_out")) < 1e-5)
  }

  /// Bounds of the fixture's README: uv 1e-4, up to 0.2 % of the pixels exempt (edges).
  @Test(arguments: ["rotation_io.npz", "animation_io.npz"]) func frames(name: String) throws {
    let file = try NPZFile(path: Fixtures.path("dinar_e2e/\(name)"))
    let uvTable = try NPY.read(path: Fixtures.path("dinar_e2e/smplx_data/uv.npy"))
    let faces = try NPY.read(path: Fixtures.path("dinar_e2e/smplx_data/uv_faces.npy")).ints()
      .map { UInt32($0) }
    let golden = try file.tensor("uv")
    let (height, width) = (golden.shape[2], golden.shape[3])
    let expected = try golden.floats()
    let vertices = try file.tensor("verts")
    let stride = vertices.shape[1] * 3
    let all = try vertices.floats()
    let selected =
      file.contains("frames_selected")
      ? try file.tensor("frames_selected").ints() : Array(0..<golden.shape[0])
    let raster = try DinarRasterizer(
      faces: faces, values: uvTable.floats(), channels: 2, width: width, height: height,
      pool: WorkerPool(threads: 2))
    let size = width * height
    try #require(!selected.isEmpty && selected.count == golden.shape[0])
    for (index, frame) in selected.enumerated() {
      Array(all[frame * stride..<(frame + 1) * stride]).withUnsafeBufferPointer {
        raster.rasterize($0)
      }
      let (uv, mask) = raster.uvAndMask()
      let base = index * 2 * size
      var wrong = 0
      var covered = 0
      for pixel in 0..<size {
        let goldenMask: Float = expected[base + pixel] == DinarRasterizer.emptyUV ? 0 : 1
        if goldenMask > 0 { covered += 1 }
        let du = abs(uv[pixel] - expected[base + pixel])
        let dv = abs(uv[size + pixel] - expected[base + size + pixel])
        if mask[pixel] != goldenMask || du > 1e-4 || dv > 1e-4 { wrong += 1 }
      }
      #expect(covered > 0)
      #expect(wrong * 1000 <= 2 * size, "frame \(frame): \(wrong) of \(size) pixels")
    }
  }
}

extension DinarRasterizer {
  /// uv (2, height, width) and mask (height, width) of the last frame.
  fileprivate func uvAndMask() -> (uv: [Float], mask: [Float]) {
    var pairs = [Float](repeating: 0, count: 2 * width * height)
    var mask = [Float](repeating: 0, count: width * height)
    pairs.withUnsafeMutableBufferPointer { pairs in
      mask.withUnsafeMutableBufferPointer { mask in
        guard let uv = pairs.baseAddress, let mask = mask.baseAddress else { return }
        for y in 0..<height { readUV(row: y, uv: uv + 2 * y * width, mask: mask + y * width) }
      }
    }
    let planes = (0..<2).flatMap { axis in
      stride(from: axis, to: pairs.count, by: 2).map { pairs[$0] }
    }
    return (planes, mask)
  }

  /// The colour rasterizer's output: values where any channel is above 0, else 0.
  ///
  /// (channels, height, width)
  fileprivate func colors() -> [Float] {
    let count = width * height
    let channels = result.count / count
    var colors = [Float](repeating: 0, count: channels * count)
    for pixel in 0..<count
    where (0..<channels).contains(where: { result[$0 * count + pixel] > 0 }) {
      for channel in 0..<channels {
        colors[channel * count + pixel] = result[channel * count + pixel]
      }
    }
    return colors
  }
}
