import Compute

/// Biovision's motion capture files: a skeleton of any kind, matched to SMPL-X.
struct BVHFormat: MotionFormat {
  let facts = MotionFormatFacts(
    name: "BVH",
    source: "motion capture suites and animation tools (CMU's database, Mixamo, MotionBuilder, "
      + "Rokoko, Xsens, LaFAN1, Perception Neuron, 3ds Max, Unreal, Blender)",
    recognised: "text that begins with HIERARCHY",
    assumed:
      "units by the length of the legs, up axis by how the body stands; joints by their names, "
      + "or by `map`; a relaxed hand where there are no fingers",
    leftOut: "lengths of bones; joints that SMPL-X does not have",
    example: "avatar animate sample walk.bvh -o walk.mp4")

  func recognises(_ input: MotionInput) throws -> Bool { input.kind == .bvh }

  func read(_ input: MotionInput, _ context: MotionContext) throws -> any Motion {
    let options = context.options
    for (key, choice) in [("person", options.person), ("sequence", options.sequence)] {
      guard let choice, choice != "0", choice != "1" else { continue }
      throw ProgramError(
        .usage, "the file has one \(key)", file: input.path, key: key, found: choice)
    }
    let file = try BVHFile(path: input.path, shown: (options.start, options.end))
    let map = try options.jointMap.map { try SkeletonMap($0, file.skeleton) }
    return try BVHMotion(
      file, map: map,
      rest: context.body.map { RestSkeleton($0) } ?? .standard, hands: context.hands,
      options: options)
  }
}
