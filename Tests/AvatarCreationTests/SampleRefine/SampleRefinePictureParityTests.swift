import Compute
import Media
import NeuralRender
import TensorFiles
import TestSupport
import Testing

@testable import AvatarCreation

/// The pictures that the authors' program writes, from prepared files through both networks.
@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct SampleRefinePictureParityTests {
  static let pool = WorkerPool(threads: 2)

  /// The case's networks as its command line names them.
  static func settings(_ item: SampleRefineFixture.Case) throws -> SampleRefineSettings {
    let root = try Fixtures.path("sample_refine/checkpoints")
    var settings = SampleRefineSettings(checkpoint: "\(root)/\(item.refiner ?? item.sampler)")
    settings.size = item.dataSize
    if item.refiner != nil {
      settings.choice.sampler = "\(root)/\(item.sampler)"
      settings.choice.epoch = item.whichEpoch == "latest" ? nil : item.whichEpoch
      settings.choice.inputs = RefinerInputs(rawValue: item.concat)
      let words = item.refinerArgs.split(separator: " ")
      settings.choice.isGated = words.contains("--use_gate")
      settings.choice.hasSkips = !words.contains("--no_skip")
      if let mode = words.firstIndex(of: "--Refine_mode") {
        settings.choice.mode = RefinerMode(rawValue: String(words[mode + 1]))
      }
    }
    return settings
  }

  static func texture(_ item: SampleRefineFixture.Case) throws -> SampleRefineTexture {
    let maker = try SampleRefineAvatar(
      settings(item), assets: .init(root: Fixtures.asset("")), pool: pool)
    return try maker.texture(of: item.sample(), clock: .init())
  }

  /// Within one level but for 0.5 % of the values; what is above 1 begins again at 0.
  static func check(_ picture: Picture, _ path: String) throws {
    let golden = try PNGFile.read(path: path)
    let (found, expected) = (
      picture.bytes(), golden.converted(toChannels: picture.channels).bytes()
    )
    try #require(found.count == expected.count, "\(path)")
    let off = zip(found, expected).filter { min($0 &- $1, $1 &- $0) > 1 }.count
    #expect(Double(off) <= 0.005 * Double(found.count), "\(path): \(off) of \(found.count)")
  }

  @Test func everyCase() throws {
    for item in try SampleRefineFixture.cases() {
      let made = try Self.texture(item)
      let folder = try Fixtures.path("sample_refine/\(item.name)")
      for name in item.outputs {
        let picture =
          if name.hasSuffix("_output.png") {
            try made.picture(.truncated)
          } else if name.hasSuffix("_sampled.png") {
            try made.sampled(.truncated)
          } else {
            try made.partial()
          }
        try Self.check(picture, "\(folder)/\(name)")
      }
    }
  }

  /// What the authors write while they look for mistakes.
  @Test func refinedColoursAndBlendMasks() throws {
    let item = try #require(
      try SampleRefineFixture.cases().first {
        (try? Fixtures.path("sample_refine/\($0.name)/refine_out_000.png")) != nil
      })
    let made = try Self.texture(item)
    let folder = try Fixtures.path("sample_refine/\(item.name)")
    let (refined, mask) = (try made.refined(), try made.blendMask())
    try Self.check(#require(refined), "\(folder)/refine_out_000.png")
    try Self.check(#require(mask), "\(folder)/mask_mask_000.png")
  }
}
