import Avatar
import Compute
import Media
import SMPLX

/// Cuts a person out of a photo as DINAR's dataset does.
///
/// Matches: DINAR's `FromFolder.load_sample`, in its order and in double precision up to the crop.
public struct DinarSampler {
  /// DINAR's camera: pixels, whatever the photo.
  public static let focalLength = 5000.0
  /// What boxes grow by.
  private static let margin = 1.2
  /// Of a mask's bytes after resizing: from here on a pixel is the person's.
  private static let leastCoverage: Float = 0.2
  /// Photos' longer sides that a crop may have: beyond, the fit is of another picture.
  private static let largestCrop = 8

  private let bodies: DinarBodies
  private let side: Int
  let pool: WorkerPool

  /// - Parameter side: pixels of the networks' square picture, from the checkpoint's configuration.
  public init(bodies: DinarBodies, side: Int, pool: WorkerPool) {
    (self.bodies, self.side, self.pool) = (bodies, side, pool)
  }

  /// The body of a gender, to fit photos with.
  public func body(_ gender: String) throws -> DinarBodies.Entry { try bodies.body(gender) }

  /// Reads the three files of a person, and cuts.
  public func sample(_ person: DinarFolder.Person) throws -> DinarSample {
    let fit = try DinarFit(path: person.fit)
    let photo = try PictureFile.read(path: person.photo)
    let mask = try PictureFile.read(path: person.mask)
    guard photo.width == mask.width, photo.height == mask.height else {
      throw ProgramError(
        .dataError, "the mask is of another size than the photo", file: person.mask,
        expected: "\(photo.width) x \(photo.height)", found: "\(mask.width) x \(mask.height)",
        hint: "photo and mask of a person are \(person.photo) and \(person.mask)")
    }
    return try ProgramError.locating(file: person.fit) {
      try sample(name: person.name, photo: photo, mask: mask, fit: fit, maskPath: person.mask)
    }
  }

  /// - Parameters:
  ///   - photo, mask: of one size; the mask's first channel counts.
  ///   - maskPath: for errors.
  /// - Throws: `dataError` for an empty mask and for a fit that is behind the camera or far off the photo.
  public func sample(
    name: String, photo: Picture, mask: Picture, fit: DinarFit, maskPath: String? = nil
  ) throws -> DinarSample {
    let body = try bodies.body(fit.gender)
    var photo = photo.converted(toBitDepth: 8).converted(toChannels: 3)
    var mask = mask.converted(toBitDepth: 8).firstChannel()
    if let crop = fit.crop {
      try check(crop, photo: photo, mask: mask)
      photo = try part(crop, of: photo)
      mask = try part(crop, of: mask)
    }
    let (width, height) = (photo.width, photo.height)
    let posed = try PosedDinarFit(fit, on: body.model, pool: pool)
    let camera = fit.camera ?? DinarCamera(width: width, height: height)
    let points = try bodies.surface.vertices.map { vertex in
      try camera.project(posed.vertices[Int(vertex)])
    }
    let around = CropBox(around: points.map { SIMD2($0.x / $0.z, $0.y / $0.z) }).squared
      .scaled(by: Self.margin)
    guard let seen = CropBox(around: mask.bytes(), width: width, height: height) else {
      throw ProgramError(
        .dataError, "the mask is empty", file: maskPath,
        expected: "values above 0 where the person is", found: "0 everywhere")
    }
    let covered = seen.scaled(by: Self.margin).clipped(width: width, height: height)
    let box = around.union(covered)
    try check(box, width: width, height: height)

    let cut = try photo.padded(from: box.left, box.top, width: box.width, height: box.width)
    let cutMask = try mask.padded(from: box.left, box.top, width: box.width, height: box.width)
    let inside = try Picture(
      width: width, height: height, channels: 1,
      bytes: [UInt8](repeating: 255, count: width * height)
    ).padded(from: box.left, box.top, width: box.width, height: box.width)
    let colors = try resized(cut)
    let coverage = try resized(cutMask).map { $0 > Self.leastCoverage ? Float(1) : 0 }
    let cropped = camera.cropped(to: box, side: side)
    let vertices = points.flatMap { point -> [Float] in
      let moved = cropped.map(point)
      return [Float(moved.x), Float(moved.y), Float(moved.z)]
    }
    let (input, real) = composed(colors, coverage)
    return DinarSample(
      name: name, side: side, inputRGB: input, realRGB: real,
      mask: Tensor(shape: [1, 1, side, side], coverage),
      cropMask: CropMask.grown(
        try resized(inside).map { $0 == 1 ? 1 : 0 }, side: side, vertices: vertices),
      vertices: vertices, calibration: cropped.matrix.map { Float($0) }, fit: fit,
      shape: posed.shape, pose: posed.pose, body: body,
      cut: DinarCut(width: width, height: height, vertices: around, mask: covered, box: box))
  }

  func part(_ box: CropBox, of picture: Picture) throws -> Picture {
    let longer = Self.largestCrop * max(picture.width, picture.height)
    guard box.width <= longer, box.height <= longer else {
      throw ProgramError(
        .dataError, "the part that the fit is for is far larger than the photo", key: "ltrb",
        expected: "at most \(longer) pixels", found: "\(box.width) x \(box.height)")
    }
    return try picture.padded(from: box.left, box.top, width: box.width, height: box.height)
  }

  /// The part of a photo that a fit is for shows the person.
  private func check(_ crop: CropBox, photo: Picture, mask: Picture) throws {
    let (width, height) = (photo.width, photo.height)
    let seen = crop.clipped(width: width, height: height)
    let words = "\(crop.left), \(crop.top), \(crop.right), \(crop.bottom)"
    guard seen.width > 0, seen.height > 0 else {
      throw ProgramError(
        .dataError, "the part that the fit is for lies outside of the photo", key: "ltrb",
        expected: "left, top, right, bottom within 0, 0, \(width), \(height)", found: words)
    }
    // An empty mask is the mask's fault.
    guard let person = PixelBox(around: mask.bytes().map { $0 > 0 }, width: width, height: height)
    else { return }
    let isShown =
      person.left < seen.right && person.left + person.width > seen.left
      && person.top < seen.bottom && person.top + person.height > seen.top
    guard isShown else {
      throw ProgramError(
        .dataError, "the part that the fit is for does not show the person", key: "ltrb",
        expected:
          "a part with what the mask shows: \(person.left), \(person.top), "
          + "\(person.left + person.width), \(person.top + person.height)", found: words)
    }
  }

  private func check(_ box: CropBox, width: Int, height: Int) throws {
    let longest = Self.largestCrop * max(width, height)
    guard 1...longest ~= box.width else {
      throw ProgramError(
        .dataError, "the fit does not lie in the photo", key: "camera_translation",
        expected: "a crop about person and mask of at most \(longest) pixels",
        found: "\(box.width) pixels",
        hint:
          "DINAR projects with a focal length of \(Int(Self.focalLength)) pixels; fit again with it"
      )
    }
  }

  /// (channels, side, side) in [0, 1].
  private func resized(_ picture: Picture) throws -> [Float] {
    let small = try picture.resampled(width: side, height: side, filter: .bicubic, pool: pool)
    let (bytes, channels, count) = (small.bytes(), small.channels, side * side)
    return (0..<channels).flatMap { channel in
      (0..<count).map { Float(Double(bytes[$0 * channels + channel]) / 255) }
    }
  }

  /// The person on black, and on white.
  private func composed(_ colors: [Float], _ coverage: [Float]) -> (input: Tensor, real: Tensor) {
    let count = side * side
    let shape = [1, 3, side, side]
    let input = colors.indices.map { colors[$0] * coverage[$0 % count] * 2 - 1 }
    let real = colors.indices.map { index in
      let mask = coverage[index % count]
      return (colors[index] * mask + (1 - mask) * 1) * 2 - 1
    }
    return (Tensor(shape: shape, input), Tensor(shape: shape, real))
  }
}

extension Picture {
  /// The first channel alone.
  fileprivate func firstChannel() -> Picture {
    let (bytes, channels) = (bytes(), channels)
    let first = (0..<width * height).map { bytes[$0 * channels] }
    return (try? Picture(width: width, height: height, channels: 1, bytes: first)) ?? self
  }
}
