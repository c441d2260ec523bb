import Compute
import Foundation

/// Where files lie, whatever way leads there: an output must not take the place of what it is made of.
enum OutputPlace {
  /// The same for all paths of a file.
  static func of(_ path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  }

  /// - Parameter inputs: files and folders; what is in these is an input too.
  /// - Throws: `usage` for an output that is one of the inputs, even where files may be overwritten.
  static func check(_ output: String, isNoneOf inputs: [String]) throws {
    let place = of(output)
    for input in inputs.map(of) {
      let isInside = place.hasPrefix(input + "/") && FileManager.default.fileExists(atPath: place)
      guard place == input || isInside, !InputFile.isFolder(place) else { continue }
      throw ProgramError(
        .usage, "the output is an input", file: output, hint: "choose another name")
    }
  }
}
