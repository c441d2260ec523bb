import Compute
import Media

/// A photo's file: the picture as the stages take it, and what the user should know of it.
public struct PhotoFile: Sendable {
  public let path: String
  public let photo: Photo
  /// Sentences.
  public let notices: [String]

  /// Reads PNG and JPEG of every kind, and GIF, WebP, BMP and TIFF as far as libavcodec does.
  ///
  /// Grey becomes RGB, 16 bits become 8, CMYK becomes RGB, the EXIF orientation is applied. Alpha is kept
  /// where it says who is meant: where some of the picture is more transparent than not.
  ///
  /// - Throws: `noInput`, `dataError` with the kind of what the file is.
  public init(path: String) throws {
    self.path = path
    let kind = try FileKind(path: path)
    var notices: [String] = []
    let picture: Picture
    var exif = EXIF()
    if kind.isPicture || kind == .empty {
      let bytes = try FileBytes.read(path: path)
      exif = EXIF(file: bytes)
      do {
        picture = try PictureFile.read(bytes: bytes)
      } catch let error as ProgramError {
        throw error.inFile(path)
      }
    } else if StillFile.kinds.contains(kind) {
      let still = try StillFile.read(path: path)
      (picture, exif) = (still.picture, still.exif)
      if still.isAnimated { notices.append("\(path) is animated; its first picture is taken") }
    } else {
      throw ProgramError(
        .dataError, "is not a photo that can be read", file: path,
        expected: "PNG or JPEG", found: kind.words, hint: Self.hint(kind))
    }
    let isTurned = kind == .png && exif.orientation != 1
    let upright = isTurned ? picture.upright(orientation: exif.orientation) : picture
    photo = try ProgramError.locating(file: path) { try Photo(upright, exif: exif) }
    if photo.alpha != nil {
      notices.append("\(path) is transparent around the person: its alpha is the mask")
    }
    self.notices = notices
  }

  private static func hint(_ kind: FileKind) -> String {
    switch kind {
    case .heif, .avif, .exr: "save it as JPEG or PNG"
    case .mp4, .matroska, .avi: "save one picture of it as PNG"
    case .pdf: "save its page as PNG"
    default: "give a photo of a person"
    }
  }
}

extension Photo {
  /// - Throws: `dataError` for a picture that is transparent everywhere.
  public init(_ picture: Picture, exif: EXIF = EXIF()) throws {
    let (width, height) = (picture.width, picture.height)
    try MemoryBudget.require(MemoryBudget.product(width, height, 8), for: "the photo")
    let full = picture.converted(toBitDepth: 8)
    var pixels = full.converted(toChannels: 3).bytes()
    var alpha: [UInt8]?
    if picture.hasAlpha {
      let (samples, step) = (full.bytes(), picture.channels)
      let values = (0..<width * height).map { samples[$0 * step + step - 1] }
      guard values.contains(where: { $0 > 127 }) else {
        throw ProgramError(
          .dataError, "the photo is transparent everywhere", hint: "save it without transparency")
      }
      if values.contains(where: { $0 < 128 }) {
        alpha = values
        // What programs leave where nothing shows is no background to look at.
        for pixel in values.indices where values[pixel] == 0 {
          for channel in 0..<3 { pixels[pixel * 3 + channel] = 128 }
        }
      }
    }
    self.init(
      width: width, height: height, pixels: pixels, alpha: alpha,
      focalLength: exif.focalLength(width: width, height: height).map { Float($0) })
  }
}

extension EXIF {
  /// The diagonal of film of 36 x 24 mm.
  public static let filmDiagonal = 43.2666153

  /// The focal length in pixels of the upright picture, as far as what the camera wrote can be trusted:
  /// a picture of other proportions than it was taken in has been cut, one can't say where.
  func focalLength(width: Int, height: Int) -> Double? {
    let diagonal = (Double(width * width) + Double(height * height)).squareRoot()
    let longer = Double(max(width, height))
    if let size {
      let taken = Double(size.max()) / Double(size.min())
      guard abs(taken * Double(min(width, height)) / longer - 1) < 0.02 else { return nil }
    }
    let onFilm: Double?
    if let focalLengthOnFilm {
      onFilm = focalLengthOnFilm
    } else if let focalLength, let sensorResolution, let size {
      // Stored pixels were square; the picture may have been made smaller since.
      let pixels = focalLength * sensorResolution.max() * longer / Double(size.max())
      onFilm = pixels / diagonal * Self.filmDiagonal
    } else {
      onFilm = nil
    }
    // Lenses that people are photographed with; makers write zeros and nonsense too.
    guard let onFilm, 8...1200 ~= onFilm else { return nil }
    return onFilm / Self.filmDiagonal * diagonal
  }
}
