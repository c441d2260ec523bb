import ArgumentParser
import Compute
import Evaluation
import Foundation

/// What `evaluate` and `compare` share: how pairs are read, and LPIPS's weights.
struct MeasureOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "White where pictures count: a picture, or a folder (for videos also a video) with one for each pair.",
      valueName: "mask"), transform: OptionText.parse)
  var mask: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "inside (only pixels of the mask count) or multiply (both pictures are multiplied by it) (default: inside)."
    ))
  var maskUse: PictureMask.Use?

  @Option(
    parsing: .unconditional,
    help: "Transparent pixels: laid over white or black, or ignore their alpha (default: white).")
  var alpha: ComparedPicture.AlphaPolicy?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Weights of LPIPS, several times: torchvision's alexnet or vgg16, and alex.pth or vgg.pth of the lpips package.",
      valueName: "file"), transform: OptionText.parse)
  var lpips: [String] = []

  @Flag(help: "Leave out what has no partner or cannot be read, instead of refusing it.")
  var partial = false

  func reading(of published: EvaluationProtocol?) throws -> PairSource.Reading {
    var reading = published?.reading ?? PairSource.Reading()
    if let alpha { reading.alpha = alpha }
    if let maskUse { reading.maskUse = maskUse }
    reading.isPartial = partial
    return reading
  }

  func networks(of published: EvaluationProtocol?, pool: WorkerPool) throws
    -> [PerceptualNetwork]
  {
    try PerceptualFiles.networks(lpips).map {
      PerceptualNetwork($0, range: published?.lpipsRange ?? .signed, pool: pool)
    }
  }

  mutating func validate() throws {
    if maskUse != nil, mask == nil {
      throw ValidationError("--mask-use says what to do with a mask; give one with --mask")
    }
  }
}

extension PictureMask.Use: ExpressibleByArgument {}
extension ComparedPicture.AlphaPolicy: ExpressibleByArgument {}
extension EvaluationProtocol: ExpressibleByArgument {}

/// Metrics by their names.
enum MetricNames {
  /// "psnr,ssim", or "all".
  @Sendable static func parse(_ text: String) throws -> [Metric] {
    if text == "all" { return Metric.all }
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let metrics = try names.map { name in
      guard let metric = Metric.all.first(where: { $0.name == name }) else {
        throw ValidationError(
          "it must be all, or names with commas between them: "
            + Metric.all.map(\.name).joined(separator: ", "))
      }
      return metric
    }
    guard Set(metrics).count == metrics.count else {
      throw ValidationError("it must name each metric once")
    }
    return metrics
  }
}
