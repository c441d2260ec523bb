import ArgumentParser
import Avatar
import Compute
import Foundation
import Media

struct Join: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Joins videos of the pieces of one run, without encoding again.",
    discussion: """
      avatar animate sample wave --frames 1/2 -o a.mp4
      avatar animate sample wave --frames 2/2 -o b.mp4
      avatar join a.mp4 b.mp4 -o wave.mp4

      Pieces say which frames of which run they hold, so their order does not matter; \
      gaps, overlaps and pieces of other runs are refused. The joined video shows the very \
      frames of its pieces. Numbered pictures need no joining: their pieces go to one \
      folder. docs/CLUSTER.md shows how many machines make one video.
      """)

  @Argument(help: ArgumentHelp("Videos made with --frames.", valueName: "part"))
  var parts: [String]

  @Option(
    name: [.short, .long], parsing: .unconditional,
    help: ArgumentHelp(
      "Video to make, \(VideoFormat.usualExtensions.map { "FILE\($0)" }.joined(separator: " or "))."
    ), transform: OptionText.parse)
  var output: String

  @Flag(help: "Join also pieces that are not the whole sequence, but have no gap between them.")
  var partial = false

  @Flag(help: "Overwrite the output if it exists.")
  var force = false

  @Flag(help: "Say nothing unless something fails.")
  var quiet = false

  func run() throws {
    guard let format = try OutputKind(path: output).videoFormat else {
      throw ProgramError(
        .usage, "join writes a video", file: output,
        expected: VideoFormat.usualExtensions.joined(separator: ", "),
        hint: "numbered pictures of pieces go to one folder as they are")
    }
    func file(_ path: String) -> String {
      URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }
    if let part = parts.first(where: { file($0) == file(output) }) {
      throw ProgramError(
        .usage, "the output is one of the parts", file: part, hint: "choose another name")
    }
    if !force, FileManager.default.fileExists(atPath: output) {
      throw PendingFile.alreadyExists(output)
    }
    Interruption.install()
    let order = try PieceOrder(
      parts.map { try VideoPart(path: $0, format: format) }, partial: partial)
    let result = try VideoJoiner.join(
      order.parts, to: output, comment: order.label?.description, overwrite: force
    ) { _, _ in !Interruption.isRequested }
    if !quiet {
      Terminal.note(
        "\(result.path): \(result.frameCount) frames of \(order.parts.count) "
          + (order.parts.count == 1 ? "part" : "parts"))
    }
  }
}
