import Compute
import Foundation
import Media
import Testing

@testable import Evaluation

struct VideoPairTests {
  private static func frames(_ count: Int, brighter: Int = 0) throws -> [Picture] {
    try (0..<count).map { index in
      try flat(
        64, 48, [UInt8(60 + 4 * index), UInt8(90 + (index == 3 ? brighter : 0)), 120])
    }
  }

  private static func evaluate(_ source: PairSource, threads: Int = 2) throws -> Evaluation {
    try Evaluator(
      metrics: [.psnr, .maximumDifference], pool: WorkerPool(threads: threads)
    ).evaluate(source) { _ in true }
  }

  @Test func framesAreComparedOneByOne() throws {
    let folder = try Folder()
    let a = try folder.video("a.mp4", Self.frames(11))
    let b = try folder.video("b.mp4", Self.frames(11, brighter: 30))
    let same = try Self.evaluate(PairSource(a, a))
    #expect(same.pairs.count == 11 && same.identical == 11)
    let results = try [1, 2, 5].map { try Self.evaluate(PairSource(a, b), threads: $0) }
    for result in results {
      #expect(result.pairs.map(\.name) == (0..<11).map { "\($0)" })
      // Frame 3 is the one that differs, up to what the codec spreads to its neighbours.
      #expect(result.worst?.index == 3)
      let largest = result.pairs.map { $0.measurement.values[.maximumDifference] ?? 0 }
      #expect(largest[3] >= 20 && largest.enumerated().allSatisfy { $0 == 3 || $1 <= 10 })
      #expect(
        result.pairs.map(\.measurement.values) == results[0].pairs.map(\.measurement.values))
    }
  }

  @Test func lengthsAndSizes() throws {
    let folder = try Folder()
    let a = try folder.video("a.mp4", Self.frames(6))
    let b = try folder.video("b.mp4", Self.frames(4), rate: 30)
    let error = #expect(throws: ProgramError.self) { try PairSource(a, b) }
    #expect(error?.found == "4" && error?.hint?.contains("`partial`") == true)
    var reading = PairSource.Reading()
    reading.isPartial = true
    let source = try PairSource(a, b, reading: reading)
    #expect(source.count == 4 && source.notes.count == 2)
    #expect(try Self.evaluate(source).pairs.count == 4)
    let wide = try folder.video("wide.mp4", [flat(80, 48, [1, 2, 3])])
    let other = #expect(throws: ProgramError.self) { try PairSource(a, wide) }
    #expect(other?.found == "80 x 48")
    let picture = try folder.picture("a.png", flat(64, 48, [1, 2, 3]))
    #expect(throws: ProgramError.self) { try PairSource(a, picture) }
  }

  /// One mask for all frames, one for each, or a video of them.
  @Test func masks() throws {
    let folder = try Folder()
    let a = try folder.video("a.mp4", Self.frames(5))
    let b = try folder.video("b.mp4", Self.frames(5, brighter: 40))
    let whole = try flat(64, 48, [255])
    let one = try folder.picture("mask.png", whole)
    let all = try folder.folder("masks", (0..<5).map { ("\($0).png", whole) })
    let video = try folder.video(
      "mask.mp4", (0..<5).map { _ in try flat(64, 48, [255, 255, 255]) })
    let plain = try Self.evaluate(PairSource(a, b)).pairs.map(\.measurement.values)
    for mask in [one, all, video] {
      let found = try Self.evaluate(PairSource(a, b, mask: mask)).pairs
      #expect(found.map(\.measurement.values) == plain)
    }
    let few = try folder.folder("few", (0..<4).map { ("\($0).png", whole) })
    let error = #expect(throws: ProgramError.self) { try PairSource(a, b, mask: few) }
    #expect(error?.expected == "5 masks" && error?.found == "4")
    let short = try folder.video("short.mp4", [flat(64, 48, [255, 255, 255])])
    #expect(throws: ProgramError.self) { try PairSource(a, b, mask: short) }
  }

  /// A file that is cut off.
  @Test func damagedVideos() throws {
    let folder = try Folder()
    let a = try folder.video("a.mp4", Self.frames(6))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: a))
    for count in [0, 20, bytes.count / 3] {
      let path = folder.path("cut.mp4")
      try bytes.prefix(count).write(to: URL(fileURLWithPath: path))
      #expect(throws: ProgramError.self) { try Self.evaluate(PairSource(a, path)) }
    }
  }
}
