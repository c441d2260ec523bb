import ArgumentParser
import Avatar
import Foundation

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Lists the avatars, motions, bodies and photos that ship: a name a line, first on the line.",
    discussion: """
      avatar list | grep avatar

      Bodies can also be named neutral, male and female.
      """)

  @Flag(help: "Only the names.")
  var names = false

  func run() throws {
    let assets = Assets.locate()
    _ = try assets.root
    for kind in Assets.Kind.allCases {
      let noun = kind == .body ? "body" : String(kind.rawValue.dropLast())
      for name in assets.names(kind) {
        if names {
          print(name)
        } else {
          let path = try assets.resolve(name, kind)
          let columns = name.padding(toLength: max(20, name.count + 2), withPad: " ", startingAt: 0)
          print("\(columns)\(noun.padding(toLength: 8, withPad: " ", startingAt: 0))\(path)")
        }
      }
    }
  }
}
