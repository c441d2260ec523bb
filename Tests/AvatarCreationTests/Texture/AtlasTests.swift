import Compute
import Foundation
import SMPLX
import Testing

@testable import AvatarCreation

@Suite struct AtlasTests {
  @Test func texelsAreAtTheirTextureCoordinates() throws {
    let pool = WorkerPool(threads: 2)
    let model = try TexturePerson.model()
    let size = 256
    let atlas = try AtlasTexels(model: model, size: size, pool: pool)
    let uv = try #require(model.uv)
    let uvFaces = try #require(model.uvFaces)
    // The islands cover 64 % of the texture.
    #expect(abs(Float(atlas.count) / Float(size * size) - 0.64) < 0.01)
    var greatest: Float = 0
    for texel in 0..<atlas.count {
      let face = Int(atlas.faces[texel])
      let weight = atlas.weights[texel]
      var place = SIMD2<Float>.zero
      for (k, share) in [1 - weight.x - weight.y, weight.x, weight.y].enumerated() {
        let at = 2 * Int(uvFaces[3 * face + k])
        place += share * SIMD2(uv[at], 1 - uv[at + 1])
      }
      let number = Int(atlas.places[texel])
      let centre = SIMD2(Float(number % size) + 0.5, Float(number / size) + 0.5)
      let difference = place * Float(size) - centre
      greatest = max(greatest, abs(difference.x), abs(difference.y))
    }
    #expect(greatest < 1e-3)
    #expect((1..<atlas.count).allSatisfy { atlas.places[$0] > atlas.places[$0 - 1] })
  }

  @Test func sumsOverVerticesKeepTheTotal() throws {
    let pool = WorkerPool(threads: 2)
    let model = try TexturePerson.model()
    let atlas = try AtlasTexels(model: model, size: 64, pool: pool)
    let sums = atlas.gather(vertexCount: model.vertexCount, pool: pool) { _ in [1, 2, 3, 4] }
    let total = (0..<model.vertexCount).reduce(SIMD4<Float>.zero) { $0 + sums[$1] }
    for k in 0..<4 { #expect(abs(total[k] / Float((k + 1) * atlas.count) - 1) < 1e-3) }
  }

  @Test(arguments: [(1, 1), (3, 1), (5, 7), (16, 16), (33, 20)])
  func holesAreFilledFromWhatIsKnown(width: Int, height: Int) {
    let pool = WorkerPool(threads: 2)
    let pixels = Plane<SIMD4<Float>>(count: width * height, filledWith: .zero)
    pixels[width * height / 2] = [10, 20, 30, 1]
    PushPull.fill(pixels, width: width, height: height, pool: pool)
    for pixel in 0..<width * height {
      let value = pixels[pixel]
      #expect(abs(value.x - 10) + abs(value.y - 20) + abs(value.z - 30) < 1e-3)
    }
    let empty = Plane<SIMD4<Float>>(count: width * height, filledWith: .zero)
    PushPull.fill(empty, width: width, height: height, pool: pool)
    #expect((0..<width * height).allSatisfy { empty[$0] == .zero })
  }

  @Test func anglesAreNearTheLibrarys() {
    for step in 0..<360 {
      let angle = Float(step) * .pi / 180 - .pi
      let found = arcTangent(2 * sin(angle), 2 * cos(angle))
      #expect(abs(wrapped(found - angle)) < 1e-4)
    }
    #expect(arcTangent(0, 0) == 0)
    #expect(abs(wrapped(3 * .pi - 0.1) - (.pi - 0.1)) < 1e-5)
  }

  @Test func labOfKnownColours() {
    // White, and the primary red of sRGB.
    let white = PerceptualColor.lab([255, 255, 255, 1])
    #expect((white - SIMD3(100, 0, 0)).length < 0.05)
    let red = PerceptualColor.lab([255, 0, 0, 1])
    #expect((red - SIMD3(53.24, 80.09, 67.20)).length < 0.1)
    #expect(
      PerceptualColor.median([[1, 9, 5, 1], [3, 2, 4, 1], [2, 7, 9, 1]], atLeast: 3) == [
        2, 7, 5, 1,
      ])
    #expect(PerceptualColor.median([[1, 1, 1, 1]]) == nil)
  }
}
