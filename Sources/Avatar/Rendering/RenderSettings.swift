import Compute

/// What a frame shows.
public enum RenderPass: String, CaseIterable, Sendable {
  case color, mask, depth, normals
  case faceNormals = "face-normals"
  case uv, parts
}

/// How a plain avatar is lit.
public enum Light: String, CaseIterable, Sendable {
  /// Hemisphere and key light on smooth normals, fixed to the camera.
  case soft
  /// The texture's colours as they are.
  case none
}

/// How the camera moves.
public enum CameraMode: String, CaseIterable, Sendable {
  /// Stands still where it sees the whole motion.
  case fit
  /// Stands still and frames the first frame.
  case fixed
  /// Goes along with the person.
  case follow
  /// Goes round the whole motion once.
  case orbit
}

public struct CameraSettings: Sendable {
  public var mode: CameraMode
  /// Radians.
  public var yaw: Float
  public var pitch: Float
  /// Metres; nil for the least distance that shows everything.
  public var distance: Float?
  /// Vertical, radians.
  public var fieldOfView: Float
  /// Share of half the picture that stays free.
  public var margin: Float
  /// What fills the picture, what `follow` goes along with and turntables turn.
  public var focus: CameraFocus
  /// World point, metres, that is in the picture's middle (`follow`: in the first frame); nil for
  /// what shows the most.
  public var target: SIMD3<Float>?

  public init(
    mode: CameraMode, yaw: Float, pitch: Float, distance: Float?, fieldOfView: Float,
    margin: Float, focus: CameraFocus = .full, target: SIMD3<Float>? = nil
  ) {
    self.focus = focus
    self.target = target
    self.mode = mode
    self.yaw = yaw
    self.pitch = pitch
    self.distance = distance
    self.fieldOfView = fieldOfView
    self.margin = margin
  }
}

/// Where a neural avatar's network is asked for a picture; elsewhere the background is seen.
public enum NetworkReach: Sendable, Equatable {
  /// Around the body, farther until nothing is drawn at the edge: hair and clothes are not cut.
  case automatic
  /// This many pixels around the body.
  case pixels(Int)
  /// In the whole picture.
  case everywhere
}

/// The arithmetic of a neural avatar's network.
public enum NetworkPrecision: Sendable, Equatable {
  /// float32 throughout.
  case exact
  /// Bytes in as many layers as keep this PSNR, in decibels, from exact frames.
  case fast(budget: Double)

  /// Decibels that no eye tells from exact.
  public static let defaultBudget = 40.0
}

/// How a neural avatar's network is run.
public struct NeuralSettings: Sendable, Equatable {
  /// Opacity below it becomes none; DINAR's visualisation has 0.5, 0 is no threshold.
  public var maskThreshold: Float
  public var reach: NetworkReach
  /// Computes every layer at every pixel, also where the result is known.
  public var isDense: Bool
  public var precision: NetworkPrecision

  public init(
    maskThreshold: Float = 0.5, reach: NetworkReach = .automatic, isDense: Bool = false,
    precision: NetworkPrecision = .exact
  ) {
    self.precision = precision
    self.maskThreshold = maskThreshold
    self.reach = reach
    self.isDense = isDense
  }
}

public struct RenderSettings: Sendable {
  public var width: Int
  public var height: Int
  /// Samples per pixel and axis, 1 to 4.
  public var supersample: Int
  public var background: Background
  /// nil for what the avatar's file says.
  public var light: Light?
  public var pass: RenderPass
  public var neural: NeuralSettings

  public init(
    width: Int, height: Int, supersample: Int = 2, background: Background = .white,
    light: Light? = nil, pass: RenderPass = .color, neural: NeuralSettings = NeuralSettings()
  ) {
    self.width = width
    self.height = height
    self.supersample = supersample
    self.background = background
    self.light = light
    self.pass = pass
    self.neural = neural
  }

  /// Throws when the picture is larger than the rasterizer draws, or its background has another size.
  public func check() throws {
    let largest = Double(max(width, height)) * Double(supersample)
    guard width >= 1, height >= 1, (1...4).contains(supersample) else {
      throw ProgramError(
        .usage, "the picture's size is out of bounds", key: "`size`",
        expected: "sides of at least 1 pixel and 1 to 4 samples",
        found: "\(width)x\(height), \(supersample) samples")
    }
    if case .picture(let picture) = background,
      picture.width != width || picture.height != height
    {
      throw ProgramError(
        .usage, "the background has another size than the frames", key: "`background`",
        expected: "\(width)x\(height)", found: "\(picture.width)x\(picture.height)")
    }
    guard largest <= 16384 else {
      throw ProgramError(
        .usage, "the picture is too large", key: "`size`",
        expected: "at most \(16384 / supersample) pixels a side with `supersample` \(supersample)",
        found: "\(width)x\(height)")
    }
  }

  /// Bytes per pixel of a frame.
  public var channels: Int { background == .transparent && pass == .color ? 4 : 3 }
}

/// Where a loop stands.
public struct FrameProgress: Sendable {
  public let stage: String
  public let done: Int
  public let total: Int

  public init(stage: String, done: Int, total: Int) {
    self.stage = stage
    self.done = done
    self.total = total
  }
}
