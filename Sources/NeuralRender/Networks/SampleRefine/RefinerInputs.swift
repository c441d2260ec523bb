/// What a refiner reads besides the sampled texture; raw values are the original's `--concat`, and the
/// end of its checkpoints' folder names.
public enum RefinerInputs: String, Sendable, Hashable, CaseIterable {
  case none
  /// What is known: 1 where the photo shows the texture.
  case mask = "vis_mask"
  /// 1 - mask: what is not known. The released one.
  case unseen = "vis_mask_c"
  case normals = "norm_map"
  case normalsAndMask = "norm_map_vis_mask"
  case normalsAndUnseen = "norm_map_vis_mask_c"

  /// The one that a run's name ends with, after the last '-'; nil for none of them.
  public init?(runName: String) {
    guard let end = runName.split(separator: "-", omittingEmptySubsequences: false).last else {
      return nil
    }
    self.init(rawValue: String(end))
  }

  public var readsNormals: Bool {
    self == .normals || self == .normalsAndMask || self == .normalsAndUnseen
  }

  public var readsMask: Bool { self != .none && self != .normals }

  /// Whether the mask is turned: 1 - mask.
  var isTurned: Bool { self == .unseen || self == .normalsAndUnseen }

  /// With the sampled texture's.
  public var channels: Int { 3 + (readsNormals ? 3 : 0) + (readsMask ? 1 : 0) }

  /// Those of so many channels.
  static func all(channels: Int) -> [RefinerInputs] { allCases.filter { $0.channels == channels } }
}

/// How a refined texture r, a mask m and the sampled texture s become the result; raw values are the
/// original's `--Refine_mode`.
public enum RefinerMode: String, Sendable, Hashable, CaseIterable {
  /// s m + r (1 - m).
  case blend
  /// s + r (1 - m), which may exceed 1.
  case add
  /// r.
  case noblend

  /// Colours, and the mask.
  var channels: Int { self == .noblend ? 3 : 4 }
}
