import Compute
import Media
import NeuralRender
import SMPLX
import Synchronization

/// The whole loop: poses, renders and hands over the selected frames of a scene.
///
/// Frames are posed in batches, so that the body model is read once for many. Small frames are
/// rendered whole, one per worker; large ones one after the other with their tiles shared. Both give
/// the same bytes, and so does every selection of frames. The sink encodes beside the loop.
public final class FrameLoop: @unchecked Sendable {
  // Sendable: workers render different frames of the batch with renderers of their own.

  private let scene: Scene
  private let settings: RenderSettings
  private let pool: WorkerPool
  /// Each is used by one piece of work at a time.
  private let renderers: [any FrameRenderer]
  private let poser: PersonPoser
  private let batch: Int
  private var poses: [BodyPose]
  private var frames: [Int]
  private var buffers: [FrameBuffer] = []
  private var masks: [FrameBuffer] = []
  /// Of the batch: whether the person has left the picture.
  private let isGone: AlignedBuffer<Bool>
  /// The next frame of the batch that nobody renders yet.
  private let next = Atomic<Int>(0)
  private var renderPass: WorkerPool.Body = { _, _ in }

  /// Frames that a sink should be able to hold: two batches, so that it works while a batch is made, as
  /// far as `FrameMemory` goes.
  public let bufferCount: Int
  /// The first frame rendered so far in which the person has left the picture of a fixed camera, and how.
  public private(set) var departure: (frame: Int, words: String)?

  /// - Parameters:
  ///   - masks: whether `run` is going to be given a sink for masks.
  ///   - progress: called while a neural avatar's network is calibrated; returning false throws
  ///     `interrupted`.
  /// - Throws: when a neural avatar's network does not fit, or cannot draw pictures of this size.
  public init(
    scene: Scene, settings: RenderSettings, masks: Bool = false, pool: WorkerPool,
    progress: (FrameProgress) -> Bool = { _ in true }
  ) throws {
    self.scene = scene
    self.settings = settings
    self.pool = pool
    try settings.check()
    let appearance = settings.pass == .color ? scene.person.appearance : nil
    let memory = FrameMemory(
      settings: settings, masks: masks, vertexCount: scene.person.body.model.vertexCount,
      threads: pool.threadCount, frames: scene.selection.count,
      takesAllWorkers: appearance?.takesAllWorkers ?? false)
    try MemoryBudget.require(memory.bytes, for: "the frames")
    batch = memory.batch
    bufferCount = memory.buffers
    renderers = try (0..<memory.renderers).map { _ in
      let pool = memory.renderers > 1 ? WorkerPool(threads: 1) : pool
      return try appearance?
        .makeRenderer(of: scene, settings: settings, pool: pool, progress: progress)
        ?? MeshFrameRenderer(passOf: scene, settings: settings, pool: pool)
    }
    poser = PersonPoser(scene.person, pool: pool, batch: batch)
    poses = [BodyPose](repeating: BodyPose(), count: batch)
    frames = [Int](repeating: 0, count: batch)
    isGone = AlignedBuffer(count: batch, filledWith: false)
    renderPass = { [unowned self] piece, _ in
      while true {
        let index = self.next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < self.buffers.count else { return }
        self.render(index, with: self.renderers[piece])
      }
    }
  }

  private func render(_ index: Int, with renderer: any FrameRenderer) {
    let person = poser.person(index)
    renderer.render(
      person, frame: frames[index], into: buffers[index],
      mask: masks.isEmpty ? nil : masks[index])
    if let watch = scene.watch { isGone[index] = watch.isGone(person.body, frame: frames[index]) }
  }

  /// What the layers of a neural avatar's network take, measured on the last frame; nil without one.
  public func profile() throws -> NetworkProfile? { try renderers[0].profile() }

  /// What became of a neural avatar's layers in `fast` precision; nil without.
  public var quantization: QuantizationResult? { renderers[0].quantization }

  /// Renders all selected frames into the sink.
  ///
  /// - Parameters:
  ///   - maskSink: takes the opacity that a neural avatar's network draws, a frame for each of the
  ///     sink's.
  ///   - progress: called after every batch; returning false stops the loop.
  /// - Returns: whether the loop ran to its end.
  /// - Throws: also when masks are asked of what draws none.
  public func run(
    into sink: any FrameSink, masks maskSink: (any FrameSink)? = nil,
    progress: (FrameProgress) -> Bool = { _ in true }
  ) throws -> Bool {
    guard maskSink == nil || renderers[0].drawsMasks else {
      throw ProgramError(.usage, "only the colours of a neural avatar come with masks")
    }
    let total = scene.selection.count
    buffers.removeAll(keepingCapacity: true)
    masks.removeAll(keepingCapacity: true)
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
      next.store(0, ordering: .relaxed)
      pool.run(renderers.count, renderPass)
      for buffer in buffers { try sink.submit(buffer) }
      for mask in masks { try maskSink?.submit(mask) }
      buffers.removeAll(keepingCapacity: true)
      masks.removeAll(keepingCapacity: true)
      noteDeparture(count)
      let step = FrameProgress(stage: "rendering", done: start + count, total: total)
      if !progress(step) { return start + count == total }
    }
    return true
  }

  private func noteDeparture(_ count: Int) {
    guard let watch = scene.watch else { return }
    for index in 0..<count where isGone[index] {
      if frames[index] < departure?.frame ?? .max { departure = (frames[index], watch.words) }
    }
  }
}
