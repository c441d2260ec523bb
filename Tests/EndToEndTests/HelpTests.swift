import Foundation
import TestSupport
import Testing

/// Help in a terminal of 80 columns: examples whole, prose wrapped once.
@Suite struct HelpTests {
  @Test(arguments: [
    ["create"], ["create", "photo"], ["create", "dinar"], ["check"], ["fit"], ["import", "dinar"],
    ["inspect"], ["make"], ["join"], ["turntable"], ["export"], ["list"],
  ])
  func overviewIsWrappedFinely(command: [String]) throws {
    let help = try Program.run(command + ["--help"], environment: ["COLUMNS": "80"]).output
    let overview = help.components(separatedBy: "USAGE:")[0]
    #expect(overview.hasPrefix("OVERVIEW: "))
    for paragraph in overview.components(separatedBy: "\n\n").dropFirst() {
      let lines = paragraph.split(separator: "\n").map(String.init)
      #expect(lines.allSatisfy { $0.count <= 80 }, "\(paragraph)")
      if lines.first?.hasPrefix("avatar ") == true {
        // A line that is no command goes on from one that says so.
        for (line, next) in zip(lines, lines.dropFirst()) {
          #expect(next.hasPrefix("avatar ") != line.hasSuffix("\\"), "\(line)\n\(next)")
        }
      } else {
        for (line, next) in zip(lines, lines.dropFirst()) {
          let word = next.prefix { $0 != " " }
          #expect(line.count + 1 + word.count >= 80, "\(line)\n\(next)")
        }
      }
    }
  }
}
