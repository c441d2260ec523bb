import Avatar
import Compute
import Foundation
import Media

/// Where frames go, decided by the output's name, and the sink for it.
struct FrameOutput {
  let path: String
  let kind: OutputKind
  private let force: Bool
  private let channels: Int

  /// Checks what can be checked before any work: the kind, alpha, and whether the output may be
  /// made.
  ///
  /// - Parameters:
  ///   - single: exactly one picture is made.
  ///   - plainNumbers: pictures of a folder are called 0.png, 1.png, ... as DINAR does.
  init(
    path: String, single: Bool, force: Bool, settings: RenderSettings, plainNumbers: Bool = false
  ) throws {
    self.path = Self.pattern(path, plainNumbers: plainNumbers)
    self.force = force
    channels = settings.channels
    kind = try OutputKind(path: path)
    if single, kind != .picture {
      throw ProgramError(
        .usage, "a single picture is a .png", file: path, hint: "avatar turntable makes videos")
    }
    if !single, kind == .picture {
      throw ProgramError(
        .usage, "several frames do not fit one picture", file: path,
        expected: ".mp4, or a numbered name such as frame_%04d.png",
        hint: "avatar export makes a single picture")
    }
    if kind == .video, settings.background == .transparent {
      throw ProgramError(
        .usage, "H.264 has no transparent background", file: path, key: "--background",
        expected: "a numbered .png sequence", found: "transparent",
        hint: "-o frame_%04d.png keeps the alpha channel")
    }
    if kind == .video, settings.pass == .depth {
      throw ProgramError(
        .usage, "depth needs 16 bits, which H.264 does not have here", file: path, key: "--pass",
        expected: "a .png or a numbered .png sequence")
    }
    let folder = (path as NSString).deletingLastPathComponent
    var isFolder: ObjCBool = false
    if kind != .sequence, !folder.isEmpty,
      !FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) || !isFolder.boolValue
    {
      throw ProgramError(
        .cannotCreate, "the output's folder does not exist", file: folder,
        hint: "create it first: mkdir -p \(folder)")
    }
    if kind != .sequence, !force, FileManager.default.fileExists(atPath: path) {
      throw ProgramError(
        .cannotCreate, "the output exists already", file: path, hint: "--force overwrites it")
    }
  }

  /// A folder for masks, or a numbered name.
  init(masks path: String, force: Bool, settings: RenderSettings, plainNumbers: Bool) throws {
    self.path = Self.pattern(path, plainNumbers: plainNumbers)
    self.force = force
    channels = 3
    kind = try OutputKind(path: path)
    guard kind == .sequence else {
      throw ProgramError(
        .usage, "masks go to a folder", file: path, key: "--mask-folder",
        expected: "a folder or a numbered name such as mask_%04d.png")
    }
  }

  private static func pattern(_ path: String, plainNumbers: Bool) -> String {
    guard plainNumbers, let kind = try? OutputKind(path: path), kind == .sequence,
      !path.hasSuffix(".png")
    else { return path }
    return path + (path.hasSuffix("/") ? "" : "/") + "%d.png"
  }

  /// - Parameters:
  ///   - numbers: which numbered pictures are named after.
  ///   - buffers: frames that should be in circulation.
  func sink(
    settings: RenderSettings, numbers: FrameNumbers, encoding: VideoEncoding?, pool: WorkerPool,
    buffers: Int
  ) throws -> any FrameSink {
    let meaning: PixelMeaning = settings.pass == .depth ? .depth : .color
    switch kind {
    case .video:
      let encoding = try encoding ?? VideoEncoding(frameRate: FrameRate(30))
      return try VideoSink(
        path: path,
        settings: VideoSettings(
          width: settings.width, height: settings.height, frameRate: encoding.frameRate,
          crf: Double(encoding.crf), preset: encoding.preset), buffers: buffers, overwrite: force)
    case .picture:
      return try PictureSink(
        path: path, width: settings.width, height: settings.height, channels: channels,
        overwrite: force, meaning: meaning)
    case .sequence:
      return try ImageSequenceSink(
        path: path, width: settings.width, height: settings.height, channels: channels,
        numbers: { numbers[$0] }, threads: pool.threadCount, buffers: buffers, overwrite: force,
        meaning: meaning)
    }
  }
}

/// The numbers in the names of a sequence's pictures.
struct FrameNumbers: Sendable {
  private let numbers: [Int?]

  /// - Parameter given: a number for each frame of the sequence, if not its own; of those that repeat,
  ///   the last one counts.
  init(_ selection: FrameSelection, _ given: [Int]?) {
    var seen = Set<Int>()
    numbers = (0..<selection.count).reversed().map { index in
      let number = given.map { $0[selection[index]] } ?? selection[index]
      return seen.insert(number).inserted ? number : nil
    }.reversed()
  }

  /// Of the n-th selected frame; nil if a later one has its name.
  subscript(index: Int) -> Int? { numbers[index] }
}

/// How a video is coded.
struct VideoEncoding {
  var frameRate: FrameRate
  var crf = 20
  var preset = "veryfast"
}
