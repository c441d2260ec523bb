import CSIMD
import Compute
import Media
import Rasterizer
import SMPLX

/// Decodes a plain avatar: texture times light, in linear light, over the background.
///
/// Coverage is taken per sample, colour once per pixel at the mean of its covered samples, as long as
/// they lie together on the texture; where a pixel sees two surfaces (an arm before the trunk, a uv
/// seam) every sample is coloured by itself. The mip level and the long axis of the pixel's footprint
/// come from the triangle (`TextureFootprint`).
final class PlainDecoder: FrameDecoder, @unchecked Sendable {
  // Sendable: per-frame members are set by `prepare` before the workers start; tiles write to
  // disjoint pixels.

  let samples: Int
  let footprints: FootprintRequest?
  let attributes: [VertexAttribute]

  private let person: Person
  private let light: SoftLight?
  private let texture: MipmappedTextureView
  private let background: BackgroundSource
  private let backgroundPicture: [UInt8]
  private let linearTable: AlignedBuffer<Float>
  private let encodingTable: AlignedBuffer<Int32>
  private let pictureBuffer: AlignedBuffer<UInt8>
  private let normals: VertexNormals
  private let lightValues: AlignedBuffer<Float>
  private var target = FrameTarget(
    pixels: UnsafeMutablePointer<UInt8>.allocate(capacity: 1), bytesPerRow: 0, width: 0, height: 0,
    channels: 3)

  init(person: Person, settings: RenderSettings, pool: WorkerPool) {
    self.person = person
    samples = settings.supersample
    let wanted =
      settings.light ?? person.description.decoder.light.flatMap(Light.init(rawValue:)) ?? .soft
    light = wanted == .soft ? SoftLight() : nil
    texture = person.texture.view
    footprints = FootprintRequest(
      texels: [Float(person.texture.width), Float(person.texture.height)],
      samplesPerPixel: Float(settings.supersample))
    normals = VertexNormals(topology: person.normalTopology, pool: pool)
    lightValues = AlignedBuffer(
      count: (person.mesh.vertexCount + 15) & ~15, filledWith: 1)
    linearTable = AlignedBuffer(count: 256)
    for byte in 0..<256 { linearTable[byte] = SRGB.linear(Float(byte) / 255) }
    encodingTable = AlignedBuffer(count: SRGB.encodingSize)
    for (index, value) in SRGB.encodingTable.enumerated() { encodingTable[index] = value }
    var bytes = SIMD3<UInt8>(repeating: 0)
    backgroundPicture = []
    var source: AlignedBuffer<UInt8>
    switch settings.background {
    case .color(let color):
      bytes = color
      source = AlignedBuffer(count: 0)
    case .transparent: source = AlignedBuffer(count: 0)
    case .picture(let picture):
      let rgb = picture.bytes()
      source = AlignedBuffer(count: rgb.count)
      for (index, value) in rgb.enumerated() { source[index] = value }
    }
    let hasPicture = source.count > 0
    pictureBuffer = source
    background = BackgroundSource(
      linear: SIMD3(
        linearTable[Int(bytes.x)], linearTable[Int(bytes.y)], linearTable[Int(bytes.z)]),
      bytes: bytes, picture: hasPicture ? UnsafePointer(pictureBuffer.pointer) : nil,
      pictureBytesPerRow: settings.width * 3, linearOfByte: linearTable.pointer)
    attributes = [
      VertexAttribute(values: person.uvPlanes.pointer, indexing: .texture),
      VertexAttribute(values: person.uvPlanes.pointer + person.uvStride, indexing: .texture),
      VertexAttribute(values: lightValues.pointer, indexing: .vertex),
    ]
  }

  func prepare(_ frame: FrameGeometry, target: FrameTarget) {
    self.target = target
    guard let light else { return }
    normals.update(frame.vertices)
    light.shade(
      normals: normals.vertices, rotation: frame.camera.rotation, into: lightValues.pointer)
  }

  func shade(_ tile: VisibleTile, worker: Int) {
    let x0 = tile.x0 / samples
    let y0 = tile.y0 / samples
    let x1 = x0 + tile.width / samples
    let y1 = y0 + tile.height / samples
    if tile.isEmpty {
      fillBackground(target, background, x0: x0, y0: y0, x1: x1, y1: y1)
      return
    }
    for y in y0..<y1 {
      for x in stride(from: x0, to: x1, by: 16) {
        let count = min(16, x1 - x)
        let offset = (y - y0) * samples * tile.stride + (x - x0) * samples
        switch samples {
        case 1: shadePixels(tile, offset, x, y, count, samples: 1)
        case 2: shadePixels(tile, offset, x, y, count, samples: 2)
        case 3: shadePixels(tile, offset, x, y, count, samples: 3)
        default: shadePixels(tile, offset, x, y, count, samples: 4)
        }
      }
    }
  }

  /// One sample of sixteen pixels.
  private struct Sample {
    var active: SIMDMask<SIMD16<Int32>>
    var record: SIMD16<Int32>
    var u: SIMD16<Float>
    var v: SIMD16<Float>
    var light: SIMD16<Float>
  }

  @inline(__always)
  private func sample(
    _ tile: VisibleTile, _ offset: Int, samples: Int, valid: SIMDMask<SIMD16<Int32>>
  ) -> Sample {
    typealias V = SIMD16<Float>
    let lanes = SIMD16<Int32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    @inline(__always) func floats(_ plane: UnsafePointer<Float>) -> V {
      samples == 1
        ? UnsafeRawPointer(plane + offset).loadUnaligned(as: V.self)
        : csimd_gather_f32(plane + offset, lanes &* Int32(samples))
    }
    let record =
      samples == 1
      ? UnsafeRawPointer(tile.records + offset).loadUnaligned(as: SIMD16<Int32>.self)
      : csimd_gather_i32(tile.records + offset, lanes &* Int32(samples))
    let active = (record .>= 0) .& valid
    let depth = 1 / floats(tile.inverseDepth)
    return Sample(
      active: active, record: record, u: floats(tile.attributes) * depth,
      v: floats(tile.attributes + tile.planeSize) * depth,
      light: floats(tile.attributes + 2 * tile.planeSize) * depth)
  }

  @inline(__always)
  private func shadePixels(
    _ tile: VisibleTile, _ offset: Int, _ x: Int, _ y: Int, _ count: Int, samples: Int
  ) {
    typealias V = SIMD16<Float>
    typealias I = SIMD16<Int32>
    let lanes = I(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    let valid = lanes .< Int32(count)
    var covered = V.zero
    var (u, v, light) = (V.zero, V.zero, V.zero)
    let far = V(repeating: 1e9)
    var (lowU, highU, lowV, highV) = (far, -far, far, -far)
    var record = I(repeating: -1)
    for sy in 0..<samples {
      for sx in 0..<samples {
        let s = sample(tile, offset + sy * tile.stride + sx, samples: samples, valid: valid)
        covered += V.zero.replacing(with: 1, where: s.active)
        u += V.zero.replacing(with: s.u, where: s.active)
        v += V.zero.replacing(with: s.v, where: s.active)
        light += V.zero.replacing(with: s.light, where: s.active)
        lowU.replace(with: s.u, where: s.active .& (s.u .< lowU))
        highU.replace(with: s.u, where: s.active .& (s.u .> highU))
        lowV.replace(with: s.v, where: s.active .& (s.v .< lowV))
        highV.replace(with: s.v, where: s.active .& (s.v .> highV))
        record.replace(with: s.record, where: s.active)
      }
    }
    let seen = record .>= 0
    if csimd_sign_bits(unsafeBitCast(seen, to: I.self)) == 0 {
      fillBackground(target, background, x0: x, y0: y, x1: x + count, y1: y + 1)
      return
    }
    let inverse = 1 / covered.replacing(with: 1, where: .!seen)
    let (level, du, dv) = footprint(tile, record, seen)
    var color = sampleTexture(
      texture, u: u * inverse, v: v * inverse, level: level, du: du, dv: dv, active: seen)
    let scale = Float(1) / Float(samples * samples)
    light *= scale  // the mean light of the covered samples times the pixel's coverage
    color.r *= light
    color.g *= light
    color.b *= light
    if samples > 1 {
      // Samples of one surface lie within the footprint, whose long axis is at most a few short ones.
      let reach = unsafeBitCast(csimd_round_i32((level + 127) * 0x1p23), to: V.self) * 8 + 1
      let apart =
        seen
        .& (((highU - lowU) * Float(person.texture.width) .> reach)
          .| ((highV - lowV) * Float(person.texture.height) .> reach))
      if csimd_sign_bits(unsafeBitCast(apart, to: I.self)) != 0 {
        var sum: LinearColor = (V.zero, V.zero, V.zero)
        for sy in 0..<samples {
          for sx in 0..<samples {
            let s = sample(tile, offset + sy * tile.stride + sx, samples: samples, valid: valid)
            let use = s.active .& apart
            if csimd_sign_bits(unsafeBitCast(use, to: I.self)) == 0 { continue }
            // A sliver of a pixel needs no long axis: one probe a sample.
            let (level, _, _) = footprint(tile, s.record, use)
            let one = sampleTexture(
              texture, u: s.u.replacing(with: 0, where: .!use),
              v: s.v.replacing(with: 0, where: .!use), level: level, du: V.zero, dv: V.zero,
              active: use)
            let weight = V.zero.replacing(with: s.light * scale, where: use)
            sum.r = multiplyAdd(one.r, weight, sum.r)
            sum.g = multiplyAdd(one.g, weight, sum.g)
            sum.b = multiplyAdd(one.b, weight, sum.b)
          }
        }
        color.r.replace(with: sum.r, where: apart)
        color.g.replace(with: sum.g, where: apart)
        color.b.replace(with: sum.b, where: apart)
      }
    }
    color.r.replace(with: 0, where: .!seen)
    color.g.replace(with: 0, where: .!seen)
    color.b.replace(with: 0, where: .!seen)
    writePixels(
      color, coverage: covered * scale, target, background, encoding: encodingTable.pointer, x: x,
      y: y, count: count)
  }

  @inline(__always)
  private func footprint(
    _ tile: VisibleTile, _ record: SIMD16<Int32>, _ active: SIMDMask<SIMD16<Int32>>
  ) -> (SIMD16<Float>, SIMD16<Float>, SIMD16<Float>) {
    guard let footprints = tile.footprints else { return (.zero, .zero, .zero) }
    let index =
      record.replacing(with: 0, where: .!active) &* Int32(VisibleTile.footprintStride)
    return (
      csimd_gather_f32(footprints, index), csimd_gather_f32(footprints + 1, index),
      csimd_gather_f32(footprints + 2, index)
    )
  }
}
