import Compute
import Foundation
import Rasterizer
import TensorFiles
import TestSupport
import Testing

@testable import AvatarCreation

/// From a sample to the known texture and back to the merged one, against DINAR's recorded stages.
@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct DinarTextureParityTests {
  /// Corner cases of the texel rule: borders, exact halves, many pixels on one texel.
  @Test func sampling() throws {
    let golden = try NPZFile(path: Fixtures.path("dinar/sample_by_uv.npz"))
    let (uv, rgb, segm) = try (
      golden.tensor("uv"), golden.tensor("rgb_u8"), golden.tensor("segm")
    )
    let size = try golden.tensor("texture_size").ints()[0]
    let (batch, height, width) = (uv.shape[0], uv.shape[2], uv.shape[3])
    let (uvs, bytes, masks) = try (uv.floats(), rgb.bytes(), segm.floats())
    func part<Value>(_ values: [Value], _ index: Int) -> [Value] {
      let count = values.count / batch
      return Array(values[index * count..<(index + 1) * count])
    }
    for index in 0..<batch {
      for (name, mask) in [("segm", part(masks, index)), ("nosegm", nil)] {
        let sampled = TexelSampling(
          part(bytes, index), channels: rgb.shape[1], uv: part(uvs, index), mask: mask,
          width: width, height: height, size: size)
        let expected = try golden.tensor("\(name)_grid_u8").bytes()
        #expect(sampled.values == part(expected, index), "\(name) \(index)")
        for (key, found) in [("mask", sampled.mask), ("inpaint_mask", sampled.inpainted)] {
          let floats = try golden.tensor("\(name)_\(key)").floats()
          #expect(found.map { Float($0) } == part(floats, index), "\(name) \(key) \(index)")
        }
      }
    }
  }

  /// The person whose stages are recorded.
  struct Stages {
    let fixture: DinarFixture
    let golden: NPZFile
    let sample: DinarSample
    let raster: PhotoRaster
    let known: KnownTexture

    init() throws {
      fixture = try DinarFixture()
      golden = try NPZFile(path: Fixtures.path("dinar_e2e/stages.npz"))
      let file = try Fixtures.files(in: "dinar_e2e", prefix: "person", suffix: ".pkl")[0]
      let name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
      sample = try fixture.sample(name)
      raster = try fixture.raster(sample)
      known = try KnownTexture(sample, raster: raster, size: fixture.textureSize)
    }

    func tensor(_ key: String) throws -> Tensor { try Tensor(golden.tensor(key)) }
  }

  @Test func rasters() throws {
    let stages = try Stages()
    #expect(try stages.raster.mask == stages.golden.tensor("uv_mask").bytes())
    let uv = try stages.golden.tensor("uv").floats()
    let far = zip(stages.raster.uv, uv).filter { !(abs($0 - $1) <= 1e-4) }.count
    #expect(far * 1000 <= 2 * uv.count, "\(far) values")
    let normals = try stages.golden.tensor("verts_normals").floats()
    #expect(try DinarFixture.distance(stages.raster.rowNormals, normals) < 2e-3)
    let facing = try stages.golden.tensor("normal_map").floats()
    let angles = zip(stages.raster.angles, facing).filter { !(abs($0 - $1) <= 2e-3) }.count
    #expect(angles * 1000 <= 2 * facing.count, "\(angles) angles")
  }

  @Test func known() throws {
    let stages = try Stages()
    #expect(
      try KnownTexture.bytes(of: stages.sample.inputRGB)
        == stages.golden.tensor("sample0_input_u8").bytes())
    #expect(try stages.known.colors == stages.golden.tensor("sample0_grid_u8").bytes())
    #expect(try stages.known.mask == stages.golden.tensor("sample0_mask").bytes())
    #expect(try stages.known.inpainted == stages.golden.tensor("sample0_inpaint_mask").bytes())
    let angles = try stages.golden.tensor("sample1_grid_u8").bytes()
    let largest = zip(stages.known.angles, angles).map { abs(Int($0) - Int($1)) }.max() ?? 0
    #expect(largest <= 1)
    #expect(try stages.known.channels == stages.tensor("encoded_ntexture_tail"))
    #expect(
      try DinarFixture.distance(
        stages.known.normalAngles.elements, stages.tensor("normal_angles").elements) <= 1.001 / 255)
  }

  @Test func conditionAndMerge() throws {
    let stages = try Stages()
    let cond = try stages.tensor("cond")
    let (height, width) = (cond.shape[2], cond.shape[3])
    let mask = stages.known.conditionMask(width: width, height: height)
    #expect(mask.elements == Array(cond.elements.suffix(width * height)))
    #expect(
      try stages.known.keptMask(width: width, height: height) == stages.tensor("mask_eroded"))
    let source = try stages.known.texture(generated: stages.tensor("gen_ntexture"))
    let merged = try TextureMerge(
      source: source, inpainted: stages.tensor("decoded"), known: stages.known,
      islands: stages.fixture.bodies.maps.islands)
    #expect(try merged.mask == stages.tensor("final_mask"))
    #expect(try merged.texture == stages.tensor("ntexture"))
  }

  /// The corner cases of the rasterizer, with colours that are negative in places.
  @Test func colorRule() throws {
    let golden = try NPZFile(path: Fixtures.path("dinar/raster_case.npz"))
    let faces = try golden.tensor("faces").ints().map { UInt32($0) }
    let (width, height) = try (
      golden.tensor("width").ints()[0], golden.tensor("height").ints()[0]
    )
    let rasterizer = try DinarRasterizer(
      faces: faces, values: golden.tensor("color_rasterizer_colors").floats(), channels: 3,
      width: width, height: height, pool: WorkerPool(threads: 2))
    try golden.tensor("verts").floats().withUnsafeBufferPointer { rasterizer.rasterize($0) }
    let drawn = UnsafeBufferPointer(start: rasterizer.result.pointer, count: 3 * width * height)
    #expect(
      try PhotoRaster.positiveColors(Array(drawn), count: width * height)
        == golden.tensor("color_rasterizer_out").floats())
  }
}
