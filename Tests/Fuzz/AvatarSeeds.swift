import Avatar
import Media
import NeuralRender
import SMPLX
import TensorFiles
import TestSupport

/// Whole avatars and what they are made of, as small as they can be: a plain one of either encoding, a
/// neural one, and the checkpoint and person that the import makes one of.
enum AvatarSeeds {
  private static let sizes = DinarRendererSizes(
    textureChannels: 3, uvChannels: 2, maskChannels: 2, baseChannels: 4, downsamplings: 1,
    blocks: 1, borderSize: 3, trunkChannels: 4, rgbHeadConvolutions: 1, segmHeadConvolutions: 1)

  /// Writes an avatar to `path`; one function for each kind.
  static func plain(_ path: String, encoding: String) throws {
    let pixels = (0..<48).map { UInt8($0 * 5) }
    let picture = try Picture(width: 4, height: 4, channels: 3, bytes: pixels)
    let description = AvatarDescription(
      name: "plain", body: .init(file: "SMPLX_NEUTRAL.npz"), betas: [0.5, -1, 0, 2],
      expression: [0.25], decoder: .init(kind: PlainAppearance.kind, light: "soft"),
      textures: ["color": .init(tensor: "texture", encoding: encoding)])
    let tensor =
      encoding == "png"
      ? TensorData(shape: [try PNGFile.encode(picture).count], bytes: try PNGFile.encode(picture))
      : TensorData(shape: [4, 4, 3], bytes: pixels)
    try AvatarFile.write(description, tensors: [("texture", tensor)], to: path)
  }

  static func neural(_ path: String, body: BodyModel) throws {
    let surface = try SurfaceTable(body: body)
    var description = AvatarDescription(
      name: "neural", body: .init(file: "SMPLX_NEUTRAL.npz", gender: "neutral"), betas: [0.5, -1],
      decoder: .init(kind: DinarAppearance.kind, weightsPrefix: "renderer."),
      textures: [
        "neural": .init(tensor: "texture", encoding: "features", colorSpace: nil, origin: nil)
      ],
      surface: .init(
        coordinates: "surface.coordinates", faces: "surface.faces", vertices: "surface.vertices"))
    description.photo = .init(
      camera: [[40, 0, 24], [0, 40, 24], [0, 0, 1]], width: 48, height: 48,
      rotations: [[Float]](repeating: [0, 0, 0], count: BodyPose.jointCount),
      translation: [0, 0, 3])
    var tensors: [(String, TensorData)] = [
      ("texture", TensorData(shape: [3, 8, 8], floats: numbers(192))),
      (
        "surface.coordinates",
        TensorData(shape: [surface.rowCount, 2], floats: surface.coordinates)
      ),
      (
        "surface.faces",
        TensorData(
          shape: [surface.faces.count / 3, 3], int32s: surface.faces.map { Int32($0) })
      ),
      (
        "surface.vertices",
        TensorData(shape: [surface.rowCount], int32s: surface.vertices.map { Int32($0) })
      ),
    ]
    tensors += try weights().map { ("renderer.\($0)", TensorData(shape: $1, floats: $2)) }
    try AvatarFile.write(description, tensors: tensors, to: path)
  }

  /// Key, shape and values of everything in the renderer.
  private static func weights() throws -> [(String, [Int], [Float])] {
    let renderer = DinarRenderer(sizes)
    let graphs = [
      try renderer.textureGraph(height: 8, width: 8),
      try renderer.frameGraph(height: 48, width: 48, texture: (8, 8), composition: nil),
    ]
    var keys: Set<String> = []
    return graphs.flatMap(\.parameters).compactMap { key, value in
      guard keys.insert(key).inserted else { return nil }
      let count = value.shape.reduce(1, *)
      let values =
        key.hasSuffix("running_var") ? [Float](repeating: 1, count: count) : numbers(count)
      return (key, value.shape, values)
    }
  }

  static func numbers(_ count: Int) -> [Float] {
    var random = SeededGenerator(state: UInt64(count))
    return (0..<count).map { _ in Float(random.next() >> 40) / Float(1 << 24) - 0.5 }
  }

  /// A checkpoint of DINAR's renderer.
  static func checkpoint() throws -> [UInt8] {
    TorchSeed.checkpoint(try weights().map { ("first_stage.renderer.\($0)", $1, $2) })
  }

  /// A person as DINAR keeps it.
  static func person() -> [UInt8] {
    func array(_ shape: [Int], _ values: [Float]) -> [UInt8] {
      var bytes = Array(
        ("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n("
          + shape.map { "I\($0)\n" }.joined() + "tcnumpy\ndtype\n(S'f4'\nI0\nI1\ntR(I3\nS'<'\n"
          + "NNNI-1\nI-1\nI0\ntbI00\nT").utf8)
      bytes += withUnsafeBytes(of: UInt32(4 * values.count).littleEndian) { [UInt8]($0) }
      return bytes + values.withUnsafeBytes { [UInt8]($0) } + Array("tb".utf8)
    }
    func entry(_ key: String, _ value: [UInt8]) -> [UInt8] {
      Array("S'\(key)'\n".utf8) + value + Array("s".utf8)
    }
    func small(_ count: Int) -> [Float] { (0..<count).map { 0.05 * Float($0 % 5) } }
    let parameters =
      Array("(d".utf8) + entry("global_orient", array([1, 3], [3.1, 0, 0]))
      + entry("body_pose", array([1, 63], small(63)))
      + entry("left_hand_pose", array([1, 6], small(6)))
      + entry("transl", array([1, 3], [0, 0, 3])) + entry("betas", array([1, 10], small(10)))
      + entry("gender", Array("S'neutral'\n".utf8))
    return Array("(d".utf8) + entry("ntexture", array([1, 3, 8, 8], numbers(192)))
      + entry("calibration_matrix", array([1, 3, 3], [30, 0, 16, 0, 30, 16, 0, 0, 1]))
      + entry("fake_rgb", array([1, 3, 32, 32], [Float](repeating: 0.5, count: 3072)))
      + entry("person_id", Array("(lS'person01'\na".utf8)) + entry("smplx_param", parameters)
      + Array(".".utf8)
  }
}

/// A zip archive of stored entries.
enum StoredZip {
  static func bytes(_ entries: [(name: String, content: [UInt8])]) -> [UInt8] {
    var (bytes, directory): ([UInt8], [UInt8]) = ([], [])
    func number(_ value: Int, _ width: Int) -> [UInt8] {
      (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    for (name, content) in entries {
      let text = Array(name.utf8)
      let offset = bytes.count
      // Version, flags, method, time, date, checksum (mended below), sizes, lengths.
      let common =
        number(20, 2) + number(0, 2) + number(0, 2) + number(0, 2) + number(0x21, 2) + number(0, 4)
        + number(content.count, 4) + number(content.count, 4) + number(text.count, 2) + number(0, 2)
      bytes += number(0x0403_4b50, 4) + common + text + content
      directory += number(0x0201_4b50, 4) + number(20, 2) + common + number(0, 10)
      directory += number(offset, 4) + text
    }
    let start = bytes.count
    bytes += directory + number(0x0605_4b50, 4) + number(0, 4)
    bytes += number(entries.count, 2) + number(entries.count, 2)
    bytes += number(directory.count, 4) + number(start, 4) + number(0, 2)
    return ZipRepair.withRightCheckSums(bytes)
  }
}
