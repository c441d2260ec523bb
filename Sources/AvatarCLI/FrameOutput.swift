import Avatar
import Compute
import Foundation
import Media

/// Where frames go, decided by the output's name, and the sink for it.
struct FrameOutput {
  let path: String
  let kind: OutputKind
  private let force: Bool
  private let settings: RenderSettings
  private let channels: Int
  private let meaning: PixelMeaning
  /// Of a sequence's pictures.
  private let names: ImageNames?

  /// Checks what can be checked before any work: the kind, alpha, and whether the output may be
  /// made.
  ///
  /// - Parameters:
  ///   - single: exactly one picture is made.
  ///   - plainNumbers: pictures of a folder are called 0.png, 1.png, ... as DINAR does.
  ///   - resume: what is there already is kept and not made again.
  init(
    path: String, single: Bool, force: Bool, settings: RenderSettings, plainNumbers: Bool = false,
    resume: Bool = false
  ) throws {
    self.path = Self.pattern(path, plainNumbers: plainNumbers)
    self.force = force
    self.settings = settings
    channels = settings.channels
    meaning = settings.pass == .depth ? .depth : .color
    kind = try OutputKind(path: path)
    names = kind == .sequence ? try ImageNames(path: self.path) : nil
    if single, kind != .picture {
      throw ProgramError(
        .usage, "a single picture is a .png without a number (%d) in its name", file: path,
        hint: "avatar turntable makes videos and sequences")
    }
    if !single, kind == .picture {
      throw ProgramError(
        .usage, "several frames do not fit one picture", file: path,
        expected: VideoFormat.usualExtensions.joined(separator: ", ")
          + ", or a numbered name such as frame_%04d.png",
        hint: "avatar export makes a single picture")
    }
    if let format = kind.videoFormat, !format.hasAlpha, settings.background == .transparent {
      throw ProgramError(
        .usage, "\(format.codec.title) has no transparent background", file: path,
        key: "--background", expected: "a numbered .png sequence", found: "transparent",
        hint: "-o frame_%04d.png keeps the alpha channel")
    }
    if let format = kind.videoFormat, format.pixels.meaning != .depth, settings.pass == .depth {
      throw ProgramError(
        .usage, "depth needs 16 bits, which \(format.codec.title) does not have here", file: path,
        key: "--pass", expected: "a .png or a numbered .png sequence")
    }
    let folder = PathParts(path).folder
    if kind != .sequence, !folder.isEmpty, !InputFile.isFolder(folder) {
      throw ProgramError(
        .cannotCreate, "the output's folder does not exist", file: folder,
        hint: "create it first: mkdir -p \(folder)")
    }
    if kind != .sequence, !force, !resume, FileManager.default.fileExists(atPath: path) {
      throw PendingFile.alreadyExists(path)
    }
  }

  /// A folder for masks, or a numbered name.
  init(masks path: String, force: Bool, settings: RenderSettings, plainNumbers: Bool) throws {
    self.path = Self.pattern(path, plainNumbers: plainNumbers)
    self.force = force
    self.settings = settings
    channels = 3
    meaning = .color
    kind = try OutputKind(path: path)
    guard kind == .sequence else {
      throw ProgramError(
        .usage, "masks go to a folder", file: path, key: "--mask-folder",
        expected: "a folder or a numbered name such as mask_%04d.png")
    }
    guard settings.pass == .color else {
      throw ProgramError(
        .usage, "masks come with the colours that a neural avatar's network draws",
        key: "--mask-folder", expected: "--pass color", found: "--pass \(settings.pass.rawValue)",
        hint: "--pass mask shows what the body covers")
    }
    names = try ImageNames(path: self.path)
  }

  /// Pixels of what is stored: videos hold whole chroma samples.
  func storedSize(_ settings: RenderSettings) -> String {
    let (width, height) =
      kind.videoFormat?.pixels.padded(width: settings.width, height: settings.height)
      ?? (settings.width, settings.height)
    return "\(width)x\(height)"
  }

  /// Throws if another output would write files of the same names.
  func checkApart(from other: FrameOutput) throws {
    func place(_ output: FrameOutput) -> String {
      let folder = output.names?.folder ?? PathParts(output.path).folder
      return URL(fileURLWithPath: folder.isEmpty ? "." : folder).resolvingSymlinksInPath().path
    }
    guard place(self) == place(other) else { return }
    let collides =
      switch (names, other.names) {
      case (let mine?, let theirs?): mine.collides(with: theirs)
      case (let mine?, nil): mine.collides(with: other.fileName)
      case (nil, let theirs?): theirs.collides(with: fileName)
      case (nil, nil): fileName == other.fileName
      }
    if collides {
      throw ProgramError(
        .usage, "frames and masks would have the same names", file: other.path,
        key: "--mask-folder", hint: "choose another folder for the masks")
    }
  }

  private var fileName: String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  /// Whether the picture of a number is there already, complete and of the right size.
  ///
  /// - Throws: when anything else has its name.
  func holds(_ number: Int) throws -> Bool {
    guard let names else { return false }
    return try PNGFile.isPresent(
      .init(
        width: settings.width, height: settings.height, bitDepth: meaning == .depth ? 16 : 8,
        channels: meaning == .depth ? 1 : channels), at: names.path(number))
  }

  /// Whether the video of a selection is there already.
  ///
  /// - Throws: when anything else has its name.
  func holdsVideo(
    of selection: FrameSelection, sequence count: Int, encoding: VideoEncoding
  ) throws -> Bool {
    guard let format = kind.videoFormat, FileManager.default.fileExists(atPath: path) else {
      return false
    }
    func describe(_ width: Int, _ height: Int, _ rate: String, _ frames: Int) -> String {
      "\(width)x\(height), \(frames) frames at \(rate) a second"
    }
    func inTheWay(_ expected: String, _ found: String) -> ProgramError {
      ProgramError(
        .cannotCreate, "something else has the name of the video", file: path, expected: expected,
        found: found, hint: "remove it, or choose another name")
    }
    let size = format.pixels.padded(width: settings.width, height: settings.height)
    let expected = describe(
      size.width, size.height, encoding.frameRate.description, selection.count)
    guard let info = try? VideoReader(path: path).info else {
      throw inTheWay(expected, "no video")
    }
    // Not every container's index says how many frames there are.
    let frames =
      info.frameCount > 0 ? info.frameCount : (try? VideoReader.frameCount(path: path)) ?? 0
    let found = describe(
      info.width, info.height, info.frameRate?.description ?? "unknown", frames)
    guard found == expected else { throw inTheWay(expected, found) }
    if let label = PieceLabel(info.comment), label.frames != selection || label.total != count {
      throw inTheWay("these frames of \(count)", label.description)
    }
    return true
  }

  private static func pattern(_ path: String, plainNumbers: Bool) -> String {
    guard plainNumbers, let kind = try? OutputKind(path: path), kind == .sequence,
      PathParts(path).pathExtension.lowercased() != ".png"
    else { return path }
    return path + (path.hasSuffix("/") ? "" : "/") + "%d.png"
  }

  /// - Parameters:
  ///   - numbers: which numbered pictures are named after, of `count` frames.
  ///   - comment: of a video.
  ///   - buffers: frames that should be in circulation.
  func sink(
    numbers: @escaping @Sendable (Int) -> Int?, count: Int, encoding: VideoEncoding?,
    comment: String?, pool: WorkerPool, buffers: Int
  ) throws -> any FrameSink {
    switch kind {
    case .video(let format):
      let encoding = try encoding ?? VideoEncoding(frameRate: FrameRate(30))
      return try VideoSink(
        path: path,
        settings: VideoSettings(
          width: settings.width, height: settings.height, frameRate: encoding.frameRate,
          format: format, quality: encoding.quality, preset: encoding.preset, comment: comment),
        buffers: buffers, overwrite: force)
    case .picture:
      return try PictureSink(
        path: path, width: settings.width, height: settings.height, channels: channels,
        overwrite: force, meaning: meaning)
    case .sequence:
      return try ImageSequenceSink(
        path: path, width: settings.width, height: settings.height, channels: channels,
        numbers: numbers, count: count, threads: pool.threadCount, buffers: buffers,
        overwrite: force, meaning: meaning)
    }
  }
}

/// How a video is coded.
struct VideoEncoding: CustomStringConvertible {
  var frameRate: FrameRate
  /// Nil for the encoder's standard, or where it has no scale.
  var quality: Double?
  var preset: String?

  var description: String {
    ([frameRate.description] + [quality.map { "\($0)" }, preset].compactMap(\.self))
      .joined(separator: " ")
  }
}
