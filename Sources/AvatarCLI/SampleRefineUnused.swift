import Compute

/// Options of `create sample-refine` that would change nothing.
enum SampleRefineUnused {
  /// - Throws: `usage` for an option that nothing of what is made depends on.
  static func check(_ command: CreateSampleRefine, _ items: [SampleRefineBatch.Item]) throws {
    guard !items.isEmpty else { return }
    func refuse(_ options: [(name: String, isGiven: Bool)], because reason: String) throws {
      guard let option = options.first(where: \.isGiven) else { return }
      throw ProgramError(
        .usage, "\(option.name) would change nothing", file: items[0].source.path, found: reason)
    }
    let hasPhotos = items.contains(where: \.isPhoto)
    if !hasPhotos {
      try refuse(
        fitted(command) + [("--prepared", command.results.prepared)],
        because: "prepared textures alone; it is for photos")
    } else if !items.contains(where: \.needsFit) {
      try refuse(
        fitted(command),
        because: "a texture of an IUV picture, which says where the person is")
    }
    let hasAvatars = items.contains { $0.outputs.avatar != nil }
    if !hasAvatars {
      try refuse(
        [("--texture-size", command.results.textureSize != nil)],
        because: "no avatar; networks' textures have the side that --size says")
    }
    let drawsNormals = command.sources.iuv != nil && command.sources.normMap == nil
    if !hasAvatars, !hasPhotos || !drawsNormals && !items.contains(where: \.needsFit),
      command.body.body == nil, command.sources.atlas == nil
    {
      try refuse([("--gender", command.body.gender != nil)], because: "no body")
    }
  }

  /// What is said of a person for the fit, and of what is fitted.
  private static func fitted(
    _ command: CreateSampleRefine
  ) -> [(name: String, isGiven: Bool)] {
    [
      ("--person", command.photo.person != nil), ("--mask", command.photo.mask != nil),
      ("--height", command.body.height != nil), ("--focal", command.body.focal != nil),
      ("--pose", command.body.pose != nil), ("--fit", command.sources.fit != nil),
      ("--no-displacement", command.results.noDisplacement),
    ]
  }
}
