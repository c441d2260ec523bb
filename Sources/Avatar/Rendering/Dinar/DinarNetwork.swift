import Compute
import NeuralRender
import SMPLX

/// Makes the plan that draws a neural avatar's frames: weights, preprocessed texture, precision.
struct DinarNetwork {
  private let graph: Graph
  private let parameters: Parameters
  private let texture: Tensor
  /// What errors call the file that the weights are from.
  private let file: String?
  private let pool: WorkerPool
  private let width: Int
  private let height: Int

  /// Preprocesses the texture, once per avatar.
  ///
  /// - Parameter parameters: the appearance's weights if they were loaded before.
  /// - Throws: when the weights do not fit or the network cannot draw pictures of this size.
  init(
    _ appearance: DinarAppearance, parameters loaded: Parameters? = nil, width: Int, height: Int,
    pool: WorkerPool
  ) throws {
    let renderer = appearance.weights.renderer
    file = appearance.weights.file
    let shape = appearance.texture.shape
    graph = try renderer.frameGraph(
      height: height, width: width, texture: (shape[2], shape[3]), composition: nil)
    parameters = try loaded ?? appearance.weights.parameters()
    let preprocessing = try Plan(
      renderer.textureGraph(height: shape[2], width: shape[3]), parameters: parameters, pool: pool)
    guard let texture = try preprocessing.run(["texture": appearance.texture])["texture"] else {
      throw ProgramError(.software, "the renderer lacks its texture")
    }
    self.texture = texture
    self.pool = pool
    self.width = width
    self.height = height
  }

  /// The plan, the texture in its place.
  func plan(_ precision: PlanPrecision) throws -> Plan {
    let plan: Plan
    do {
      plan = try Plan(graph, parameters: parameters, pool: pool, precision: precision)
    } catch let error as ProgramError where error.code == .dataError {
      throw file.map(error.inFile) ?? error
    }
    plan.input("texture")?.write(texture, image: 0)
    return plan
  }

  /// Frames of the avatar on which layers' scales and errors are found.
  struct Frames {
    var body: ShapedBody
    var poses: any PoseSource
    var camera: any CameraSource
    var numbers: [Int]
  }

  /// Chooses the layers that are computed in bytes, on frames of the avatar itself.
  ///
  /// - Parameters:
  ///   - budget: PSNR in decibels that they must keep from exact ones.
  ///   - progress: called after each frame; returning false throws `interrupted`.
  func calibrate(
    _ surface: SurfaceTable, on frames: Frames, budget: Double,
    progress: (FrameProgress) -> Bool
  ) throws -> QuantizationResult {
    let rasterizer = try DinarSurface(surface, width: width, height: height, pool: pool)
    let calibrator = try QuantizationCalibrator(
      graph, parameters: parameters, pool: pool, pictures: QuantizationCalibrator.Picture.dinar)
    guard let uv = calibrator.input("uv"), let mask = calibrator.input("uv_mask") else {
      throw ProgramError(.software, "the renderer lacks an input")
    }
    calibrator.input("texture")?.write(texture, image: 0)
    let poser = BodyPoser(body: frames.body, pool: pool)
    var pose = BodyPose()
    for (index, frame) in frames.numbers.enumerated() {
      // What follows the frames takes about as long as two of them.
      let step = FrameProgress(
        stage: "calibrating", done: index, total: frames.numbers.count + 2)
      guard progress(step) else {
        throw ProgramError(.interrupted, "interrupted while calibrating")
      }
      try frames.poses.pose(frame: frame, into: &pose)
      try poser.pose(pose)
      rasterizer.project(poser.vertices(), frames.camera.camera(frame: frame))
      rasterizer.draw(uv: uv, mask: mask)
      do {
        try calibrator.observe()
      } catch let error as ProgramError {
        throw file.map(error.inFile) ?? error
      }
    }
    _ = progress(
      FrameProgress(
        stage: "calibrating", done: frames.numbers.count, total: frames.numbers.count + 2))
    return calibrator.finish(budget: budget)
  }
}
