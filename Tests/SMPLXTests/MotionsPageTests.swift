/// `docs/MOTIONS.md` is made from the registry of formats, so that it stays true.
import Compute
import Foundation
import TestSupport
import Testing

@testable import SMPLX

@Suite struct MotionsPageTests {
  static let page = """
    # Motion files

    What `avatar animate` and `avatar export --motion` read, told by content and never by name. `avatar inspect
    FILE` (or a folder) says what was found, which persons and sequences there are, and what is left out.
    Arrays may lie in `.npz`, `.npy`, pickles (joblib's too, plain or compressed by zlib or gzip), files of
    torch, JSON or safetensors, one or more groups down, or in a folder of one file a frame. Objects of
    other classes in a pickle are never run; they are passed over and named.

    The page up to BVH is made from the registry (`Sources/SMPLX/Motion/Formats`) by `MotionsPageTests`; with
    `AVATAR_WRITE_PAGES=1` the test writes it. The first format that recognises a file counts.

    | format | comes from | recognised by | where the file does not say | left out | example |
    | --- | --- | --- | --- | --- | --- |

    """

  static let rest = """

    ## Where a file leaves a choice

    | option | does |
    | --- | --- |
    | `--up`, `--facing` | the axis that is up (all six are tried: the trunk, the head over the feet, the trajectory), where the motion looks |
    | `--motion-fps`, `--motion-scale` | the rate; metres of a unit of the translation, 0.01 for centimetres |
    | `--hands complete`, `relative`, `flat` | what rotations of hands are relative to |
    | `--person`, `--sequence` | one of several, by the names that `inspect` lists |
    | `--coordinates camera` | the camera's parameters where there are the world's too |
    | `--start`, `--end` | the part that is shown; numbers that are none outside of it do not matter |
    | `--ground`, `--in-place`, `--smooth` | feet on the floor by the lowest points over time, no travel, less trembling |
    | `--motion-shape` | the file's shape instead of the avatar's |

    Rotations are vectors, matrices, 6D (rows or columns) or quaternions (w first or last), told by their
    number and their values; quaternions may have any length. Positions of joints alone (HumanML3D's features,
    MDM's `results.npy`, key points of any skeleton) do not say how bones turn about themselves and are
    refused: `joints2smpl` fits a body to them, whose parameters play.

    What a file leaves open is decided and said in one notice: frames whose numbers skip some (the pose before
    holds), poses under numbers that may be frames or persons (frames, unless `--person` asks for one), lists
    of poses of unequal lengths (takes, `--sequence`, unless they are 3DPW's persons), values in degrees or
    centimetres, whatever a file has that is not shown.

    """

  @Test func thePageIsTheRegistry() throws {
    let rows = MotionFormats.all.map { format in
      let facts = format.facts
      return "| "
        + [
          facts.name, facts.source, facts.recognised, facts.assumed, facts.leftOut,
          "`\(facts.example)`",
        ].joined(separator: " | ") + " |\n"
    }
    let text = Self.page + rows.joined() + Self.rest
    let url = Fixtures.packageRoot.appendingPathComponent("docs/MOTIONS.md")
    func read() throws -> (made: Substring, byHand: Substring) {
      let whole = try String(decoding: Data(contentsOf: url), as: UTF8.self)
      let cut = try #require(whole.range(of: "## BVH\n")).lowerBound
      return (whole[..<cut], whole[cut...])
    }
    if ProcessInfo.processInfo.environment["AVATAR_WRITE_PAGES"] != nil {
      try Data((text + "\n" + read().byHand).utf8).write(to: url)
    }
    #expect(try read().made == text + "\n", "AVATAR_WRITE_PAGES=1 writes the page")
    #expect(MotionFormats.all.allSatisfy { $0.facts.example.hasPrefix("avatar animate") })
    #expect(Set(MotionFormats.all.map(\.facts.name)).count == MotionFormats.all.count)
  }
}
