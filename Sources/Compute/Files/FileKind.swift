/// What kind of file something is, by its first bytes and never by its name.
///
/// Every reader asks this before it reads, and every message that says what a file is uses its words.
/// `FileContents` of TensorFiles looks further into containers.
public enum FileKind: Sendable, Equatable, CaseIterable {
  case empty
  // Pictures.
  case png, jpeg, gif, webp, bmp, tiff, exr
  // Video and sound.
  case mp4, matroska, avi, sound
  // Arrays.
  case zip, npy, safetensors, torchStream, pickle, hdf5, matlab, gguf
  // Geometry and motion of other programs.
  case bvh, fbx, gltf, ply
  // Anything else that people have lying around.
  case gzip, otherArchive, pdf, program, json, text, unknown
  // Pictures in the container of MP4.
  case heif, avif

  /// Bytes from the start that `init(head:)` looks at.
  public static let headLength = 512

  /// - Parameter head: the first `headLength` bytes of the file, or all of a shorter one.
  public init(head: some Collection<UInt8>) {
    let bytes = Array(head.prefix(Self.headLength))
    func starts(_ text: String, at offset: Int = 0) -> Bool {
      bytes.dropFirst(offset).starts(with: text.utf8)
    }
    func starts(_ signature: [UInt8]) -> Bool { bytes.starts(with: signature) }
    guard let first = bytes.first else {
      self = .empty
      return
    }
    if let known = Self.signatures.first(where: { starts($0.0) })?.1 {
      self = known
    } else if starts("RIFF") {
      self = starts("WEBP", at: 8) ? .webp : starts("AVI ", at: 8) ? .avi : .sound
    } else if starts("BM"), bytes.count > 14, bytes[6...9].allSatisfy({ $0 == 0 }) {
      self = .bmp
    } else if starts("ftyp", at: 4), let kind = Self.brands.first(where: { starts($0.0, at: 8) }) {
      self = kind.1
    } else if starts("ftyp", at: 4) || starts("moov", at: 4) || starts("mdat", at: 4) {
      self = .mp4
    } else if Self.isSafetensors(bytes) {
      self = .safetensors
    } else if first == 0x80, bytes.count > 1, bytes[1] <= 5 {
      self = bytes.starts(with: Self.torchStreamStart) ? .torchStream : .pickle
    } else if [0x28, 0x5d, 0x7d].contains(first), Self.isOldPickle(bytes) {
      self = .pickle
    } else if Self.isBVH(bytes) {
      self = .bvh
    } else if Self.isText(bytes) {
      let text = bytes.drop { [0x20, 0x09, 0x0a, 0x0d].contains($0) }
      self =
        text.first == UInt8(ascii: "{") || text.first == UInt8(ascii: "[") ? .json : .text
    } else {
      self = .unknown
    }
  }

  /// The kind of the file at `path`.
  ///
  /// - Throws: as `InputFile.open`.
  public init(path: String) throws { self.init(head: try InputFile.head(path)) }

  /// "a PNG picture": for "found ..." in messages.
  public var words: String {
    switch self {
    case .empty: "an empty file"
    case .png: "a PNG picture"
    case .jpeg: "a JPEG picture"
    case .gif: "a GIF picture"
    case .webp: "a WebP picture"
    case .bmp: "a BMP picture"
    case .tiff: "a TIFF picture"
    case .exr: "an OpenEXR picture"
    case .heif: "an HEIC picture"
    case .avif: "an AVIF picture"
    case .mp4: "an MP4 video"
    case .matroska: "a Matroska or WebM video"
    case .avi: "an AVI video"
    case .sound: "a sound"
    case .zip: "a zip archive"
    case .npy: "a NumPy array (.npy)"
    case .safetensors: "a safetensors file"
    case .torchStream: "a PyTorch checkpoint"
    case .pickle: "a Python pickle"
    case .hdf5: "an HDF5 file"
    case .matlab: "a MATLAB file"
    case .gguf: "a GGUF model"
    case .bvh: "a BVH motion"
    case .fbx: "an FBX scene"
    case .gltf: "a glTF scene"
    case .ply: "a PLY mesh"
    case .gzip: "a gzip file"
    case .otherArchive: "an archive"
    case .pdf: "a PDF document"
    case .program: "a program"
    case .json: "a JSON text"
    case .text: "a text file"
    case .unknown: "a file of an unknown kind"
    }
  }

  /// Whether the file is a picture that `Media` reads.
  public var isPicture: Bool { self == .png || self == .jpeg }

  /// Whether the file is a video that `Media` reads.
  public var isVideo: Bool { self == .mp4 || self == .matroska || self == .avi }

  /// Protocol 2 and torch's number as an integer of ten bytes: how the older stream of torch begins.
  package static let torchStreamStart: [UInt8] = [
    0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
  ]

  private static let signatures: [([UInt8], FileKind)] = [
    ([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], .png), ([0xff, 0xd8, 0xff], .jpeg),
    (Array("GIF8".utf8), .gif),
    (Array("II*\0".utf8), .tiff), (Array("MM\0*".utf8), .tiff), ([0x76, 0x2f, 0x31, 0x01], .exr),
    ([0x1a, 0x45, 0xdf, 0xa3], .matroska), (Array("OggS".utf8), .sound),
    (Array("ID3".utf8), .sound), (Array("fLaC".utf8), .sound),
    (Array("PK\u{3}\u{4}".utf8), .zip), (Array("PK\u{5}\u{6}".utf8), .zip),
    ([0x93] + Array("NUMPY".utf8), .npy),
    ([0x89] + Array("HDF\r\n".utf8), .hdf5), (Array("MATLAB".utf8), .matlab),
    (Array("GGUF".utf8), .gguf), (Array("Kaydara FBX".utf8), .fbx), (Array("glTF".utf8), .gltf),
    (Array("ply\n".utf8), .ply), (Array("ply\r\n".utf8), .ply), ([0x1f, 0x8b], .gzip),
    ([0xfd] + Array("7zXZ".utf8), .otherArchive), ([0x28, 0xb5, 0x2f, 0xfd], .otherArchive),
    (Array("7z".utf8) + [0xbc, 0xaf], .otherArchive), (Array("BZh".utf8), .otherArchive),
    (Array("Rar!".utf8), .otherArchive), (Array("%PDF".utf8), .pdf),
    ([0x7f] + Array("ELF".utf8), .program), (Array("#!".utf8), .program),
  ]

  /// Pictures among the files that begin with `ftyp`, by their first brand.
  private static let brands: [(String, FileKind)] = [
    ("hei", .heif), ("hev", .heif), ("mif1", .heif), ("msf1", .heif), ("avif", .avif),
    ("avis", .avif),
  ]

  /// Eight bytes of length, then a JSON object.
  private static func isSafetensors(_ bytes: [UInt8]) -> Bool {
    guard bytes.count > 8, bytes[8] == UInt8(ascii: "{") else { return false }
    // A text of nine characters is none: no header has 2^48 bytes.
    return bytes[6] == 0 && bytes[7] == 0
  }

  /// Protocols 0 and 1 begin with a mark, an empty list or an empty dictionary, and go on with a code.
  private static func isOldPickle(_ bytes: [UInt8]) -> Bool {
    guard bytes.count > 1 else { return false }
    let next = "dltpqiISUVXFGLKMJN(]}.c".utf8
    guard next.contains(bytes[1]) else { return false }
    // "(c) 2026" begins like a pickle too.
    return !(bytes.count > 2 && bytes[1] == UInt8(ascii: "c") && bytes[2] == UInt8(ascii: ")"))
  }

  /// The word HIERARCHY in any case, after blanks, comments and the mark of UTF-8; in UTF-16 as well, so
  /// that its reader says what is wrong.
  private static func isBVH(_ bytes: [UInt8]) -> Bool {
    let isWide = bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff])
    var text = isWide ? bytes.dropFirst(2).filter { $0 != 0 }[...] : bytes[...]
    if text.starts(with: [0xef, 0xbb, 0xbf]) { text = text.dropFirst(3) }
    while let first = text.first {
      if [0x20, 0x09, 0x0a, 0x0d].contains(first) {
        text = text.dropFirst()
      } else if first == UInt8(ascii: "#") || text.starts(with: "//".utf8) {
        text = text.drop { $0 != 0x0a }
      } else {
        break
      }
    }
    let word = text.prefix { $0 > 0x20 }
    return String(decoding: word, as: UTF8.self).uppercased() == "HIERARCHY"
  }

  private static func isText(_ bytes: [UInt8]) -> Bool {
    // The last character may be cut.
    let cut = bytes.count == headLength ? 3 : 0
    for drop in 0...cut where String(validating: bytes.dropLast(drop), as: UTF8.self) != nil {
      return bytes.allSatisfy { $0 >= 0x20 || (0x09...0x0d).contains($0) || $0 == 0x1b }
    }
    return false
  }
}
