import Compute
import Foundation
import Media
import Testing

@testable import Evaluation

struct FolderPairingTests {
  @Test func naturalOrder() {
    let sorted = [
      "a", "a1", "a2", "a02", "a10", "a10b2", "a10b10", "a99999999999999999999999", "b",
    ]
    var shuffled = sorted
    PhiloxShuffle.shuffle(&shuffled)
    let expected = ["a", "a1", "a02", "a2", "a10", "a10b2", "a10b10", sorted[7], "b"]
    #expect(shuffled.sorted(by: NaturalOrder.precedes) == expected)
    for one in sorted {
      #expect(!NaturalOrder.precedes(one, one))
      for other in sorted where one != other {
        #expect(NaturalOrder.precedes(one, other) != NaturalOrder.precedes(other, one))
      }
    }
  }

  private enum PhiloxShuffle {
    static func shuffle(_ names: inout [String]) {
      var random = PhiloxRandom(seed: 3, use: "names")
      random.shuffle(&names)
    }
  }

  private func names(_ pairing: FolderPairing) -> [[String]] {
    pairing.pairs.map { [PathParts($0.a).name, PathParts($0.b).name] }
  }

  @Test func byName() throws {
    let folder = try Folder()
    let dot = try flat(2, 2, [1, 2, 3])
    let a = try folder.folder(
      "a", ["v10.png", "v2.png", "v1.png", ".hidden.png"].map { ($0, dot) })
    let b = try folder.folder("b", ["v1.png", "v2.PNG", "v10.png"].map { ($0, dot) })
    _ = try folder.text("a/notes.txt", "x")
    try FileManager.default.createDirectory(
      atPath: folder.path("a/v3.png"), withIntermediateDirectories: true)
    let pairing = try FolderPairing(a, b)
    #expect(
      names(pairing) == [["v1.png", "v1.png"], ["v2.png", "v2.PNG"], ["v10.png", "v10.png"]])
    #expect(!pairing.isByOrder && pairing.missing.inFirst == [] && pairing.missing.inSecond == [])
  }

  /// A name with two endings counts with them.
  @Test func endingsCountWhereStemsAreAmbiguous() throws {
    let folder = try Folder()
    let dot = try flat(2, 2, [1, 2, 3])
    let a = try folder.folder("a", [("v.png", dot), ("v.jpg", dot), ("w.png", dot)])
    let b = try folder.folder("b", [("v.png", dot), ("w.png", dot)])
    let pairing = try FolderPairing(a, b)
    #expect(names(pairing) == [["v.png", "v.png"], ["w.png", "w.png"]])
    #expect(pairing.missing.inSecond == ["v.jpg"])
  }

  @Test func byOrder() throws {
    let folder = try Folder()
    let dot = try flat(2, 2, [1, 2, 3])
    let a = try folder.folder("a", [("x10.png", dot), ("x9.png", dot)])
    let b = try folder.folder("b", [("y1.png", dot), ("y02.png", dot)])
    let pairing = try FolderPairing(a, b)
    #expect(pairing.isByOrder)
    #expect(names(pairing) == [["x9.png", "y1.png"], ["x10.png", "y02.png"]])
    let source = try PairSource(a, b)
    #expect(source.count == 2 && source.notes.first?.contains("natural order") == true)
  }

  @Test func missingPartnersAreNamed() throws {
    let folder = try Folder()
    let dot = try flat(2, 2, [1, 2, 3])
    let a = try folder.folder("a", [("1.png", dot), ("2.png", dot), ("3.png", dot)])
    let b = try folder.folder("b", [("2.png", dot), ("4.png", dot)])
    let error = #expect(throws: ProgramError.self) { try PairSource(a, b) }
    #expect(error?.code == .noInput && error?.file == b)
    #expect(error?.found == "none for 1.png, 3.png" && error?.hint?.contains("`partial`") == true)
    var reading = PairSource.Reading()
    reading.isPartial = true
    let source = try PairSource(a, b, reading: reading)
    #expect(source.count == 1 && source.name(0) == "2.png" && source.notes.count == 2)
    // Nothing in common and other counts: nothing is left to compare.
    let c = try folder.folder("c", [("9.png", dot)])
    #expect(throws: ProgramError.self) { try PairSource(a, c, reading: reading) }
  }

  @Test func foldersWithoutPictures() throws {
    let folder = try Folder()
    let a = try folder.folder("a", [])
    let b = try folder.folder("b", [("1.png", flat(2, 2, [1, 2, 3]))])
    let error = #expect(throws: ProgramError.self) { try PairSource(a, b) }
    #expect(error?.code == .noInput && error?.file == a && error?.found == "nothing")
  }
}
