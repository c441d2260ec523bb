import Compute
import Media
import NeuralRender
import Rasterizer
import SMPLX

/// The whole loop: poses, renders and hands over the selected frames of a scene.
///
/// Frames are posed in batches, so that the body model is read once for many. Small frames are
/// rendered whole, one per worker; large ones one after the other with their tiles shared. Both give
/// the same bytes. The sink encodes beside the loop.
public final class FrameLoop: @unchecked Sendable {
  // Sendable: workers render different frames of the batch with renderers of their own.

  private let scene: Scene
  private let settings: RenderSettings
  private let pool: WorkerPool
  private let renderers: [any FrameRenderer]
  private let poser: BodyPoser
  private let batch: Int
  private var poses: [BodyPose]
  private var frames: [Int]
  private var buffers: [FrameBuffer] = []
  private var masks: [FrameBuffer] = []
  private var renderPass: WorkerPool.Body = { _, _ in }

  /// Frames with more samples than this are rendered with all workers on one frame.
  static let largestWholeFrame = 2_500_000

  /// - Parameter progress: called while a neural avatar's network is calibrated; returning false throws
  ///   `interrupted`.
  /// - Throws: when a neural avatar's network does not fit, or cannot draw pictures of this size.
  public init(
    scene: Scene, settings: RenderSettings, pool: WorkerPool,
    progress: (FrameProgress) -> Bool = { _ in true }
  ) throws {
    self.scene = scene
    self.settings = settings
    self.pool = pool
    let samples =
      settings.width * settings.height * settings.supersample * settings.supersample
    var whole =
      pool.threadCount > 1 && scene.selection.count >= 2 * pool.threadCount
      && samples <= Self.largestWholeFrame
    if settings.pass == .color, case .neural(let appearance) = scene.person.appearance {
      // One network at a time: its activations fill the caches.
      whole = false
      renderers = [
        try NeuralFrameRenderer(
          appearance: appearance, scene: scene, settings: settings, pool: pool, progress: progress)
      ]
    } else {
      var texture: MipmappedTexture?
      if settings.pass == .color, case .plain(let colours) = scene.person.appearance {
        texture = colours
      }
      renderers =
        whole
        ? (0..<pool.threadCount).map { _ in
          MeshFrameRenderer(
            scene: scene, texture: texture, settings: settings, pool: WorkerPool(threads: 1))
        } : [MeshFrameRenderer(scene: scene, texture: texture, settings: settings, pool: pool)]
    }
    // A network's frames take so long that posing one at a time costs nothing, and progress is told
    // after each.
    let wanted = renderers[0] is NeuralFrameRenderer ? 1 : whole ? 8 * pool.threadCount : 4
    batch = max(1, min(scene.selection.count, wanted))
    poser = BodyPoser(body: scene.person.body, pool: pool, batch: batch)
    poses = [BodyPose](repeating: BodyPose(), count: batch)
    frames = [Int](repeating: 0, count: batch)
    renderPass = { [unowned self] index, worker in
      self.renderers[worker].render(
        self.poser.vertices(index), frame: self.frames[index], into: self.buffers[index],
        mask: self.masks.isEmpty ? nil : self.masks[index])
    }
  }

  /// Frames that a sink should be able to hold: two batches, so that it works while a batch is made.
  public var bufferCount: Int { 2 * batch + 2 }

  /// What the layers of a neural avatar's network take, measured on the last frame; nil without one.
  public func profile() -> NetworkProfile? {
    (renderers[0] as? NeuralFrameRenderer).map {
      NetworkProfile(layers: $0.profile(), pool: pool)
    }
  }

  /// What became of a neural avatar's layers in `fast` precision; nil without.
  public var quantization: QuantizationResult? {
    (renderers[0] as? NeuralFrameRenderer)?.quantization
  }

  /// Renders all selected frames into the sink.
  ///
  /// - Parameters:
  ///   - maskSink: takes the opacity that a neural avatar's network draws, a frame for each of the
  ///     sink's.
  ///   - progress: called after every batch; returning false stops the loop.
  /// - Returns: whether the loop ran to its end.
  public func run(
    into sink: any FrameSink, masks maskSink: (any FrameSink)? = nil,
    progress: (FrameProgress) -> Bool = { _ in true }
  ) throws -> Bool {
    let total = scene.selection.count
    buffers.reserveCapacity(batch)
    for start in stride(from: 0, to: total, by: batch) {
      let count = min(batch, total - start)
      for index in 0..<count {
        frames[index] = scene.selection[start + index]
        try scene.poses.pose(frame: frames[index], into: &poses[index])
      }
      try poser.pose(poses[0..<count])
      for _ in 0..<count {
        buffers.append(try sink.acquire())
        if let maskSink { masks.append(try maskSink.acquire()) }
      }
      if renderers.count > 1 {
        pool.run(count, renderPass)
      } else {
        for index in 0..<count { renderPass(index, 0) }
      }
      for buffer in buffers { try sink.submit(buffer) }
      for mask in masks { try maskSink?.submit(mask) }
      buffers.removeAll(keepingCapacity: true)
      masks.removeAll(keepingCapacity: true)
      let step = FrameProgress(stage: "rendering", done: start + count, total: total)
      if !progress(step) { return start + count == total }
    }
    return true
  }
}
