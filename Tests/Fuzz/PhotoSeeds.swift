import Avatar
import AvatarCreation
import Foundation
import Media
import SMPLX
import TensorFiles

/// Photos of the kinds that are read besides PNG and JPEG, masks, fits and offsets.
enum PhotoSeeds {
  static func make(_ world: AvatarWorld) throws -> [String: [[UInt8]]] {
    func picture(_ channels: Int, deep: Bool = false) throws -> [UInt8] {
      let count = 24 * 32 * channels
      let picture =
        deep
        ? try Picture(
          width: 24, height: 32, channels: channels, words: (0..<count).map { UInt16($0 * 13) })
        : try Picture(
          width: 24, height: 32, channels: channels,
          bytes: (0..<count).map { UInt8(truncatingIfNeeded: $0) })
      return try PNGFile.encode(picture)
    }
    let pictures = try (1...4).map { try picture($0) } + [try picture(3, deep: true)]
    var pose = BodyPose.standing(world.model)
    pose.translation = [0, 0.2, 3]
    pose.expression = [0.5, -0.5]
    let fit = BodyFit(
      betas: [0.5, -1], pose: pose,
      camera: .aligned(focalLength: [40, 40], principalPoint: [12, 16]), width: 24, height: 32)
    let zeros = TensorData(shape: [33, 3], floats: [Float](repeating: 0.01, count: 99))
    return [
      "photo": pictures + stills.map { [UInt8](Data(base64Encoded: $0) ?? Data()) } + [
        bitmap, tiff,
      ],
      "mask": pictures,
      "fit": [try world.content { try FitFile.write(fit, body: world.model, to: $0) }]
        + (try DinarSeeds.fits()),
      "offsets": [
        try world.content { try NPZ.write([("landmark_offsets", zeros)], to: $0) }
      ],
    ]
  }

  /// One pixel as GIF and as WebP.
  private static let stills = [
    "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
    "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA",
  ]

  /// 2 x 2, 24 bits, from the bottom up.
  private static let bitmap: [UInt8] =
    [0x42, 0x4d, 70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0]
    + [24, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    + [1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0]

  /// 2 x 1, grey, in one strip.
  private static let tiff: [UInt8] = {
    let entries: [(UInt8, UInt8, UInt8)] = [
      (0x00, 2, 0), (0x01, 1, 0), (0x02, 8, 0), (0x03, 1, 0), (0x06, 1, 0), (0x11, 8, 0),
      (0x16, 1, 0), (0x17, 2, 0),
    ]
    var bytes: [UInt8] = [0x49, 0x49, 42, 0, 10, 0, 0, 0, 90, 200, UInt8(entries.count), 0]
    for (tag, value, high) in entries {
      bytes += [tag, 1, 3, 0, 1, 0, 0, 0, value, high, 0, 0]
    }
    return bytes + [0, 0, 0, 0]
  }()
}
