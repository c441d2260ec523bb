import Compute
import TensorFiles

/// A way of turning an avatar's visible surface into colours: what `decoder.kind` of an avatar file names.
///
/// A kind is a folder of `Rendering/` and an entry of `all`; everything else asks the value.
public struct DecoderKind: Sendable {
  /// In avatar files.
  public let name: String
  /// Whether a network draws the colours: it has weights, opacity of its own and precisions, and draws
  /// each pixel once.
  public let isNeural: Bool
  /// Reads what an avatar's file holds for it.
  let read: @Sendable (AvatarFile, AppearanceSource) throws -> any Appearance
  /// Rows of a table about a file, without what all avatars have.
  let rows: @Sendable (AvatarFile) throws -> [(name: String, value: String)]

  /// Every kind there is.
  public static let all: [DecoderKind] = [PlainAppearance.kind, DinarAppearance.kind]

  /// Light, texture, weights: what `avatar inspect` shows of a file.
  public static func rows(of file: AvatarFile) throws -> [(name: String, value: String)] {
    try file.description.decoder.kind.rows(file)
  }
}

extension DecoderKind: Equatable, CustomStringConvertible {
  public static func == (one: DecoderKind, other: DecoderKind) -> Bool { one.name == other.name }

  public var description: String { name }
}

extension DecoderKind: Codable {
  /// - Throws: `ProgramError` for a name that is none of `all`'s.
  public init(from decoder: any Decoder) throws {
    let name = try decoder.singleValueContainer().decode(String.self)
    guard let known = Self.all.first(where: { $0.name == name }) else {
      throw ProgramError(
        .dataError, "the avatar's decoder is not known",
        expected: Self.all.map(\.name).joined(separator: " or "), found: name,
        hint: "a newer program may have written it; update this one")
    }
    self = known
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}
