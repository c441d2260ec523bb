import Compute
import Media
import Rasterizer
import SMPLX

/// Renders frames of a person's meshes: rasterizer, decoder and a frame of bytes, all reused.
///
/// With a pool of one thread it is one worker's renderer for whole frames; with a larger pool the
/// tiles of a frame are shared among the workers.
final class MeshFrameRenderer: FrameRenderer, @unchecked Sendable {
  // Sendable: used by one worker at a time.

  private let scene: Scene
  private let settings: RenderSettings
  private let pool: WorkerPool
  private let rasterizer: Rasterizer
  private let decoder: any FrameDecoder
  private let bytes: AlignedBuffer<UInt8>
  private var instances: [MeshInstance] = []
  private var storing: FrameBuffer?
  private var storePass: WorkerPool.Body = { _, _ in }

  /// Rows that one piece of work stores; even, as video chroma wants.
  private let band = 32

  /// - Parameter decoder: turns the visible surface into pixels, with as many workers as `pool` has.
  init(scene: Scene, decoder: any FrameDecoder, settings: RenderSettings, pool: WorkerPool) {
    self.scene = scene
    self.settings = settings
    self.pool = pool
    rasterizer = Rasterizer(pool: pool)
    self.decoder = decoder
    bytes = AlignedBuffer(count: settings.width * settings.height * settings.channels + 16)
    storePass = { [unowned self] index, _ in self.store(band: index) }
  }

  /// Of everything but colour: what the settings' pass shows of the meshes.
  convenience init(passOf scene: Scene, settings: RenderSettings, pool: WorkerPool) {
    self.init(
      scene: scene,
      decoder: PassDecoder(part: scene.person.parts[0], settings: settings, pool: pool),
      settings: settings, pool: pool)
  }

  func render(
    _ person: PosedPerson, frame: Int, into buffer: FrameBuffer, mask: FrameBuffer?
  ) {
    let camera = scene.camera.camera(frame: frame)
    let samples = decoder.samples
    decoder.prepare(
      FrameGeometry(vertices: person.body, camera: camera),
      target: FrameTarget(
        pixels: bytes.pointer, bytesPerRow: settings.width * settings.channels,
        width: settings.width, height: settings.height, channels: settings.channels))
    for (index, part) in scene.person.parts.enumerated() {
      let vertices = person[part: index]
      if index == instances.count {
        instances.append(
          MeshInstance(
            mesh: part.mesh, x: vertices.x, y: vertices.y, z: vertices.z,
            attributes: decoder.attributes))
      }
      instances[index].x = vertices.x
      instances[index].y = vertices.y
      instances[index].z = vertices.z
    }
    rasterizer.render(
      instances, camera: camera.scaled(by: Float(samples)), width: settings.width * samples,
      height: settings.height * samples, footprints: decoder.footprints, shader: decoder)
    storing = buffer
    pool.run((settings.height + band - 1) / band, storePass)
    storing = nil
  }

  private func store(band index: Int) {
    let bytesPerRow = settings.width * settings.channels
    let first = index * band
    storing?.store(
      bytes.pointer + first * bytesPerRow, bytesPerRow: bytesPerRow, channels: settings.channels,
      rows: first..<min(first + band, settings.height))
  }
}
