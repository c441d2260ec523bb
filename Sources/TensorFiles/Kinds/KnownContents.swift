import Compute

/// What makes the contents of a container known: a row of the list that `FileContents` looks through.
///
/// A new kind of contents is a case of `FileContents.Meaning` with its words, and a row here.
struct KnownContents: Sendable {
  let meaning: FileContents.Meaning
  /// The containers it comes in.
  let kinds: Set<FileKind>
  /// Which names of a container are looked at.
  var place = Place.arrays
  /// Names that must all be there.
  var all: Set<String> = []
  /// Names of which one must be there; empty for none.
  var any: Set<String> = []
  /// Whether the container may be a list of dictionaries with some frames each, known by the first.
  var mayBeList = false

  enum Place: Sendable {
    /// Names of arrays, or keys of a pickled dictionary.
    case arrays
    /// Keys of a safetensors file's texts.
    case texts
    /// Entries of an archive, a single folder above them written as `*`.
    case entries
  }

  /// The first row that fits counts.
  static let list: [KnownContents] = [
    KnownContents(
      meaning: .checkpoint, kinds: [.zip], place: .entries, all: ["*/\(TorchArchive.pickleName)"]),
    KnownContents(meaning: .avatar, kinds: [.safetensors], place: .texts, all: ["avatar"]),
    KnownContents(meaning: .dinarPerson, kinds: [.pickle], all: ["ntexture"]),
    // `ContainerOutline.meaning` tells whose body it is.
    KnownContents(meaning: .body, kinds: [.zip, .pickle], all: ["v_template", "weights"]),
    KnownContents(meaning: .motion, kinds: [.zip, .pickle], any: poses, mayBeList: true),
  ]

  /// Names of poses, of which a motion has one, or has one further down.
  private static let poses: Set<String> = [
    "poses", "pose", "fullpose", "full_pose", "smpl_poses", "smplx_poses", "smpl_thetas", "thetas",
    "pred_rotmat", "pred_pose", "pred_thetas", "pose_world", "pose_cam", "bodyPose", "smplx_322",
    "body_pose", "pose_body", "poses_body", "pred_body_pose", "body_poses", "global_orient",
    "root_orient", "root_pose", "poses_root", "pred_global_orient", "rootOrient",
    "global_orientation", "body_params_list", "smpl_params_global", "smpl_params_incam",
    "smplx_world", "smplx_cam",
  ]

  func fits(_ outline: ContainerOutline) -> Bool {
    guard kinds.contains(outline.kind), mayBeList || !outline.isList else { return false }
    let names =
      switch place {
      case .arrays: outline.arrays
      case .texts: outline.texts
      case .entries: outline.entries
      }
    return names.isSuperset(of: all) && (any.isEmpty || !names.isDisjoint(with: any))
  }
}
