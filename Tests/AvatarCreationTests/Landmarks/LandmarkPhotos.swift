import Compute
import Foundation
import Media
import TensorFiles
import TestSupport

@testable import AvatarCreation

/// The photos of the golden data and what was recorded of each.
enum LandmarkPhotos {
  static func names() throws -> [String] {
    try Fixtures.files(in: "landmarks/photos", prefix: "", suffix: ".npz").map {
      URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent
    }
  }

  static func golden(_ name: String) throws -> NPZFile {
    try NPZFile(path: Fixtures.path("landmarks/photos/\(name).npz"))
  }

  /// From the folder of `AVATAR_PHOTOS`, or beside the golden data.
  static func photo(_ name: String) throws -> Photo {
    let folder = ProcessInfo.processInfo.environment["AVATAR_PHOTOS"].flatMap {
      $0.isEmpty ? nil : $0
    }
    let path = try folder.map { "\($0)/\(name).jpg" } ?? Fixtures.data("photos/\(name).jpg")
    let picture = try PictureFile.read(path: path)
    guard case .bytes(let bytes) = picture.samples, picture.channels == 3 else {
      throw ProgramError(.dataError, "the photo is not of RGB bytes", file: path)
    }
    return Photo(width: picture.width, height: picture.height, pixels: bytes)
  }

  static func detector(threads: Int = 2) throws -> LandmarkDetector {
    try LandmarkDetector(
      models: Fixtures.asset("models"), pool: WorkerPool(threads: threads))
  }

  static func grey(_ width: Int, _ height: Int) -> Photo {
    Photo(
      width: width, height: height,
      pixels: (0..<width * height * 3).map { UInt8(truncatingIfNeeded: 100 + $0 / 3 % 40) })
  }
}
