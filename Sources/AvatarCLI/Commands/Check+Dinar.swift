import Avatar
import AvatarCreation
import Compute
import Foundation
import Media
import NeuralRender

extension Check {
  /// Tells what is missing or odd in a folder of DINAR's persons, and draws each fit and mask over its photo.
  ///
  /// - Returns: the first person's failure, when all have been said.
  func check(data path: String, assets: Assets, pool: WorkerPool) throws -> ProgramError? {
    let folder = try DinarFolder(path: path)
    try folder.requirePersons()
    if let tables { try DinarBodies.check(tables: tables) }
    let layout = DinarLayout(beside: [path], configuration: DinarConfiguration())
    let sizes = try checkpoint.map { try DinarCheckpoint(path: $0) }
    let bodies = try DinarBodies(
      bodies: body ?? layout.bodies, tables: tables ?? layout.tables,
      checkpoint: sizes?.weights,
      textureSize: sizes?.generator.sizes.textureWidth ?? Self.textureSize, assets: assets,
      pool: pool)
    for notice in bodies.notices { Terminal.warn(OptionNames.written(notice)) }
    let sampler = DinarSampler(
      bodies: bodies, side: sizes?.encoder.sizes.imageSize ?? Self.pictureSize, pool: pool)
    let check = DinarDataCheck(
      sampler: sampler, bodies: bodies, judgesDetail: sizes != nil, pool: pool)
    let name = URL(fileURLWithPath: path).lastPathComponent
    let target = overlays ?? "\(name)-check"
    var failure: ProgramError?
    var drawn = 0
    for finding in check.findings(in: folder) {
      let overlap = finding.overlap.map {
        String(format: ", fit and mask overlap by %.0f %%", $0 * 100)
      }
      print(
        "\(finding.name): \(finding.error == nil ? "complete" : "cannot be made")\(overlap ?? "")")
      for remark in finding.remarks { print("  \(OptionNames.written(remark))") }
      if let error = finding.error {
        Terminal.error(AvatarCommand.named(error))
        failure = failure ?? error
      }
      guard let overlay = finding.overlay else { continue }
      try OutputFolder.create(target)
      let stem = FileName.stem(finding.name, fallback: "person")
      try PNGFile.write(
        overlay, to: "\(target)/\(stem).png", overwrite: true, compression: .fast)
      drawn += 1
    }
    if drawn > 0 {
      Terminal.note("\(target): \(drawn) pictures, the fit red, the mask's outline green")
    }
    return failure
  }

  /// The released networks' sizes; without a checkpoint nothing that is said depends on them.
  private static let pictureSize = 512
  private static let textureSize = 256
}
