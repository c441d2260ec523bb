import Compute
import Media

/// The pairs of two pictures, two folders or two videos, checked before the first is decoded.
public final class PairSource {
  /// A pair in memory.
  struct Loaded: Sendable {
    let a, b: ComparedPicture
    let mask: PictureMask?
  }

  /// How pairs are read.
  public struct Reading: Sendable {
    public var alpha = ComparedPicture.AlphaPolicy.white
    public var maskUse = PictureMask.Use.inside
    /// A mask of another size is resampled to the pictures' by Lanczos.
    public var resamplesMask = false
    /// What has no partner is left out instead of refused.
    public var isPartial = false

    public init() {}
  }

  private enum Content {
    case pictures([(name: String, a: String, b: String)])
    case videos(VideoReader, VideoReader)
  }

  public let a, b: String
  /// Of pairs.
  public let count: Int
  /// What a user should know about how pairs were found, in sentences.
  public let notes: [String]
  public let isVideo: Bool
  private let content: Content
  private let mask: MaskSource?
  private let reading: Reading
  /// The mask that all pairs share, by the size that it was resampled to.
  private var shared: (width: Int, height: Int, mask: PictureMask)?

  /// - Parameters:
  ///   - a, b: two pictures, two folders or two videos.
  ///   - mask: a picture for all pairs, or a folder or video with one for each.
  /// - Throws: when they are of two kinds, partners are missing, or sizes or numbers of frames differ.
  public init(_ a: String, _ b: String, mask: String? = nil, reading: Reading = Reading()) throws {
    let (one, other) = (try ComparedInput(a), try ComparedInput(b))
    var notes: [String] = []
    let content: Content
    switch (one, other) {
    case (.picture, .picture): content = .pictures([(PathParts(a).name, a, b)])
    case (.folder, .folder): content = .pictures(try Self.pairs(a, b, reading, &notes))
    case (.video, .video):
      content = .videos(try VideoReader(path: a), try VideoReader(path: b))
    default:
      throw ProgramError(
        .usage, "the two are not of one kind", file: b, expected: "\(one.words), as \(a) is",
        found: other.words, hint: "compare pictures, folders of pictures, or videos")
    }
    (self.a, self.b, self.reading, self.content) = (a, b, reading, content)
    switch content {
    case .pictures(let pairs):
      isVideo = false
      let names = one == .folder(a) ? pairs.map(\.name) : nil
      count = pairs.count
      self.mask = try mask.map { try MaskSource($0, names: names, count: pairs.count) }
      try Self.checkSizes(pairs, mask: reading.resamplesMask ? nil : self.mask)
    case .videos(let first, let second):
      isVideo = true
      let frames = try Self.frames(first, second, reading, &notes)
      count = frames
      self.mask = try mask.map { try MaskSource($0, names: nil, count: frames) }
    }
    self.notes = notes
  }

  /// What a pair is called: its picture's name, or its frame's number.
  func name(_ index: Int) -> String {
    switch content {
    case .pictures(let pairs): pairs[index].name
    case .videos: "\(index)"
    }
  }

  /// Pairs in order; those of videos can be read once.
  ///
  /// - Returns: for each pair what it holds, or why it cannot be read.
  func load(_ range: Range<Int>, pool: WorkerPool) throws -> [Result<Loaded, ProgramError>] {
    switch content {
    case .videos(let first, let second):
      return try range.map { index in
        let frames = (try first.nextFrame(), try second.nextFrame())
        guard let a = frames.0, let b = frames.1 else {
          throw ProgramError(
            .dataError, "the video ends before its last frame",
            file: frames.0 == nil ? first.path : second.path, expected: "\(count) frames",
            found: "\(index)")
        }
        let (one, other) = (ComparedPicture(a), ComparedPicture(b))
        return .success(Loaded(a: one, b: other, mask: try mask(index, for: one, pool)))
      }
    case .pictures(let pairs):
      let alpha = reading.alpha
      let pictures = try pool.map(range.count) { [start = range.lowerBound] index in
        let pair = pairs[start + index]
        return Self.caught(pair.b) {
          let a = try ComparedPicture(path: pair.a, alpha: alpha)
          let b = try ComparedPicture(path: pair.b, alpha: alpha)
          try a.requireSize(of: b)
          return (a, b)
        }
      }
      return zip(range, pictures).map { index, pair in
        pair.flatMap { one, other in
          Self.caught(pairs[index].a) {
            Loaded(a: one, b: other, mask: try mask(index, for: one, pool))
          }
        }
      }
    }
  }

  private static func caught<R>(_ path: String, _ body: () throws -> R) -> Result<R, ProgramError> {
    do {
      return .success(try body())
    } catch let error as ProgramError {
      return .failure(error.inFile(path))
    } catch {
      return .failure(ProgramError(.software, "\(error)", file: path))
    }
  }

  private func mask(
    _ index: Int, for picture: ComparedPicture, _ pool: WorkerPool
  ) throws -> PictureMask? {
    let size = (width: picture.width, height: picture.height)
    let made: PictureMask
    switch mask {
    case nil: return nil
    case .picture? where shared.map { ($0.width, $0.height) == size } ?? false:
      return shared?.mask
    case .video(let reader)?:
      guard let frame = try reader.nextFrame() else {
        throw ProgramError(
          .dataError, "the mask's video ends early", file: reader.path, found: "\(index) frames")
      }
      made = try PictureMask(frame, use: reading.maskUse)
    case .picture(let path)?:
      made = try PictureMask(
        path: path, use: reading.maskUse, resampledTo: reading.resamplesMask ? size : nil,
        pool: pool)
      shared = (size.width, size.height, made)
    case .pictures(let paths)?:
      made = try PictureMask(
        path: paths[index], use: reading.maskUse,
        resampledTo: reading.resamplesMask ? size : nil, pool: pool)
    }
    do {
      try made.requireSize(of: picture)
    } catch let error as ProgramError {
      throw mask?.path(index).map(error.inFile) ?? error
    }
    return made
  }
}
