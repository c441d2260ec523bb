import Avatar
import Compute
import Foundation
import Media
import SMPLX
import TensorFiles

/// From one photo to an avatar that moves: the whole chain.
///
///     photo -> persons -> landmarks, mask -> fit -> clothes -> texture -> avatar file
///
/// Networks and body are loaded once and serve any number of photos, one at a time. The same photo gives
/// the same file with any number of threads.
public final class PhotoAvatar {
  public let settings: PhotoAvatarSettings
  /// Intersection over union of a bare body and its mask; dressed people have 0.8 and more.
  private static let leastFit: Float = 0.7
  /// Below this what would come out shows nobody.
  private static let usableFit: Float = 0.5
  private let assets: Assets
  private let pool: WorkerPool
  private let finder: PersonFinder
  private let model: BodyModel
  private let fitter: BodyFitter
  private let shoes: ShoeMorph
  /// Where the body has the points of the face network.
  private let face: [FacePoints.Place]?

  /// A body that was never used before takes a quarter of a minute: its landmarks are measured and kept.
  ///
  /// - Parameter progress: told of that.
  /// - Throws: when networks or body are missing or wrong.
  public init(
    _ settings: PhotoAvatarSettings, assets: Assets, pool: WorkerPool,
    progress: (FrameProgress) -> Bool = { _ in true }
  ) throws {
    self.settings = settings
    self.assets = assets
    self.pool = pool
    finder = try PersonFinder(assets: assets, pool: pool)
    let path = try BodyModel.file(
      in: assets.resolve(settings.body ?? settings.gender, .body), gender: settings.gender)
    model = try BodyModel.load(path: path, columnLimits: settings.bodyColumns)
    let (model, detector) = (model, finder.detector)
    let offsets = try OffsetFile.offsets(
      bodyHash: Assets.sha256(ofFile: path), folders: assets.offsetFolders
    ) {
      try OffsetCalibration.measure(model, detector: detector, pool: pool) {
        _ = progress(
          FrameProgress(
            stage: "measuring a new body", done: $0, total: OffsetCalibration.pictureCount))
      }
    }
    let depth = try DepthNetwork(path: assets.root + "/depth/bone_depth.safetensors")
    fitter = try BodyFitter(body: model, offsets: offsets, depth: depth, pool: pool)
    shoes = try ShoeMorph(path: assets.root + "/garments/shoes.npz")
    face = try FacePoints(path: assets.root + "/face/points.npz").places(on: model)
  }

  /// Makes an avatar.
  ///
  /// - Parameters:
  ///   - output: the avatar's file.
  ///   - fitFile: also gets the fit.
  ///   - report: gets what each stage made as it is made, so that a failure can be looked at.
  ///   - origin: how it was made, for the avatar's file; nil for one photo and what ships.
  ///   - completing: makes colours of trunk, arms and legs for what the photo does not show.
  public func make(
    of file: PhotoFile, output: String, fit fitFile: String? = nil, overwrite: Bool,
    report: inout CreationReport, clock: StageClock, origin: String? = nil,
    completing: ((DressedPerson) throws -> LimbCompletion)? = nil
  ) throws {
    let dressed = try dressed(in: file, fit: fitFile, overwrite: overwrite, report: &report, clock)
    let (person, fit, offsets) = (dressed.person, dressed.fit, dressed.offsets)
    let texture = try clock.run(.texture) {
      try PhotoTexture.make(
        photo: person.photo, matte: person.matte, body: model, fit: fit, offsets: offsets,
        landmarks: person.landmarks, face: face, size: settings.textureSize,
        completion: try completing?(dressed), pool: pool,
        progress: { _ in clock.goesOn(.texture) })
    }
    report.add(texture)
    try clock.run(.file) {
      try write(
        fit, offsets, texture, of: file, origin: origin, to: output, overwrite: overwrite)
    }
    report.avatar = try Person(avatar: output, assets: assets, pool: pool)
  }

  /// The stages before the texture: the person, the body in it, and what it wears.
  ///
  /// - Parameter fitFile: also gets the fit.
  public func dressed(
    in file: PhotoFile, fit fitFile: String? = nil, overwrite: Bool, report: inout CreationReport,
    _ clock: StageClock
  ) throws -> DressedPerson {
    let person = try find(in: file, report: &report, clock: clock)
    let fit = try fit(person, report: &report, clock: clock)
    if let fitFile { try write(fit, of: person, in: file, to: fitFile, overwrite: overwrite) }
    let offsets = try dress(person, fit, report: &report, clock: clock)
    return DressedPerson(person: person, fit: fit, offsets: offsets, model: model, face: face)
  }

  /// The first stages alone: who is in the photo, and how well they are seen.
  public func find(
    in file: PhotoFile, report: inout CreationReport, clock: StageClock
  ) throws -> FoundPerson {
    let person = try finder.find(
      in: file.photo, number: settings.person, mask: settings.mask, clock: clock)
    report.add(person)
    return person
  }

  /// The body of a person, fitted or read from the file of settings.
  ///
  /// - Throws: `dataError` for a mask that leaves nothing, and a file that is no fit of this photo.
  public func fit(
    _ person: FoundPerson, report: inout CreationReport, clock: StageClock
  ) throws -> BodyFit {
    if let path = settings.fit {
      let fit = try clock.run(.fit) {
        // Of the photo as it was before it was turned.
        let size = person.turns.size(width: person.photo.width, height: person.photo.height)
        let fit = try FitFile.read(
          path, body: model, width: size.width, height: size.height,
          focalLength: settings.focalLength(in: person.photo).map { Float($0) })
        return try person.turns.turned(fit, pelvis: pelvis(of: fit))
      }
      try report.add(fit, model)
      return fit
    }
    let (fit, quality) = try clock.run(.fit) {
      try fitter.fit(
        person.landmarks, mask: person.matte, options: settings.fitOptions(for: person))
    }
    try report.add(fit, model)
    report.cameraPitch = Float(quality.quality.cameraPitch) * .pi / 180
    report.results.append(
      String(
        format: "fit: the bare body covers %.0f %% of the mask and %.0f %% of it lies outside",
        quality.silhouetteIoU * 100, quality.outside * 100))
    try check(Float(quality.silhouetteIoU), "the fitted body", report: &report)
    return fit
  }

  /// Says that a fit is not of the person that the mask shows.
  ///
  /// - Parameter overlap: intersection over union of mask and bare body.
  private func check(_ overlap: Float, _ what: String, report: inout CreationReport) throws {
    let advice =
      settings.mask == nil ? "another photo or a mask of your own helps" : "look at the mask"
    guard overlap >= Self.usableFit else {
      throw ProgramError(
        .dataError, "\(what) and the mask are not of the same person",
        expected: "an overlap of \(Int(Self.usableFit * 100)) % and more",
        found: "\(Int(saturating: overlap * 100)) %", hint: advice)
    }
    if overlap < Self.leastFit {
      report.notices.append(
        "\(what) and the mask do not agree: one of them is wrong, the report shows which; "
          + advice)
    }
  }

  /// Clothes, hair and shoes; none where they are not wanted.
  private func dress(
    _ person: FoundPerson, _ fit: BodyFit, report: inout CreationReport, clock: StageClock
  ) throws -> [SIMD3<Float>] {
    guard settings.isDisplaced else { return [] }
    let clothes = try clock.run(.clothes) {
      try Displacement.solve(
        body: ShapedBody(model: model, betas: fit.betas), fit: fit, matte: person.matte,
        photo: person.photo, shoes: shoes, pool: pool)
    }
    if settings.fit != nil { try check(clothes.overlapBefore, "the fit", report: &report) }
    if clothes.wears.shoes, !clothes.hasShoes {
      report.notices.append(
        "shoes are known for the bundled bodies only: this one's feet are painted like shoes")
    }
    report.results.append(
      String(
        format: "clothes: the outline agrees with the mask to %.1f %%", clothes.overlapAfter * 100))
    return clothes.offsets
  }

  /// Writes a fit for the photo as it was given, in its size and not turned.
  public func write(
    _ fit: BodyFit, of person: FoundPerson, in file: PhotoFile, to path: String, overwrite: Bool
  ) throws {
    let given = try person.turns.inverse.turned(fit, pelvis: pelvis(of: fit))
    try FitFile.write(
      given.resized(width: file.photo.width, height: file.photo.height), body: model, to: path,
      overwrite: overwrite)
  }

  /// The rest position of the root of a fitted body.
  private func pelvis(of fit: BodyFit) throws -> SIMD3<Float> {
    try ShapedBody(model: model, betas: fit.betas).restJoints[0]
  }

  private func write(
    _ fit: BodyFit, _ offsets: [SIMD3<Float>], _ texture: PhotoTexture, of file: PhotoFile,
    origin: String?, to output: String, overwrite: Bool
  ) throws {
    let photo = URL(fileURLWithPath: file.path).lastPathComponent
    var description = AvatarDescription(
      name: settings.name ?? PathParts(output).stem,
      body: try assets.reference(toBody: model.path, gender: model.gender), betas: fit.betas,
      decoder: .init(kind: PlainAppearance.kind, light: settings.light.rawValue),
      textures: ["color": .init(tensor: "texture", encoding: "raw")], photo: .init(fit))
    description.provenance =
      "\(origin ?? "one photo"): \(photo) on \(description.body.file)"
    var tensors = [
      ("texture", TensorData(shape: [texture.size, texture.size, 3], bytes: texture.pixels))
    ]
    if !offsets.isEmpty {
      description.offsets = AvatarFile.offsetsTensor
      tensors.append((AvatarFile.offsetsTensor, AvatarFile.tensor(ofOffsets: offsets)))
    }
    try AvatarFile.write(description, tensors: tensors, to: output, overwrite: overwrite)
  }
}

/// A person of a photo, the body that was fitted, and what it wears: what a texture is made from.
public struct DressedPerson: Sendable {
  public let person: FoundPerson
  public let fit: BodyFit
  /// (V) metres, empty where nothing is worn.
  public let offsets: [SIMD3<Float>]
  public let model: BodyModel
  /// Where the body has the points of the face network.
  public let face: [FacePoints.Place]?
}
