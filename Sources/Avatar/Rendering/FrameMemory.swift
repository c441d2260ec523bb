import Compute

/// How many frames are in the making at once, bounded by the bytes they take.
///
/// Nothing of it changes a frame.
struct FrameMemory {
  /// Bytes of all frames between renderer and sink, their masks and posed bodies. Two frames are there
  /// whatever they take.
  static let circulating = 512 << 20
  /// Bytes of renderers that draw whole frames side by side.
  static let rendering = 1 << 30
  /// Frames with more samples than this are rendered with all workers on one frame.
  static let largestWholeFrame = 2_500_000

  /// Frames posed and rendered together.
  let batch: Int
  /// Frames that a sink holds.
  let buffers: Int
  /// 1 where all workers share the tiles of a frame.
  let renderers: Int
  /// Of these frames and renderers together.
  let bytes: Int

  /// - Parameters:
  ///   - masks: whether each frame has a mask beside it.
  ///   - frames: to be rendered.
  init(
    settings: RenderSettings, masks: Bool, vertexCount: Int, threads: Int, frames: Int,
    takesAllWorkers: Bool
  ) {
    let pixels = settings.width * settings.height
    let samples = pixels * settings.supersample * settings.supersample
    let frameBytes = pixels * (settings.channels + (masks ? 3 : 0)) + 12 * vertexCount
    let most = max(2, Self.circulating / max(1, frameBytes))
    let whole =
      threads > 1 && frames >= 2 * threads && samples <= Self.largestWholeFrame && !takesAllWorkers
    // A network's frames take so long that posing one at a time costs nothing, and progress is told
    // after each.
    let wanted = takesAllWorkers ? 1 : whole ? 8 * threads : 4
    var batch = wanted
    // Rather no overlap with the encoder than workers without a frame.
    if 2 * batch + 2 > most { batch = max((most - 2) / 2, whole ? min(threads, most - 1) : 1) }
    batch = max(1, min(batch, frames))
    self.batch = batch
    buffers = min(2 * batch + 2, max(most, batch + 1))
    // Beside the frame a renderer holds the mesh in pixels, its triangles and their bins.
    let rendererBytes = pixels * settings.channels + 600 * vertexCount
    renderers = whole ? max(1, min(threads, batch, Self.rendering / rendererBytes)) : 1
    bytes = buffers * frameBytes + renderers * rendererBytes
  }
}
