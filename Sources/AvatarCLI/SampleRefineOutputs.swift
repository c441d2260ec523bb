import AvatarCreation
import Compute
import Foundation
import Media

/// The files that are wanted of a person, and which of them are to be made.
struct SampleRefineOutputs {
  let avatar: String?
  /// A texture that was asked for by its name.
  private let texture: String?
  /// Folder and name that pictures' names begin with; nil where no picture is wanted beside.
  private let base: String?
  /// Folder and name of what is prepared of a photo, as far as it is wanted.
  private let prepared: String?
  private let results: SampleRefineResultOptions
  private let force: Bool
  /// What errors and notes name.
  let main: String

  init(
    _ command: CreateSampleRefine, name: String, source: SampleRefineBatch.Source, isFile: Bool,
    wantsAvatar: Bool
  ) throws {
    results = command.results
    force = command.batch.force
    let output = command.output
    let parts = PathParts(output)
    let folder = isFile ? parts.folder : output.hasSuffix("/") ? output : output + "/"
    let stem = isFile ? parts.stem : FileName.stem(name, fallback: "person")
    avatar = !wantsAvatar ? nil : isFile ? output : "\(folder)\(stem).safetensors"
    texture = isFile && !wantsAvatar ? output : results.texture
    var original = stem
    var isPrepared = false
    if case .prepared(let sample) = source {
      isPrepared = true
      if results.like != nil, !isFile { original = sample.originalName }
    }
    let wantsPictures =
      !isFile && (isPrepared || avatar == nil || results.like != nil)
      || results.flow || results.blendMask
    base = wantsPictures ? folder + original : nil
    prepared = results.prepared && !isPrepared ? folder + stem : nil
    main = avatar ?? (isFile ? output : "\(folder)\(original)_output.png")
    if let texture, texture != output, !isMissing(texture), isMissing(main) {
      throw PendingFile.alreadyExists(texture)
    }
  }

  func isMissing(_ path: String) -> Bool {
    force || !FileManager.default.fileExists(atPath: path)
  }

  var areFinished: Bool { !paths.contains(where: isMissing) }

  /// What is surely made, beside `_sampled` or `_partial`, which one depends on the networks.
  var paths: [String] {
    var paths = [avatar, texture, main].compactMap { $0 }
    if let base {
      if texture != main { paths.append("\(base)_output.png") }
      if results.flow { paths.append("\(base)_flow.png") }
      // A sampler alone blends nothing, and leaves its input.
      if results.blendMask, isMissing("\(base)_partial.png") {
        paths += ["\(base)_blend_mask.png", "\(base)_refined.png"]
      }
    }
    if let prepared { paths += Self.preparedEndings.map { "\(prepared)_\($0).png" } }
    return paths
  }

  private static let preparedEndings = ["symmetry", "mask_symm", "norm"]

  /// The pictures that are wanted of a texture; those that are there stay.
  func write(
    _ made: SampleRefineTexture, _ results: SampleRefineResultOptions, force: Bool
  ) throws {
    func write(_ path: String, _ picture: @autoclosure () throws -> Picture?) throws {
      guard isMissing(path), let picture = try picture() else { return }
      try PNGFile.write(picture, to: path, overwrite: force)
    }
    if let texture { try write(texture, made.picture(results.rounding)) }
    guard let base else { return }
    if texture != main {
      if made.result.refined.isEmpty {
        try write("\(base)_partial.png", made.partial())
      } else {
        try write("\(base)_sampled.png", made.sampled(results.rounding))
      }
      try write("\(base)_output.png", made.picture(results.rounding))
    }
    if results.flow { try write("\(base)_flow.png", made.flow()) }
    if results.blendMask {
      try write("\(base)_blend_mask.png", made.blendMask())
      try write("\(base)_refined.png", made.refined())
    }
  }

  /// What was prepared of a photo, in one size.
  func write(_ surface: SurfaceTexture, force: Bool) throws {
    guard let prepared else { return }
    let size = surface.size
    for (ending, picture) in zip(
      Self.preparedEndings, [surface.texture, surface.mask, surface.normals])
    {
      let path = "\(prepared)_\(ending).png"
      guard isMissing(path) else { continue }
      let isOfSize = (picture.width, picture.height) == (size, size)
      try PNGFile.write(
        isOfSize
          ? picture
          : picture.resampled(
            width: size, height: size, filter: .lanczos, pool: WorkerPool(threads: 1)),
        to: path, overwrite: force)
    }
  }
}
