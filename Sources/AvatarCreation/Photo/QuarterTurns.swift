import Compute
import Media
import SMPLX

/// By how many quarter turns, clockwise, a photo is turned until the person in it is upright.
struct QuarterTurns: Sendable, Equatable {
  /// 0 to 3.
  let count: Int

  init(_ count: Int) { self.count = ((count % 4) + 4) % 4 }

  var inverse: QuarterTurns { QuarterTurns(-count) }

  /// What was turned, for people; nil where nothing was.
  var finding: String? {
    switch count {
    case 0: nil
    case 2: "the photo is upside down, and is turned"
    default: "the photo lies on its side, and is turned"
    }
  }

  /// The EXIF orientation of a picture that is to be turned so.
  private var orientation: Int { [1, 6, 3, 8][count] }

  /// (height, width, channels) samples of a turned picture.
  private func turned(_ bytes: [UInt8], width: Int, height: Int, channels: Int) -> [UInt8] {
    guard
      let picture = try? Picture(width: width, height: height, channels: channels, bytes: bytes)
    else { return bytes }
    return picture.upright(orientation: orientation).bytes()
  }

  func size(width: Int, height: Int) -> (width: Int, height: Int) {
    count % 2 == 0 ? (width, height) : (height, width)
  }

  func turned(_ photo: Photo) -> Photo {
    guard count != 0 else { return photo }
    let size = size(width: photo.width, height: photo.height)
    return Photo(
      width: size.width, height: size.height,
      pixels: turned(photo.pixels, width: photo.width, height: photo.height, channels: 3),
      alpha: photo.alpha.map { turned($0, width: photo.width, height: photo.height, channels: 1) },
      focalLength: photo.focalLength)
  }

  func turned(_ matte: Matte) -> Matte {
    let (width, height) = (matte.width, matte.height)
    let size = size(width: width, height: height)
    var coverage = matte.coverage
    for y in 0..<height {
      for x in 0..<width {
        let place = turned(SIMD2(Double(x), Double(y)), width: width, height: height)
        coverage[Int(place.y) * size.width + Int(place.x)] = matte.coverage[y * width + x]
      }
    }
    return Matte(width: size.width, height: size.height, coverage: coverage)
  }

  /// Where a pixel goes; pixels' centres are whole numbers.
  func turned(_ place: SIMD2<Double>, width: Int, height: Int) -> SIMD2<Double> {
    let (right, bottom) = (Double(width - 1), Double(height - 1))
    return switch count {
    case 0: place
    case 1: SIMD2(bottom - place.y, place.x)
    case 2: SIMD2(right - place.x, bottom - place.y)
    default: SIMD2(place.y, right - place.x)
    }
  }

  /// A fit of the turned picture: the camera is turned about its axis.
  ///
  /// - Parameter pelvis: rest position of the joint about which the root turns.
  func turned(_ fit: BodyFit, pelvis: SIMD3<Float>) -> BodyFit {
    guard count != 0 else { return fit }
    let (sine, cosine) = [(0.0, 1.0), (1, 0), (0, -1), (-1, 0)][count]
    let rotation = RotationMatrix([cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1])
    let size = size(width: fit.width, height: fit.height)
    var result = fit
    let root = RotationMatrix(axisAngle: SIMD3<Double>(fit.pose.rotations[0]))
    result.pose.rotations[0] = SIMD3<Float>((rotation * root).axisAngle)
    let place = SIMD3<Double>(pelvis)
    result.pose.translation = SIMD3<Float>(
      rotation * (place + SIMD3<Double>(fit.pose.translation)) - place)
    // The principal point counts from the corner of the first pixel.
    let middle = SIMD2<Double>(fit.camera.principalPoint) - 0.5
    result.camera.principalPoint =
      SIMD2<Float>(turned(middle, width: fit.width, height: fit.height)) + 0.5
    if count % 2 == 1 {
      result.camera.focalLength = SIMD2(fit.camera.focalLength.y, fit.camera.focalLength.x)
    }
    (result.width, result.height) = size
    return result
  }
}

extension DetectedPerson {
  /// The same person in the turned picture.
  func turned(by turns: QuarterTurns, width: Int, height: Int) -> DetectedPerson {
    let turned = { turns.turned($0, width: width, height: height) }
    return DetectedPerson(
      self,
      region: Region(
        centre: turned(region.centre), side: region.side,
        angle: Region.wrapped(region.angle + Double(turns.count) * .pi / 2)), in: turned)
  }
}
