import CSIMD
import Compute
import Media
import Rasterizer
import SMPLX

/// Decodes a plain avatar: texture times light, in linear light, over the background.
///
/// Coverage is taken per sample, colour once per pixel or per sample (`listProbes`); the mip level and
/// the long axis of the pixel's footprint come from the triangle (`TextureFootprint`).
final class PlainDecoder: FrameDecoder, @unchecked Sendable {
  // Sendable: per-frame members are set by `prepare` before the workers start; tiles write to
  // disjoint pixels.

  let samples: Int
  let footprints: FootprintRequest?
  let attributes: [VertexAttribute]

  private let light: SoftLight?
  private let texture: MipmappedTextureView
  private let background: BackgroundSource
  private let linearTable: AlignedBuffer<Float>
  private let encodingTable: AlignedBuffer<Int32>
  /// Owns the picture that `background` points to.
  private let backgroundRows: BackgroundRows
  private let normals: VertexNormals
  private let lightValues: AlignedBuffer<Float>
  /// Per worker: colour and coverage of a tile's pixels, and the list of texture samples.
  private let pixelScratch: AlignedBuffer<SIMD4<Float>>
  private let probeScratch: AlignedBuffer<Float>
  /// Tiles have at most 64 x 64 samples.
  private static let pixelsOfTile = 64 * 64
  private var target = FrameTarget(
    pixels: UnsafeMutablePointer<UInt8>.allocate(capacity: 1), bytesPerRow: 0, width: 0, height: 0,
    channels: 3)

  init(
    part: PersonPart, appearance: PlainAppearance, settings: RenderSettings, pool: WorkerPool
  ) {
    samples = settings.supersample
    light = (settings.light ?? appearance.light) == .soft ? SoftLight() : nil
    let texture = appearance.texture
    self.texture = texture.view
    footprints = FootprintRequest(
      texels: [Float(texture.width), Float(texture.height)],
      samplesPerPixel: Float(settings.supersample))
    normals = VertexNormals(topology: part.normalTopology, pool: pool)
    lightValues = AlignedBuffer(
      count: (part.mesh.vertexCount + 15) & ~15, filledWith: 1)
    pixelScratch = AlignedBuffer(count: pool.threadCount * Self.pixelsOfTile)
    probeScratch = AlignedBuffer(count: pool.threadCount * TextureProbes.words)
    linearTable = AlignedBuffer(count: 256)
    for byte in 0..<256 { linearTable[byte] = SRGB.linear(Float(byte) / 255) }
    encodingTable = AlignedBuffer(count: SRGB.encodingSize)
    for (index, value) in SRGB.encodingTable.enumerated() { encodingTable[index] = value }
    backgroundRows = BackgroundRows(settings)
    let bytes = backgroundRows.colour
    background = BackgroundSource(
      linear: SIMD3(
        linearTable[Int(bytes.x)], linearTable[Int(bytes.y)], linearTable[Int(bytes.z)]),
      bytes: bytes, picture: backgroundRows.picture,
      pictureBytesPerRow: settings.width * 3, linearOfByte: linearTable.pointer)
    attributes = [
      VertexAttribute(values: part.coordinates.pointer, indexing: .texture),
      VertexAttribute(
        values: part.coordinates.pointer + part.coordinates.stride, indexing: .texture),
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

  /// Takes the coverage of every pixel and lists the texture samples it needs, samples the texture,
  /// and writes the pixels.
  func shade(_ tile: VisibleTile, worker: Int) {
    let samples = samples
    let (target, background) = (target, background)
    let x0 = tile.x0 / samples
    let y0 = tile.y0 / samples
    let width = tile.width / samples
    let height = tile.height / samples
    if tile.isEmpty {
      fillBackground(target, background, x0: x0, y0: y0, x1: x0 + width, y1: y0 + height)
      return
    }
    let pixels = pixelScratch.pointer + worker * Self.pixelsOfTile
    var probes = TextureProbes(
      texture, memory: probeScratch.pointer + worker * TextureProbes.words, pixels: pixels)
    let size = texture.size
    let work = UnsafeMutableRawPointer(probeScratch.pointer + worker * TextureProbes.words)
    // Rows of pixels are padded to whole vectors.
    let pitch = (width + 15) & ~15
    for y in 0..<height {
      for x in stride(from: 0, to: width, by: 16) {
        let offset = y &* samples &* tile.stride &+ x &* samples
        let count = min(16, width &- x)
        let first = y &* pitch &+ x
        func list<Samples: SamplesPerAxis>(_ samples: Samples.Type) {
          listProbes(
            samples, tile, offset: offset, count: count, texture: size, first: first,
            pixels: pixels, into: &probes)
        }
        switch samples {
        case 1: list(OneSample.self)
        case 2: list(TwoSamples.self)
        case 3: list(ThreeSamples.self)
        default: list(FourSamples.self)
        }
      }
    }
    probes.flush()
    let encoding = encodingTable.pointer
    for y in 0..<height {
      for x in stride(from: 0, to: width, by: 16) {
        let count = min(16, width - x)
        let color = loadPixels(pixels + (y &* pitch &+ x), work)
        if csimd_sign_bits(
          unsafeBitCast(color.coverage .> SIMD16<Float>.zero, to: SIMD16<Int32>.self)) == 0
        {
          fillBackground(
            target, background, x0: x0 + x, y0: y0 + y, x1: x0 + x + count, y1: y0 + y + 1)
        } else {
          writePixels(
            (color.r, color.g, color.b), coverage: color.coverage, target, background,
            encoding: encoding, x: x0 + x, y: y0 + y, count: count)
        }
      }
    }
  }
}
