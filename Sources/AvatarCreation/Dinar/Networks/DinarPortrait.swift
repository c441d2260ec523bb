import Avatar
import Compute
import NeuralRender

/// Draws persons as DINAR's test run does: as in the photo, on white, the body opaque.
final class DinarPortrait {
  private let textures: Plan
  private let frames: Plan

  /// - Parameters:
  ///   - side: pixels of the square.
  ///   - textureSize: texels along a side.
  init(_ checkpoint: DinarCheckpoint, side: Int, textureSize: Int, pool: WorkerPool) throws {
    let renderer = DinarRenderer(try DinarRendererSizes(of: checkpoint.weights))
    let composition = DinarComposition(addsUVMask: true, hasBackground: true, threshold: 0)
    let texture = try renderer.textureGraph(height: textureSize, width: textureSize)
    let frame = try renderer.frameGraph(
      height: side, width: side, texture: (textureSize, textureSize), composition: composition)
    let parameters = try Parameters(
      of: texture, frame, from: checkpoint.weights, prefix: DinarRenderer.checkpointPrefix)
    textures = try Plan(texture, parameters: parameters, pool: pool)
    frames = try Plan(frame, parameters: parameters, pool: pool)
  }

  /// - Parameter texture: (1, C, T, T).
  /// - Returns: colours (1, 3, S, S) in [-1, 1] and opacity (1, 1, S, S).
  func draw(_ texture: Tensor, on raster: PhotoRaster) throws -> (rgb: Tensor, segm: Tensor) {
    let side = raster.side
    guard let ready = try textures.run(["texture": texture])["texture"] else {
      throw ProgramError(.software, "the renderer lacks its texture")
    }
    let results = try frames.run([
      "texture": ready, "uv": Tensor(shape: [1, 2, side, side], raster.uv),
      "uv_mask": Tensor(shape: [1, 1, side, side], raster.mask.map { Float($0) }),
      "background": Tensor(shape: [1, 3, side, side], repeating: 1),
    ])
    guard let rgb = results["rgb"], let segm = results["segm"] else {
      throw ProgramError(.software, "the renderer lacks its picture")
    }
    return (rgb, segm)
  }
}
