import Compute
import Evaluation
import Foundation
import Media
import SMPLX
import TensorFiles
import TestSupport
import Testing

@testable import AvatarCreation

@Suite struct SurfaceTextureTests {
  static let pool = WorkerPool(threads: 2)

  /// A texture made smaller: means of the texels that lie on the body.
  static func reduced(_ texture: Picture, _ model: BodyModel, size: Int) throws -> [SIMD4<Float>] {
    let texels = try AtlasTexels(model: model, size: texture.width, pool: pool)
    let (bytes, step) = (texture.converted(toChannels: 3).bytes(), texture.width / size)
    var sums = [SIMD4<Float>](repeating: .zero, count: size * size)
    for texel in 0..<texels.count {
      let place = Int(texels.places[texel])
      let (row, column) = (place / texture.width / step, place % texture.width / step)
      sums[row * size + column] += SIMD4(
        Float(bytes[3 * place]), Float(bytes[3 * place + 1]), Float(bytes[3 * place + 2]), 1)
    }
    return sums.map { $0.w > 0 ? $0 / $0.w : .zero }
  }

  /// Decibels of the texels that are compared and lie on the body.
  static func psnr(
    _ picture: Picture, _ expected: [SIMD4<Float>], where isCompared: (Int) -> Bool
  ) throws -> Double {
    let (width, height) = (picture.width, picture.height)
    // 16 bits: what is expected is a mean.
    let words = expected.flatMap { color in
      (0..<3).map { UInt16(clamping: Int(saturating: color[$0] * 257)) }
    }
    let mask = expected.indices.map { isCompared($0) && expected[$0].w > 0 ? UInt8(255) : 0 }
    let measurement = try PairMeasurement(
      ComparedPicture(picture),
      ComparedPicture(Picture(width: width, height: height, channels: 3, words: words)),
      mask: PictureMask(Picture(width: width, height: height, channels: 1, bytes: mask)),
      metrics: [.psnr], pool: pool)
    return try #require(measurement.values[.psnr])
  }

  /// The avatar from the front, projected back without networks, is its own texture where it is seen.
  @Test(arguments: [512, 256])
  func whatIsSeenIsTheOwnTexture(size: Int) throws {
    let person = try PaintedPerson(pool: Self.pool)
    let projection = try SurfaceProjection(
      model: person.model, atlas: TextureAtlas(of: person.model), size: size, pool: Self.pool)
    let made = try projection.texture(
      of: person.photo, matte: person.matte, fit: person.fit, pool: Self.pool)
    let own = try Self.reduced(person.texture, person.model, size: size)
    let mask = made.mask.bytes()
    func isSeen(_ texel: Int) -> Bool { mask[texel] == 255 && !made.mirrored[texel] }
    // Borders of islands, and of what is seen of them.
    func isBorder(_ texel: Int) -> Bool {
      let (row, column) = (texel / size, texel % size)
      guard row > 1, row < size - 2, column > 1, column < size - 2 else { return true }
      return (-2...2).contains { dy in
        (-2...2).contains { dx in own[texel + dy * size + dx].w == 0 }
      }
    }
    let inside = try Self.psnr(made.texture, own, where: isSeen)
    let borders = try Self.psnr(made.texture, own) { isSeen($0) && isBorder($0) }
    #expect(inside >= 32, "\(inside)")
    #expect(borders >= 32, "\(borders)")
    let seen = mask.indices.filter(isSeen).count
    let covered = own.filter { $0.w > 0 }.count
    #expect(Double(seen) > 0.25 * Double(covered))
    // Of a person from the front the other side tells next to nothing.
    let mirrored = made.mirrored.filter { $0 }.count
    #expect(mirrored < seen / 20)
  }

  /// A turned person shows more of one side: the other side is completed from it, and what is mirrored is
  /// what the own texture's twin has.
  @Test func whatIsHiddenIsTheTwin() throws {
    let person = try PaintedPerson(height: 900, yaw: 0.7, pool: Self.pool)
    let size = 256
    let projection = try SurfaceProjection(
      model: person.model, atlas: TextureAtlas(of: person.model), size: size, pool: Self.pool)
    let made = try projection.texture(
      of: person.photo, matte: person.matte, fit: person.fit, pool: Self.pool)
    let mirrored = made.mirrored.filter { $0 }.count
    let known = made.mask.bytes().filter { $0 == 255 }.count
    #expect(mirrored > known / 12, "\(mirrored) of \(known)")
    #expect(zip(made.mirrored, made.mask.bytes()).allSatisfy { !$0 || $1 == 255 })
  }

  @Test func normalsAreOfTheBody() throws {
    let model = try TexturePerson.model()
    let projection = try SurfaceProjection(
      model: model, atlas: TextureAtlas(of: model), size: 128, pool: Self.pool)
    let picture = try projection.normals(betas: [], pool: Self.pool)
    let bytes = picture.bytes()
    let texels = try AtlasTexels(model: model, size: 128, pool: Self.pool)
    let body = try BodySurface(ShapedBody(model: model), pool: Self.pool)
    for texel in stride(from: 0, to: texels.count, by: 7) {
      let place = Int(texels.places[texel])
      let normal = texels.interpolate(body.normals.pointer, texel)
      let unit = SIMD3(normal.x, normal.y, normal.z).normalized
      for axis in 0..<3 {
        let level = (Float(bytes[3 * place + axis]) - 125.5) / 94.5
        #expect(abs(level - unit[axis]) < 0.01)
      }
    }
  }

  @Test func threadsChangeNothing() throws {
    let person = try TexturePerson()
    let photo = person.photo { ($0 & 1 == 0) ? (200, 120, 90) : (60, 110, 160) }
    var pictures: [[UInt8]] = []
    for threads in [1, 2, 5] {
      let pool = WorkerPool(threads: threads)
      let projection = try SurfaceProjection(
        model: person.model, atlas: TextureAtlas(of: person.model), size: 128, pool: pool)
      let made = try projection.texture(
        of: photo, matte: person.matte, fit: person.fit, pool: pool)
      pictures.append(made.texture.bytes() + made.mask.bytes() + made.normals.bytes())
    }
    #expect(pictures[0] == pictures[1] && pictures[0] == pictures[2])
  }
}

@Suite struct AtlasTransferTests {
  static let pool = WorkerPool(threads: 2)

  /// The body's atlas turned by a quarter: a texture of it carries over as if it were turned.
  @Test func aTurnedAtlasTurnsTheTexture() throws {
    let model = try TexturePerson.model()
    let own = try TextureAtlas(of: model)
    let folder = try TemporaryFolder()
    let turned = stride(from: 0, to: own.coordinates.count, by: 2).flatMap {
      [own.coordinates[$0 + 1], 1 - own.coordinates[$0]]
    }
    try NPZ.write(
      [
        ("vt", TensorData(shape: [turned.count / 2, 2], floats: turned)),
        ("ft", TensorData(shape: [own.faces.count / 3, 3], int32s: own.faces.map { Int32($0) })),
      ], to: "\(folder.path)/atlas.npz")
    let other = try TextureAtlas(path: "\(folder.path)/atlas.npz", for: model)
    #expect(other.faces == own.faces)
    let size = 256
    let bytes = (0..<size * size).flatMap { texel -> [UInt8] in
      let (x, y) = (Float(texel % size) / Float(size), Float(texel / size) / Float(size))
      return [
        UInt8(saturating: 255 * x), UInt8(saturating: 255 * y), UInt8(saturating: 90 + 60 * x * y),
      ]
    }
    let picture = try Picture(width: size, height: size, channels: 3, bytes: bytes)
    let carried = try AtlasTransfer(from: own, to: other, model: model, size: size, pool: Self.pool)
      .carry(picture, pool: Self.pool)
    let back = try AtlasTransfer(from: other, to: own, model: model, size: size, pool: Self.pool)
      .carry(carried, pool: Self.pool)
    let (there, home) = (carried.bytes(), back.bytes())
    let texels = AtlasTexels(other, model: model, size: size, pool: Self.pool)
    var worst = 0
    for texel in 0..<texels.count {
      // u' = v, v' = 1 - u: row y' = u, column x' = v = 1 - y.
      let place = Int(texels.places[texel])
      let (x, y) = (place / size, size - 1 - place % size)
      for channel in 0..<3 {
        worst = max(
          worst, abs(Int(there[3 * place + channel]) - Int(bytes[3 * (y * size + x) + channel])))
      }
    }
    #expect(worst <= 3, "\(worst)")
    let ownTexels = try AtlasTexels(model: model, size: size, pool: Self.pool)
    let far = (0..<ownTexels.count).filter { texel in
      let at = 3 * Int(ownTexels.places[texel])
      return (0..<3).contains { abs(Int(home[at + $0]) - Int(bytes[at + $0])) > 3 }
    }
    #expect(far.count < ownTexels.count / 200, "\(far.count)")
  }

  @Test func atlasesAreChecked() throws {
    let model = try TexturePerson.model()
    let folder = try TemporaryFolder()
    let faces = model.faces.count / 3
    func write(_ vt: [Float], _ ft: [Int32], rows: Int) throws -> String {
      let path = "\(folder.path)/\(UUID().uuidString).npz"
      try NPZ.write(
        [
          ("vt", TensorData(shape: [vt.count / 2, 2], floats: vt)),
          ("ft", TensorData(shape: [rows, 3], int32s: ft)),
        ], to: path)
      return path
    }
    let zeros = [Int32](repeating: 0, count: 3 * faces)
    _ = try TextureAtlas(path: write([0, 1], zeros, rows: faces), for: model)
    for path in [
      try write([0, .nan], zeros, rows: faces), try write([0, 1e30], zeros, rows: faces),
      try write([0, 1], [0, 0, 0], rows: 1),
      try write([0, 1], zeros.dropLast() + [1], rows: faces),
      try write([0, 1], zeros.dropLast() + [-1], rows: faces),
    ] {
      #expect(throws: ProgramError.self) { try TextureAtlas(path: path, for: model) }
    }
  }

  @Test func anotherAtlasIsToldByItsMask() throws {
    let model = try TexturePerson.model()
    let own = try TextureAtlas(of: model)
    let texels = try AtlasTexels(model: model, size: 256, pool: Self.pool)
    var bytes = [UInt8](repeating: 0, count: 256 * 256)
    for texel in 0..<texels.count { bytes[Int(texels.places[texel])] = 255 }
    func check(_ bytes: [UInt8]) throws {
      try AtlasAgreement.check(
        mask: PreparedPicture(Picture(width: 256, height: 256, channels: 1, bytes: bytes)),
        atlas: own, model: model, pool: Self.pool)
    }
    try check(bytes)
    #expect(throws: ProgramError.self) { try check(bytes.reversed()) }
  }
}
