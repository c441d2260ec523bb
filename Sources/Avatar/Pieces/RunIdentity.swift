import Compute
import Foundation
import Media

/// A number for everything that a run's frames and their coding depend on, whatever part of them is made.
///
/// Taken over the content of files and over what was asked for, never over computed numbers: machines may
/// keep their files elsewhere and round differently.
public struct RunIdentity: Sendable, Equatable, CustomStringConvertible {
  /// Half of a SHA-256 in hexadecimal.
  public let description: String

  /// - Parameters:
  ///   - files: the avatar, its body, the motion, a checkpoint.
  ///   - conditions: everything else that frames and their coding depend on, in words.
  public init(
    files: [String], person: Person, poses: any PoseSource, settings: RenderSettings,
    conditions: [String]
  ) throws {
    let digest = try Digest()
    for file in files { try digest.add(contentOf: file) }
    try digest.add(person.body.betas)
    try digest.add(person.body.expression)
    try digest.add(person.body.offsets)
    try digest.add(poses.conditions)
    try digest.add(
      "\(settings.width)x\(settings.height) \(settings.supersample) \(settings.pass.rawValue) "
        + "\(settings.light?.rawValue ?? "-") \(settings.neural)")
    switch settings.background {
    case .color(let color): try digest.add("\(color)")
    case .transparent: try digest.add("transparent")
    case .picture(let picture): try digest.add(picture.bytes())
    }
    for condition in conditions { try digest.add(condition) }
    description = String(try digest.hexadecimal().prefix(32))
  }

  /// Lengths are part of what is digested, so that what comes after cannot be taken for a part of it.
  private struct Digest {
    private let digest: SHA256Digest

    init() throws { digest = try SHA256Digest() }

    func add<Element: BitwiseCopyable>(_ values: [Element]) throws {
      try withUnsafeBytes(of: UInt64(values.count)) { try digest.add($0) }
      try values.withUnsafeBytes { try digest.add($0) }
    }

    func add(_ text: String) throws { try add(Array(text.utf8)) }

    func add(contentOf path: String) throws {
      let one = try SHA256Digest()
      try one.add(contentOf: path)
      try add(one.hexadecimal())
    }

    func hexadecimal() throws -> String { try digest.hexadecimal() }
  }
}

/// What a video says of itself when it holds some frames of a sequence: which, of how many, of what run.
public struct PieceLabel: Sendable, Equatable, CustomStringConvertible {
  public let version: String
  public let frames: FrameSelection
  /// Frames of the whole sequence.
  public let total: Int
  public let run: String

  public init(version: String, frames: FrameSelection, total: Int, run: String) {
    self.version = version
    self.frames = frames
    self.total = total
    self.run = run
  }

  /// "avatar 0.1.0, frames 0-24 of 100, run 0f3c..."
  public var description: String {
    "avatar \(version), frames \(Self.text(of: frames)) of \(total), run \(run)"
  }

  /// "0-24", "7", "0-3,9"; long lists are cut, which cannot be joined anyway.
  private static func text(of frames: FrameSelection) -> String {
    let texts = frames.ranges.prefix(8).map {
      $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
    }
    return texts.joined(separator: ",") + (frames.ranges.count > 8 ? ",..." : "")
  }

  /// Reads a description; nil for any other text.
  public init?(_ text: String) {
    let parts = text.components(separatedBy: ", ")
    guard parts.count == 3, parts[0].hasPrefix("avatar "), parts[1].hasPrefix("frames "),
      parts[2].hasPrefix("run ")
    else { return nil }
    let counts = parts[1].dropFirst("frames ".count).components(separatedBy: " of ")
    guard counts.count == 2, let total = Int(counts[1]), total > 0,
      let frames = try? FrameSelection.parse(counts[0], count: total)
    else { return nil }
    let run = parts[2].dropFirst("run ".count)
    guard run.count == 32, run.allSatisfy(\.isHexDigit) else { return nil }
    self.init(
      version: String(parts[0].dropFirst("avatar ".count)), frames: frames, total: total,
      run: String(run))
  }
}
