import Compute
import Media
import NeuralRender
import Rasterizer
import SMPLX

/// Renders frames of a neural avatar: DINAR's rasterizer, its renderer network, and the composition
/// over the background.
///
/// Matches: DINAR's visualisation, bytes truncated as it does. Differs: what is behind the person may be
/// a picture, or nothing (straight alpha).
final class NeuralFrameRenderer: FrameRenderer, @unchecked Sendable {
  // Sendable: used by one worker at a time; its own workers write disjoint rows.

  private let scene: Scene
  private let settings: RenderSettings
  private let pool: WorkerPool
  private let vertexOfRow: [UInt32]
  let rasterizer: DinarRasterizer
  private let plan: Plan
  private let maps: Maps
  private var region: NetworkRegion
  /// One a band: whether the network drew anything at the region's edge.
  private let touches: AlignedBuffer<Bool>
  private let composition: DinarComposition
  private let background: BackgroundRows
  /// (rows, 3): x z, y z, z in pixels.
  let homogeneous: AlignedBuffer<Float>
  private let bytes: AlignedBuffer<UInt8>
  private let maskBytes: AlignedBuffer<UInt8>
  private var targets: (frame: FrameBuffer?, mask: FrameBuffer?)
  private var inputPass: WorkerPool.Body = { _, _ in }
  private var outputPass: WorkerPool.Body = { _, _ in }

  /// Rows that one piece of work handles; even, as video chroma wants.
  private let band = 16

  private struct Maps {
    let uv: FeatureMap
    let mask: FeatureMap
    let rgb: FeatureMap
    let segm: FeatureMap
  }

  /// - Throws: when the weights do not fit or the network cannot draw pictures of this size.
  init(
    appearance: NeuralAppearance, scene: Scene, settings: RenderSettings, pool: WorkerPool
  ) throws {
    self.scene = scene
    self.settings = settings
    self.pool = pool
    vertexOfRow = appearance.surface.vertices
    homogeneous = AlignedBuffer(count: 3 * vertexOfRow.count)
    rasterizer = try DinarRasterizer(
      faces: appearance.surface.faces, values: appearance.surface.coordinates, channels: 2,
      width: settings.width, height: settings.height, pool: pool)
    composition = DinarComposition(threshold: settings.neural.maskThreshold)
    plan = try Self.plan(appearance, settings, pool)
    guard let uv = plan.input("uv"), let mask = plan.input("uv_mask"),
      let rgb = plan.output("rgb"), let segm = plan.output("segm")
    else { throw ProgramError(.software, "the renderer lacks an input or output") }
    maps = Maps(uv: uv, mask: mask, rgb: rgb, segm: segm)
    region = NetworkRegion(
      height: settings.height, width: settings.width,
      reach: settings.neural.isDense ? .everywhere : settings.neural.reach)
    touches = AlignedBuffer(count: (settings.height + band - 1) / band)
    background = BackgroundRows(settings)
    bytes = AlignedBuffer(count: settings.width * settings.height * settings.channels)
    maskBytes = AlignedBuffer(count: settings.width * settings.height * 3)
    inputPass = { [unowned self] index, _ in self.writeInputs(band: index) }
    outputPass = { [unowned self] index, _ in self.compose(band: index) }
    if !settings.neural.isDense { try recordEmptyFrame() }
  }

  /// Where the body is out of reach each layer has the values of a picture without a body.
  private func recordEmptyFrame() throws {
    pool.run(settings.height) { [maps] y, _ in
      (maps.uv.base + y * maps.uv.rowStride).update(
        repeating: DinarRasterizer.emptyUV, count: maps.uv.rowStride)
      (maps.mask.base + y * maps.mask.rowStride).update(
        repeating: 0, count: maps.mask.rowStride)
    }
    try plan.recordEmptyFrame(changing: ["uv", "uv_mask"])
  }

  /// The network for this picture size, the avatar's texture preprocessed and written to its input.
  private static func plan(
    _ appearance: NeuralAppearance, _ settings: RenderSettings, _ pool: WorkerPool
  ) throws -> Plan {
    let renderer = appearance.weights.renderer
    let texture = appearance.texture
    let (height, width) = (texture.shape[2], texture.shape[3])
    let frameGraph = try renderer.frameGraph(
      height: settings.height, width: settings.width, texture: (height, width), composition: nil)
    let parameters = try appearance.weights.parameters()
    let preprocessing = try Plan(
      renderer.textureGraph(height: height, width: width), parameters: parameters, pool: pool)
    let preprocessed = try preprocessing.run(["texture": texture])["texture"]
    let plan = try Plan(frameGraph, parameters: parameters, pool: pool)
    guard let preprocessed, let input = plan.input("texture") else {
      throw ProgramError(.software, "the renderer lacks its texture")
    }
    input.write(preprocessed, image: 0)
    return plan
  }

  func render(
    _ vertices: PlanarVertices, frame: Int, into buffer: FrameBuffer, mask: FrameBuffer?
  ) {
    project(vertices, scene.camera.camera(frame: frame))
    draw(into: buffer, mask: mask)
  }

  /// Draws the rows' vertices as they are in `homogeneous`.
  func draw(into buffer: FrameBuffer, mask: FrameBuffer?) {
    rasterizer.rasterize(
      UnsafeBufferPointer(start: homogeneous.pointer, count: homogeneous.count))
    pool.run(touches.count, inputPass)
    region.take(mask: maps.mask)
    targets = (buffer, mask)
    runNetwork()
    while (0..<touches.count).contains(where: { touches[$0] }) {
      region.grow()
      runNetwork()
    }
    targets = (nil, nil)
  }

  private func runNetwork() {
    if settings.neural.isDense {
      plan.run()
    } else {
      plan.run(changed: region.changed, wanted: region.wanted)
    }
    pool.run(touches.count, outputPass)
  }

  /// Runs the network once more on the last frame and measures its layers.
  func profile() -> [PlanProfile] {
    settings.neural.isDense
      ? plan.profile() : plan.profile(changed: region.changed, wanted: region.wanted)
  }

  private func project(_ vertices: PlanarVertices, _ camera: PinholeCamera) {
    let (focal, principal) = (camera.focalLength, camera.principalPoint)
    for (row, vertex) in vertexOfRow.enumerated() {
      let index = Int(vertex)
      let point = camera.transform([vertices.x[index], vertices.y[index], vertices.z[index]])
      homogeneous[3 * row] = focal.x * point.x + principal.x * point.z
      homogeneous[3 * row + 1] = focal.y * point.y + principal.y * point.z
      homogeneous[3 * row + 2] = point.z
    }
  }

  private func rows(_ band: Int) -> Range<Int> {
    band * self.band..<min((band + 1) * self.band, settings.height)
  }

  private func writeInputs(band: Int) {
    for y in rows(band) {
      rasterizer.readUV(
        row: y, uv: maps.uv.base + y * maps.uv.rowStride,
        mask: maps.mask.base + y * maps.mask.rowStride)
    }
  }

  private func compose(band: Int) {
    let rows = rows(band)
    let (width, channels) = (settings.width, settings.channels)
    let wantsMask = targets.mask != nil
    var touchesEdge = false
    for y in rows {
      let colours = maps.rgb.base + y * maps.rgb.rowStride
      let segm = maps.segm.base + y * maps.segm.rowStride
      let uvMask = maps.mask.base + y * maps.mask.rowStride
      let target = bytes.pointer + y * width * channels
      let behind = background.row(y)
      for x in 0..<width {
        let opacity =
          region.wanted[y, x]
          ? composition.opacity(
            segm: segm[x * maps.segm.pixelStride], uvMask: uvMask[x * maps.mask.pixelStride]) : 0
        // Less than half a step of a byte cannot be seen.
        if opacity > 1 / 510, region.edge[y, x] { touchesEdge = true }
        let colour = colours + x * maps.rgb.pixelStride
        write(colour, opacity, behind, x, to: target + x * channels)
        if wantsMask {
          let grey = UInt8((opacity * 255).rounded(.toNearestOrEven))
          (maskBytes.pointer + (y * width + x) * 3).update(repeating: grey, count: 3)
        }
      }
    }
    touches[band] = touchesEdge
    if touchesEdge { return }
    targets.frame?.store(
      bytes.pointer + rows.lowerBound * width * channels, bytesPerRow: width * channels,
      channels: channels, rows: rows)
    targets.mask?.store(
      maskBytes.pointer + rows.lowerBound * width * 3, bytesPerRow: width * 3, channels: 3,
      rows: rows)
  }

  @inline(__always)
  private func write(
    _ colour: UnsafePointer<Float>, _ opacity: Float, _ behind: BackgroundRows.Row, _ x: Int,
    to target: UnsafeMutablePointer<UInt8>
  ) {
    if settings.channels == 4 {
      for channel in 0..<3 {
        target[channel] = DinarComposition.byte(colour[channel], opacity: 1, background: 0)
      }
      target[3] = UInt8((opacity * 255).rounded(.toNearestOrEven))
      return
    }
    for channel in 0..<3 {
      let byte = behind.byte(x, channel)
      // Untouched where nothing is: a byte divided by 255 need not come back.
      target[channel] =
        opacity == 0
        ? byte
        : DinarComposition.byte(
          colour[channel], opacity: opacity, background: Float(byte) / 255)
    }
  }
}

/// The background's bytes by row: of a picture or one colour.
private final class BackgroundRows: @unchecked Sendable {
  // Sendable: written only by `init`.
  private let picture: AlignedBuffer<UInt8>
  private let colour: SIMD3<UInt8>
  private let width: Int

  struct Row {
    fileprivate let picture: UnsafePointer<UInt8>?
    fileprivate let colour: SIMD3<UInt8>

    @inline(__always)
    func byte(_ x: Int, _ channel: Int) -> UInt8 {
      picture.map { $0[3 * x + channel] } ?? colour[channel]
    }
  }

  init(_ settings: RenderSettings) {
    width = settings.width
    var bytes: [UInt8] = []
    switch settings.background {
    case .color(let color): colour = color
    case .transparent: colour = [0, 0, 0]
    case .picture(let image):
      colour = [0, 0, 0]
      bytes = image.bytes()
    }
    picture = AlignedBuffer(count: bytes.count)
    for (index, byte) in bytes.enumerated() { picture[index] = byte }
  }

  func row(_ y: Int) -> Row {
    Row(
      picture: picture.count == 0 ? nil : UnsafePointer(picture.pointer) + 3 * y * width,
      colour: colour)
  }
}
