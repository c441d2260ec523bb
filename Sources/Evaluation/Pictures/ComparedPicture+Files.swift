import Compute
import Media

extension ComparedPicture {
  /// Whether files of a kind can be read here.
  static func isReadable(_ kind: FileKind) -> Bool {
    kind.isPicture || StillFile.kinds.contains(kind)
  }

  /// A PNG or JPEG picture as it is stored, whatever its EXIF says; one picture of the other kinds.
  ///
  /// - Throws: for files that are no picture, and for damaged ones; the error names the file.
  public init(path: String, alpha: AlphaPolicy = .white) throws {
    let kind = try FileKind(path: path)
    self.init(
      StillFile.kinds.contains(kind)
        ? try StillFile.read(path: path).picture : try PictureFile.read(path: path),
      alpha: alpha)
  }
}

extension PictureMask {
  /// The mask in a picture file.
  ///
  /// - Parameter size: the pictures', to which the mask is resampled by Lanczos, as Pillow does; nil to leave
  ///   it as it is.
  public init(
    path: String, use: Use = .inside, resampledTo size: (width: Int, height: Int)? = nil,
    pool: WorkerPool
  ) throws {
    var picture = try ComparedPicture(path: path, alpha: .ignore).picture
    if let size, (picture.width, picture.height) != size {
      picture = try picture.resampled(
        width: size.width, height: size.height, filter: .lanczos, pool: pool)
    }
    do {
      try self.init(picture, use: use)
    } catch let error as ProgramError {
      throw error.inFile(path)
    }
  }
}
