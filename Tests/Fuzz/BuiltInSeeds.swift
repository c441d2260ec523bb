import Foundation
import Media
import TensorFiles

/// Small valid files made by our own writers, so that the fuzzer needs no corpus.
enum BuiltInSeeds {
  /// Seeds of each reader, by its name. `scratch`: a path of a file to write and remove.
  static func make(scratch: String) throws -> [String: [[UInt8]]] {
    defer { unlink(scratch) }
    let tensors: [(String, TensorData)] = [
      ("floats", TensorData(shape: [3, 5], floats: (0..<15).map { Float($0) / 7 })),
      ("doubles", TensorData(shape: [13], doubles: (0..<13).map(Double.init))),
      ("scalar", TensorData(shape: [], int64s: [120])),
      ("empty", TensorData(shape: [0, 3], int32s: [])),
      ("mask", TensorData(scalarType: .bool, shape: [7], bytes: [1, 0, 1, 1, 0, 0, 1])),
      ("half", TensorData(scalarType: .float16, shape: [2], bytes: [0, 0x3c, 0, 0xc0])),
    ]
    let texts: [(String, TensorData)] = [
      (
        "text",
        TensorData(
          scalarType: .unicode(2), shape: [2],
          bytes: [97, 0, 0, 0, 0, 0, 0, 0, 98, 0, 0, 0, 99, 0, 0, 0])
      ),
      ("raw", TensorData(scalarType: .bytes(3), shape: [1], bytes: [97, 98, 0])),
      ("zeros", TensorData(shape: [4000], floats: [Float](repeating: 0, count: 4000))),
    ]
    func content() throws -> [UInt8] {
      [UInt8](try Data(contentsOf: URL(fileURLWithPath: scratch)))
    }
    var seeds: [String: [[UInt8]]] = [:]
    seeds["npy"] = try (tensors + texts).map { try NPY.encode($0.1) } + [fortran, bigEndian]
    for compressed in [false, true] {
      try NPZ.write(tensors + texts, to: scratch, compressed: compressed)
      seeds["npz", default: []].append(try content())
    }
    try SafetensorsFile.write(tensors, metadata: ["format": "1"], to: scratch)
    seeds["safetensors"] = [try content()]
    seeds["pickle"] = pickles.map { Array($0.utf8) } + [framedPickle] + PickleSeeds.all
    seeds["checkpoint"] = CheckpointSeeds.all
    seeds["motion"] = try motions(scratch: scratch, content) + MotionSeeds.texts
    (seeds["bvh"], seeds["joint map"]) = (BVHSeeds.files, BVHSeeds.maps)
    seeds["png"] = try (1...4).map { channels in
      try PNGFile.encode(
        Picture(
          width: 5, height: 3, channels: channels,
          bytes: (0..<15 * channels).map { UInt8($0 * 3) }))
    }
    seeds["jpeg"] = Data(base64Encoded: greyJPEG).map { [[UInt8]($0)] } ?? []
    seeds["exif"] = [exif, [0xff, 0xd8, 0xff, 0xe1, 0, 60] + Array("Exif\0\0".utf8) + exif]
    return seeds
  }

  /// A block with an orientation and a directory of its own, which has a focal length.
  private static let exif: [UInt8] =
    [0x49, 0x49, 42, 0, 8, 0, 0, 0, 2, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]
    + [0x69, 0x87, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0, 0, 0, 0, 0]
    + [2, 0, 0x05, 0xa4, 3, 0, 1, 0, 0, 0, 26, 0, 0, 0]
    + [0x0a, 0x92, 5, 0, 1, 0, 0, 0, 68, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 0, 4, 0, 0, 0]

  /// An AMASS recording and smplx parameters, five frames.
  private static func motions(
    scratch: String, _ content: () throws -> [UInt8]
  ) throws -> [[UInt8]] {
    func floats(_ shape: [Int]) -> TensorData {
      TensorData(shape: shape, floats: (0..<shape.reduce(1, *)).map { Float($0 % 11) / 20 })
    }
    let kinds: [[(String, TensorData)]] = [
      [
        ("poses", floats([5, 156])), ("trans", floats([5, 3])), ("betas", floats([16])),
        ("mocap_framerate", TensorData(shape: [], doubles: [60])),
        (
          "gender",
          TensorData(
            scalarType: .unicode(4), shape: [],
            bytes: [109, 0, 0, 0, 97, 0, 0, 0, 108, 0, 0, 0, 101, 0, 0, 0])
        ),
      ],
      [
        ("global_orient", floats([5, 3])), ("body_pose", floats([5, 63])),
        ("left_hand_pose", floats([5, 12])), ("transl", floats([5, 3])),
        ("mocap_time_length", TensorData(shape: [], doubles: [0.1])),
      ],
    ]
    return try kinds.map {
      try NPZ.write($0, to: scratch, compressed: false)
      return try content()
    }
  }

  /// 9 x 5, grey, by libjpeg-turbo.
  private static let greyJPEG = """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBw\
    YGCAsICQoKCgoKBggLDAsKDAkKCgr/wAALCAAFAAkBAREA/8QAFQABAQAAAAAAAAAAAAAAAAAACAn/xAAXEAEAAwAA\
    AAAAAAAAAAAAAAAACESB/9oACAEBAAA/AJFxJq4Wj//Z
    """

  /// Protocol 0 is text: containers and numbers, an array, a sparse matrix.
  private static let pickles = [
    "(dp0\nS'a'\nI5\nsVb\n(lp1\nF1.5\naI01\naL-123456789012345678901L\nasS'c'\n(g1\nNts.",
    "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
      + "(I1\n(I2\nI3\ntcnumpy\ndtype\n(S'i2'\nI0\nI1\ntR(I3\nS'>'\nNNNI-1\nI-1\nI0\ntbI01\n"
      + "S'abcdefghijkl'\ntb.",
    "ccollections\nOrderedDict\n(tR(Vk\nc__builtin__\nset\n((lI1\naI2\natRu.",
  ]

  /// Protocol 4: {"a": [1, 300, -1.0], "b": (None, b"xy")}, memoized.
  private static let framedPickle: [UInt8] =
    [0x80, 4, 0x95, 35, 0, 0, 0, 0, 0, 0, 0, 0x7d, 0x94, 0x28, 0x8c, 1, 97, 0x94, 0x5d, 0x94]
    + [0x28, 0x4b, 1, 0x4d, 44, 1, 0x47, 0xbf, 0xf0, 0, 0, 0, 0, 0, 0, 0x65, 0x8c, 1, 98, 0x94]
    + [0x4e, 0x43, 2, 120, 121, 0x94, 0x86, 0x94, 0x75, 0x2e]

  private static func npy(_ header: String, _ data: [UInt8]) -> [UInt8] {
    let text = Array(header.utf8) + [10]
    return [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, UInt8(text.count), 0] + text + data
  }

  private static let fortran = npy(
    "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }", [UInt8](0..<12))
  private static let bigEndian = npy(
    "{'descr': '>f8', 'fortran_order': False, 'shape': (2,), }", [UInt8](0..<16))
}
