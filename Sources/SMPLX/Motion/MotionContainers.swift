/// The containers that motions come in: `.npz` archives and pickles, told apart by their first
/// bytes.
///
/// An archive's arrays are streamed, so that a recording of any length passes through a small
/// buffer; a pickle is read whole.
import Compute
import Foundation
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

  /// Opens `path` as whatever container it is.
  static func open(path: String) throws -> any MotionArrays {
    let start = try firstBytes(of: path, count: 16)
    // "PK": a zip archive.
    if start.starts(with: [0x50, 0x4B]) { return try NPZArrays(path: path) }
    if start.isEmpty {
      throw ProgramError(
        .dataError, "the file is empty", file: path, expected: "a motion (.npz or a pickle)")
    }
    if start.starts(with: [0x93] + Array("NUMPY".utf8)) {
      throw ProgramError(
        .dataError, "a single array is not a motion", file: path,
        expected: "an .npz archive with poses and trans, or a pickle",
        found: "an .npy file", hint: "save the arrays together with numpy.savez")
    }
    // PROTO, or in the oldest protocol a mark, a list or a dictionary.
    if let first = start.first, [0x80, 0x28, 0x5d, 0x7d].contains(first) {
      return try PickleArrays(path: path)
    }
    throw ProgramError(
      .dataError, "the file is no motion that can be read", file: path,
      expected: "an AMASS archive (.npz) or a pickle of smplx parameters or of DINAR",
      found: String(decoding: start, as: UTF8.self).hasPrefix("HIERARCHY")
        ? "a BVH file" : "another format")
  }

  private static func firstBytes(of path: String, count: Int) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else {
      throw ProgramError(
        .noInput, "the motion file cannot be opened", file: path,
        found: String(cString: strerror(errno)))
    }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: count)
    let got = fread(&bytes, 1, count, file)
    guard got > 0 || ferror(file) == 0 else {
      throw ProgramError(
        .noInput, "the motion file cannot be read", file: path,
        found: String(cString: strerror(errno)))
    }
    return Array(bytes[..<got])
  }
}

/// An `.npz` archive: one entry with all frames.
struct NPZArrays: MotionArrays {
  let file: String
  private let archive: NPZFile

  init(path: String) throws {
    file = path
    archive = try NPZFile(path: path)
  }

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
    return try archive.tensor(key).strings().first
  }
}

extension ScalarType {
  public var isReal: Bool {
    switch self {
    case .complex64, .complex128, .unicode, .bytes: false
    default: true
    }
  }

  var isText: Bool {
    switch self {
    case .unicode, .bytes: true
    default: false
    }
  }
}
