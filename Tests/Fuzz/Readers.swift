import Avatar
import Compute
import Foundation
import Media
import SMPLX
import TensorFiles

/// A reader under test: which files it takes, and what to do with one.
///
/// Adding a reader is a row in `files` or `creation`, and a row in `BuiltInSeeds`, `AvatarWorld`,
/// `PhotoSeeds` or `DinarWorld` for seeds of its own.
struct FuzzedReader: Sendable {
  let name: String
  /// Endings of the corpus files it is tried on.
  let suffixes: [String]
  /// Reads everything in the file; throws `ProgramError` for what is wrong with it.
  let read: @Sendable (_ path: String, _ bytes: [UInt8]) throws -> Void

  static let all = files + creation

  private static let files: [FuzzedReader] = [
    FuzzedReader(name: "npy", suffixes: ["npy"]) { path, bytes in
      use(try NPY.read(bytes: bytes))
      use(try NPY.read(path: path))
    },
    FuzzedReader(name: "npz", suffixes: ["npz"]) { path, _ in
      let file = try NPZFile(path: path)
      for name in file.names {
        // A small file may unfold to more memory than the watch allows: what is refused for that is
        // not looked for here.
        guard let header = try? file.header(name), header.byteCount <= 1 << 26 else { continue }
        // One bad array must not keep the others from being read.
        ignoringProgramErrors { use(try file.tensor(name)) }
        ignoringProgramErrors { _ = try file.header(name) }
        ignoringProgramErrors { try file.stream(name) { _ in } }
        ignoringProgramErrors { try file.stream(name, group: 7, atOnce: false) { _ in } }
      }
    },
    FuzzedReader(name: "safetensors", suffixes: ["safetensors"]) { path, _ in
      let file = try SafetensorsFile(path: path)
      for name in file.names { use(try file.tensor(name)) }
    },
    FuzzedReader(name: "pickle", suffixes: ["pkl", "pickle"]) { path, bytes in
      walk(try Pickle.read(bytes: bytes))
      walk(try Pickle.read(path: path))
    },
    FuzzedReader(name: "checkpoint", suffixes: ["ckpt", "pt", "pth"]) { path, bytes in
      ignoringProgramErrors { try useCheckpoint(path) }
      let repaired = ZipRepair.withRightCheckSums(bytes)
      if repaired != bytes { try Data(repaired).write(to: URL(fileURLWithPath: path)) }
      try useCheckpoint(path)
    },
    FuzzedReader(name: "png", suffixes: ["png"]) { _, bytes in
      ignoringProgramErrors {
        _ = try PNGFile.read(bytes: PNGRepair.withRightCheckSums(bytes))
      }
      _ = try PNGFile.read(bytes: bytes)
    },
    FuzzedReader(name: "jpeg", suffixes: ["jpg", "jpeg"]) { _, bytes in
      _ = try JPEGFile.read(bytes: bytes)
    },
    FuzzedReader(name: "exif", suffixes: ["jpg", "jpeg", "png", "webp", "tif", "tiff"]) {
      _, bytes in
      for exif in [EXIF(file: bytes), EXIF(block: bytes)] where !(1...8 ~= exif.orientation) {
        Watch.fail("an orientation that there is not: \(exif.orientation)")
      }
    },
    FuzzedReader(name: "body", suffixes: ["npz"]) { path, bytes in
      try repair(bytes, path)
      _ = FileContents.words(path: path)
      let body = try ShapedBody(model: BodyModel.load(path: path), betas: [1, -1])
      try BodyPoser(body: body, pool: WorkerPool(threads: 1)).pose(.standing(body.model))
    },
    FuzzedReader(name: "motion", suffixes: ["npz", "pkl", "pickle", "json", "npy", "pt"]) {
      path, bytes in
      try repair(bytes, path)
      let motion = try MotionFile.load(path: path)
      var playback = Playback()
      playback.repeats = 3
      let shown = try ResampledMotion(motion, playback: playback, restPelvis: .zero)
      _ = shown.description
      var pose = BodyPose()
      for frame in [0, shown.frameCount / 2, shown.frameCount - 1] {
        try shown.pose(frame, into: &pose)
      }
    },
    .bvh, .jointMap,
    FuzzedReader(name: "avatar", suffixes: ["safetensors"]) { path, _ in
      _ = FileContents.words(path: path)
      try AvatarWorld.shared.get().render(path, otherBody: Options.body)
    },
    FuzzedReader(name: "import", suffixes: ["ckpt", "pkl"]) { path, bytes in
      try repair(bytes, path)
      let start = try FileKind(path: path)
      try AvatarWorld.shared.get().importing(path, isCheckpoint: start != .pickle)
    },
  ]

  /// Makes the checksums of an archive right again, most damage being caught by them.
  private static func repair(_ bytes: [UInt8], _ path: String) throws {
    let repaired = ZipRepair.withRightCheckSums(bytes)
    if repaired != bytes { try Data(repaired).write(to: URL(fileURLWithPath: path)) }
  }

  /// Converts to every type, as users of the array do.
  static func use(_ tensor: TensorData) {
    _ = try? tensor.floats()
    _ = try? tensor.doubles()
    _ = try? tensor.ints()
    _ = try? tensor.int32s()
    _ = try? tensor.bytes()
    _ = try? tensor.strings()
  }

  static func useCheckpoint(_ path: String) throws {
    _ = FileContents.words(path: path)
    let checkpoint = try TorchCheckpoint(path: path)
    for name in checkpoint.names {
      let tensor = try checkpoint.tensor(named: name)
      // A view may be expanded to 256 MB: enough is seen of those that are not.
      guard tensor.byteCount <= 1 << 20 else { continue }
      ignoringProgramErrors { use(try tensor.data()) }
      ignoringProgramErrors { try checkpoint.stream(name, group: 7, atOnce: false) { _ in } }
      ignoringProgramErrors {
        _ = try Tensor(shape: tensor.shape) { try checkpoint.read(name, into: $0) }
      }
      ignoringProgramErrors { _ = try checkpoint.averagedTensor(named: name) }
    }
    ignoringProgramErrors { try checkpoint.verify() }
    _ = try ModuleTree(checkpoint).rows(atMost: 48)
  }

  /// Visits everything in a pickle, as users of it do.
  static func walk(_ value: PickleValue) {
    switch value {
    case .list(let values), .tuple(let values), .set(let values): values.forEach(walk)
    case .dict(let pairs):
      for (key, value) in pairs {
        walk(key)
        walk(value)
      }
    case .tensor(let tensor): use(tensor)
    case .sparse(let matrix): _ = try? matrix.dense()
    default: break
    }
    _ = try? value.tensor()
  }

  /// Any other error than ours is a bug.
  static func ignoringProgramErrors(_ body: () throws -> Void) {
    do {
      try body()
    } catch is ProgramError {
    } catch {
      Watch.fail("an error that is not a ProgramError: \(error)")
    }
  }
}
