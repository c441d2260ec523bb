/// The containers that motions come in: `.npz` archives and pickles, told apart by their first
/// bytes.
///
/// An archive's arrays are streamed, so that a recording of any length passes through a small
/// buffer; a pickle is read whole.
import Compute
import TensorFiles

extension MotionFile {
  /// Reads the motion in `path`.
  ///
  ///     let motion = try MotionFile.load(path: "walk.npz", body: model)
  ///     print(motion.summary.description)
  ///     // AMASS SMPL-H, 601 frames at 120 fps (5.01 s), full hands, male betas ignored
  ///
  /// - Parameters:
  ///   - body: gives hand components and the mean hand their meaning; nil (to look at a file)
  ///     leaves hands given in components flat.
  /// - Throws: `ProgramError` naming the file, the key, what was expected and found.
  public static func load(
    path: String, body: BodyModel? = nil, options: MotionOptions = MotionOptions()
  ) throws -> any Motion {
    do {
      return try read(open(path: path), options: options, hands: body.map(MotionHandModel.init))
    } catch let error as ProgramError {
      throw error.inFile(path)
    }
  }

  /// Reads the motion in an archive that is open already; as `load(path:body:options:)`.
  public static func load(
    _ archive: NPZFile, body: BodyModel? = nil, options: MotionOptions = MotionOptions()
  ) throws -> any Motion {
    try load(NPZArrays(archive), body, options)
  }

  /// Reads the motion in a pickle that has been read already; `path` is the file for errors.
  public static func load(
    _ pickle: PickleValue, path: String, body: BodyModel? = nil,
    options: MotionOptions = MotionOptions()
  ) throws -> any Motion {
    try load(PickleArrays(pickle, file: path), body, options)
  }

  private static func load(
    _ arrays: any MotionArrays, _ body: BodyModel?, _ options: MotionOptions
  ) throws -> any Motion {
    do {
      return try read(arrays, options: options, hands: body.map(MotionHandModel.init))
    } catch let error as ProgramError {
      throw error.inFile(arrays.file)
    }
  }

  /// Whether arrays of these names are laid out as a motion, whether or not it can be read.
  public static func recognises(names: some Sequence<String>) -> Bool {
    let names = Set(names)
    return !names.isDisjoint(with: MotionReader.poseKeys)
      || names.isSuperset(of: ["root_orient", "pose_body"])
      || !names.isDisjoint(with: ["global_orient", "body_pose", MotionReader.dinarKey])
  }

  /// Opens `path` as whatever container it is.
  static func open(path: String) throws -> any MotionArrays {
    let expected = "a motion: an AMASS archive (.npz), or a pickle of smplx parameters or of DINAR"
    switch try FileKind(path: path) {
    case .zip:
      do {
        return try NPZArrays(NPZFile(path: path))
      } catch let error as ProgramError where error.what == NPZFile.holdsNoArrays {
        throw ProgramError.otherKind("the file is no motion", path: path, expected: expected)
      }
    case .pickle: return try PickleArrays(path: path)
    case .npy:
      throw ProgramError(
        .dataError, "a single array is not a motion", file: path,
        expected: "an .npz archive with poses and trans, or a pickle",
        found: FileKind.npy.words, hint: "save the arrays together with numpy.savez")
    default:
      throw ProgramError.otherKind(
        "the file is no motion that can be read", path: path, expected: expected)
    }
  }
}

/// An `.npz` archive: one entry with all frames.
struct NPZArrays: MotionArrays {
  let file: String
  private let archive: NPZFile

  init(_ archive: NPZFile) {
    file = archive.path
    self.archive = archive
  }

  var fileSize: Int? { archive.fileSize }

  var keys: [String] { archive.names.sorted() }
  var entryCount: Int { 1 }
  var isDINAR: Bool { false }

  func shape(_ key: String, entry: Int) throws -> [Int]? {
    guard archive.contains(key) else { return nil }
    let header = try archive.header(key)
    return header.scalarType.isReal ? header.shape : nil
  }

  /// nil for what cannot be read (Python objects).
  private func header(_ key: String) -> NPYHeader? {
    archive.contains(key) ? try? archive.header(key) : nil
  }

  func stream(
    _ key: String, entry: Int, _ chunk: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    let header = try archive.header(key)
    let isPlain = !header.isFortranOrder && !header.isBigEndian
    switch header.scalarType {
    case .float32 where isPlain: try stream(key, as: Float.self, chunk)
    case .float64 where isPlain: try stream(key, as: Double.self, chunk)
    default: try archive.tensor(key).floats().withUnsafeBufferPointer(chunk)
    }
  }

  /// Streams and converts. A piece of bytes may end within a number: its start waits in `carry`.
  private func stream<Scalar: BinaryFloatingPoint & BitwiseCopyable>(
    _ key: String, as _: Scalar.Type, _ chunk: (UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    let size = MemoryLayout<Scalar>.size
    var carry: [UInt8] = []
    var values: [Float] = []
    try archive.stream(key) { bytes in
      var position = 0
      values.removeAll(keepingCapacity: true)
      if !carry.isEmpty {
        position = min(size - carry.count, bytes.count)
        carry.append(contentsOf: bytes[..<position])
        guard carry.count == size else { return }
        values.append(Float(carry.withUnsafeBytes { $0.loadUnaligned(as: Scalar.self) }))
        carry.removeAll(keepingCapacity: true)
      }
      while position + size <= bytes.count {
        values.append(Float(bytes.loadUnaligned(fromByteOffset: position, as: Scalar.self)))
        position += size
      }
      carry.append(contentsOf: bytes[position...])
      try values.withUnsafeBufferPointer(chunk)
    }
  }

  func number(_ key: String) throws -> Double? {
    guard let header = header(key), header.scalarType.isReal, header.shape.allSatisfy({ $0 == 1 })
    else { return nil }
    return try archive.tensor(key).doubles().first
  }

  func text(_ key: String) throws -> String? {
    guard let header = header(key), header.scalarType.isText, header.shape.allSatisfy({ $0 == 1 })
    else { return nil }
    return try archive.text(key)
  }
}

extension ScalarType {
  var isText: Bool {
    switch self {
    case .unicode, .bytes: true
    default: false
    }
  }
}
