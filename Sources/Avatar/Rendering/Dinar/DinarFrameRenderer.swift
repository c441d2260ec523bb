import Compute
import Media
import NeuralRender
import Rasterizer
import SMPLX

/// Renders frames as DINAR does: its rasterizer, its renderer network, and the composition over the
/// background.
///
/// Matches: DINAR's visualisation, bytes truncated as it does. Differs: what is behind the person may be
/// a picture, or nothing (straight alpha).
///
/// A frame's picture follows from its number: its reach begins at what frame 0 of the sequence needs and
/// grows by what the frame itself shows; memory of other frames is never read, since the network's
/// outputs count only where they were asked for.
final class DinarFrameRenderer: FrameRenderer, @unchecked Sendable {
  // Sendable: used by one worker at a time; its own workers write disjoint rows.

  let drawsMasks = true
  let quantization: QuantizationResult?
  private let scene: Scene
  private let settings: RenderSettings
  private let pool: WorkerPool
  let surface: DinarSurface
  private let plan: Plan
  private let maps: Maps
  private(set) var region: NetworkRegion
  /// Whether frame 0 has said where frames begin.
  private var knowsStart: Bool
  /// One a band: whether the network drew anything at the region's edge.
  private let touches: AlignedBuffer<Bool>
  private let composition: DinarComposition
  private let background: BackgroundRows
  private let bytes: AlignedBuffer<UInt8>
  private let maskBytes: AlignedBuffer<UInt8>
  private var targets: (frame: FrameBuffer?, mask: FrameBuffer?)
  private var outputPass: WorkerPool.Body = { _, _ in }

  /// Rows that one piece of work handles; even, as video chroma wants.
  private let band = 16

  private struct Maps {
    let uv: FeatureMap
    let mask: FeatureMap
    let rgb: FeatureMap
    let segm: FeatureMap
  }

  /// - Parameter progress: called while layers are calibrated; returning false throws `interrupted`.
  /// - Throws: when the weights do not fit or the network cannot draw pictures of this size.
  init(
    appearance: DinarAppearance, scene: Scene, settings: RenderSettings, pool: WorkerPool,
    progress: (FrameProgress) -> Bool = { _ in true }
  ) throws {
    self.scene = scene
    self.settings = settings
    self.pool = pool
    surface = try DinarSurface(
      appearance.surface, width: settings.width, height: settings.height, pool: pool)
    composition = DinarComposition(threshold: settings.neural.maskThreshold)
    (plan, quantization) = try Self.plan(appearance, scene, settings, pool, progress)
    guard let uv = plan.input("uv"), let mask = plan.input("uv_mask"),
      let rgb = plan.output("rgb"), let segm = plan.output("segm")
    else { throw ProgramError(.software, "the renderer lacks an input or output") }
    maps = Maps(uv: uv, mask: mask, rgb: rgb, segm: segm)
    region = NetworkRegion(
      height: settings.height, width: settings.width,
      reach: settings.neural.isDense ? .everywhere : settings.neural.reach)
    knowsStart = !region.isAutomatic
    touches = AlignedBuffer(count: (settings.height + band - 1) / band)
    background = BackgroundRows(settings)
    bytes = try AlignedBuffer(
      count: settings.width * settings.height * settings.channels, for: "a frame")
    maskBytes = try AlignedBuffer(count: settings.width * settings.height * 3, for: "a mask")
    outputPass = { [unowned self] index, _ in self.compose(band: index) }
    if !settings.neural.isDense { try recordEmptyFrame() }
    // Otherwise drawing frame 0 tells.
    if !knowsStart, scene.selection.count > 0, scene.selection[0] != 0 { try drawFirstFrame() }
  }

  /// Draws frame 0 for its reach.
  private func drawFirstFrame() throws {
    let poser = PersonPoser(scene.person, pool: pool)
    var pose = BodyPose()
    try scene.poses.pose(frame: 0, into: &pose)
    try poser.pose(pose)
    render(poser.person(), frame: 0, into: nil, mask: nil)
  }

  /// Where the body is out of reach each layer has the values of a picture without a body.
  private func recordEmptyFrame() throws {
    surface.clear(uv: maps.uv, mask: maps.mask)
    try plan.recordEmptyFrame(changing: ["uv", "uv_mask"])
  }

  /// The network for this picture size and precision. What the avatar's file knows of its layers in
  /// bytes is taken if it keeps the budget, otherwise found on frames of the scene.
  private static func plan(
    _ appearance: DinarAppearance, _ scene: Scene, _ settings: RenderSettings, _ pool: WorkerPool,
    _ progress: (FrameProgress) -> Bool
  ) throws -> (Plan, QuantizationResult?) {
    let network = try DinarNetwork(
      appearance, width: settings.width, height: settings.height, pool: pool)
    guard case .fast(let budget) = settings.neural.precision else {
      return (try network.plan(.exact), nil)
    }
    var result = try appearance.quantization()
    if (result?.decibels ?? -.infinity) < budget {
      // Of the sequence, so that every piece of it is drawn alike.
      let count = scene.poses.frameCount
      let frames = DinarNetwork.Frames(
        body: scene.person.body, poses: scene.poses, camera: scene.camera,
        numbers: Set([0, count / 3, 2 * count / 3]).sorted())
      result = try network.calibrate(
        appearance.surface, on: frames, budget: budget, progress: progress)
    }
    guard let result else { return (try network.plan(.exact), nil) }
    return (try network.plan(.fast(result.plan)), result)
  }

  func render(
    _ person: PosedPerson, frame: Int, into buffer: FrameBuffer, mask: FrameBuffer?
  ) {
    render(person, frame: frame, into: Optional(buffer), mask: mask)
  }

  private func render(
    _ person: PosedPerson, frame: Int, into buffer: FrameBuffer?, mask: FrameBuffer?
  ) {
    surface.project(person.body, scene.camera.camera(frame: frame))
    draw(into: buffer, mask: mask)
    if frame == 0, !knowsStart {
      region.start = region.margin
      knowsStart = true
    }
  }

  /// Draws what was projected.
  func draw(into buffer: FrameBuffer?, mask: FrameBuffer?) {
    surface.draw(uv: maps.uv, mask: maps.mask)
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
    do {
      if settings.neural.isDense {
        try plan.run()
      } else {
        try plan.run(changed: region.changed, wanted: region.wanted)
      }
    } catch {
      preconditionFailure("a renderer's plan has one run at a time: \(error)")
    }
    pool.run(touches.count, outputPass)
  }

  /// Runs the network once more on the last frame and measures its layers.
  func profile() throws -> NetworkProfile? {
    NetworkProfile(
      layers: try settings.neural.isDense
        ? plan.profile() : plan.profile(changed: region.changed, wanted: region.wanted),
      pool: pool)
  }

  private func rows(_ band: Int) -> Range<Int> {
    band * self.band..<min((band + 1) * self.band, settings.height)
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
          let grey = UInt8(saturating: opacity * 255, .toNearestOrEven)
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
      let alpha = UInt8(saturating: opacity * 255, .toNearestOrEven)
      // Nothing has no colour, beyond the network's reach and within it.
      if alpha == 0 { return target.update(repeating: 0, count: 4) }
      for channel in 0..<3 {
        target[channel] = DinarComposition.byte(colour[channel], opacity: 1, background: 0)
      }
      target[3] = alpha
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
