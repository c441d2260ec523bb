import Avatar
import Compute
import Media

/// Looks at persons of a data folder before any slow work: what is missing, wrong or odd.
public struct DinarDataCheck {
  /// What was found of one person.
  public struct Finding: Sendable {
    public let name: String
    /// Why nothing can be made of the person; nil if something can.
    public let error: ProgramError?
    /// Sentences about what is odd.
    public let remarks: [String]
    /// Intersection over union of the fit's silhouette and the mask, where the photo is.
    public let overlap: Double?
    /// The sample's square of the photo with the outlines of fit and mask, and a legend.
    public let overlay: Picture?
  }

  /// A bare body and the mask of a dressed person, wide as it may be, agree better than this.
  static let leastOverlap = 0.5
  /// A photo's pixels for each of the networks'.
  private static let leastDetail = 0.5

  private let sampler: DinarSampler
  private let surface: SurfaceTable
  private let judgesDetail: Bool
  private let pool: WorkerPool

  /// - Parameter judgesDetail: whether the sampler's square is that of the networks, so that a photo with
  ///   fewer pixels is worth a remark.
  public init(
    sampler: DinarSampler, bodies: DinarBodies, judgesDetail: Bool = true, pool: WorkerPool
  ) {
    (self.sampler, self.judgesDetail, self.pool) = (sampler, judgesDetail, pool)
    surface = bodies.surface
  }

  /// All persons of a folder, by name.
  public func findings(in folder: DinarFolder) -> [Finding] {
    let broken = folder.incomplete.map {
      Finding(name: $0.name, error: $0.error, remarks: [], overlap: nil, overlay: nil)
    }
    return (broken + folder.persons.map(finding)).sorted { $0.name < $1.name }
  }

  /// One person; never throws, an error is a finding.
  public func finding(_ person: DinarFolder.Person) -> Finding {
    do {
      let sample = try sampler.sample(person)
      return try finding(sample, photo: PictureFile.read(path: person.photo), path: person.fit)
    } catch let error as ProgramError {
      return Finding(name: person.name, error: error, remarks: [], overlap: nil, overlay: nil)
    } catch {
      return Finding(
        name: person.name, error: ProgramError(.software, "\(error)", file: person.fit),
        remarks: [], overlap: nil, overlay: nil)
    }
  }

  /// - Parameters:
  ///   - photo: that the sample was cut from.
  ///   - path: of the fit, for remarks.
  public func finding(_ sample: DinarSample, photo: Picture, path: String) throws -> Finding {
    let raster = try PhotoRaster(sample, surface: surface, pool: pool)
    let mask = sample.mask.elements.map { $0 > 0 }
    let body = raster.mask.map { $0 > 0 }
    var (both, either) = (0, 0)
    let cut = sample.cut
    let step = Double(cut.box.width) / Double(sample.side)
    for pixel in mask.indices where mask[pixel] || body[pixel] {
      // What lies outside of the photo can't be in the mask.
      let x = Double(cut.box.left) + (Double(pixel % sample.side) + 0.5) * step
      let y = Double(cut.box.top) + (Double(pixel / sample.side) + 0.5) * step
      guard x > 0, y > 0, x < Double(cut.width), y < Double(cut.height) else { continue }
      either += 1
      if mask[pixel] && body[pixel] { both += 1 }
    }
    let overlap = Double(both) / Double(max(either, 1))
    var remarks: [String] = []
    // Shares of a picture, in whole per cent.
    let percent = Int(saturating: overlap * 100)
    let error =
      both > 0
      ? nil
      : ProgramError(
        .dataError, "fit and mask do not overlap: the photo shows nothing of the body", file: path)
    if both > 0, overlap < Self.leastOverlap {
      remarks.append(
        "\(path): fit and mask overlap by \(percent) % only (IoU); one of them is wrong")
    }
    remarks += headRemark(sample).map { ["\(path): \($0)"] } ?? []
    let light = PersonExposure(sample).remark
    if light.certainty != .good { remarks.append("\(sample.name): \(light.sentence)") }
    let absent = DinarFit.usualKeys.filter { key in !sample.fit.arrays.contains { $0.key == key } }
    if !absent.isEmpty {
      remarks.append("\(path): \(absent.joined(separator: ", ")) missing, taken as zero")
    }
    if judgesDetail, step < Self.leastDetail {
      remarks.append(
        "\(sample.name): the person's square has \(cut.box.width) pixels a side, "
          + "the networks look at \(sample.side)")
    }
    let square = try sampler.square(of: photo, sample)
    return Finding(
      name: sample.name, error: error, remarks: remarks, overlap: overlap,
      overlay: try DinarOverlay.picture(of: square, fit: body, mask: mask, pool: pool))
  }
}

extension DinarDataCheck {
  /// Joint whose skin is the skull's, face and jaw moving with joints of their own.
  private static let headJoints: Set<UInt8> = [15, 22, 23, 24]

  /// Whether the photo shows the head, as far as the fit tells.
  private func headRemark(_ sample: DinarSample) -> String? {
    let joints = sample.body.model.dominantJoints()
    let cut = sample.cut
    let step = Float(cut.box.width) / Float(sample.side)
    var (inside, count) = (0, 0)
    for (row, vertex) in surface.vertices.enumerated()
    where Self.headJoints.contains(joints[Int(vertex)]) {
      let depth = sample.vertices[3 * row + 2]
      let x = sample.vertices[3 * row] / depth * step + Float(cut.box.left)
      let y = sample.vertices[3 * row + 1] / depth * step + Float(cut.box.top)
      count += 1
      if x >= 0, y >= 0, x < Float(cut.width), y < Float(cut.height) { inside += 1 }
    }
    guard inside * 10 < count * 9 else { return nil }
    return inside * 2 < count
      ? "the head lies outside of the photo: face and hair are a guess"
      : "the photo cuts the head off: hair and part of the face are a guess"
  }
}

extension DinarFit {
  /// What fits of SMPLify-X have.
  static let usualKeys = [
    "betas", "expression", "global_orient", "body_pose", "left_hand_pose", "right_hand_pose",
    "jaw_pose",
  ]
}

extension DinarSampler {
  /// What a sample's square shows of its photo, with the background: (side, side, 3).
  func square(of photo: Picture, _ sample: DinarSample) throws -> Picture {
    var picture = photo.converted(toBitDepth: 8).converted(toChannels: 3)
    if let crop = sample.fit.crop { picture = try part(crop, of: picture) }
    let box = sample.cut.box
    return try picture.padded(from: box.left, box.top, width: box.width, height: box.width)
      .resampled(width: sample.side, height: sample.side, filter: .bicubic, pool: pool)
  }
}
