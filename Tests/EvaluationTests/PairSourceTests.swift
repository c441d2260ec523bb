import Compute
import Foundation
import Media
import Testing

@testable import Evaluation

struct PairSourceTests {
  private static func evaluate(
    _ source: PairSource, _ metrics: [Metric] = [.psnr], isPartial: Bool = false, threads: Int = 2
  ) throws -> Evaluation {
    try Evaluator(metrics: metrics, pool: WorkerPool(threads: threads))
      .evaluate(source, isPartial: isPartial) { _ in true }
  }

  @Test func foldersOfPictures() throws {
    let folder = try Folder()
    let pictures = try (0..<9).map { try noise(20, 17, seed: UInt64($0)) }
    let others = try pictures.enumerated().map { index, picture in
      try changed(picture) { _, value in value < 128 ? Int(value) + index : Int(value) - index }
    }
    let a = try folder.folder("a", pictures.enumerated().map { ("\($0).png", $1) })
    let b = try folder.folder("b", others.enumerated().map { ("\($0).png", $1) })
    for threads in [1, 2, 5] {
      var calls: [Int] = []
      let evaluation = try Evaluator(
        metrics: [.l1, .maximumDifference], pool: WorkerPool(threads: threads)
      ).evaluate(PairSource(a, b)) {
        calls.append($0)
        return true
      }
      #expect(evaluation.pairs.map(\.name) == (0..<9).map { "\($0).png" })
      #expect(
        evaluation.pairs.map { $0.measurement.values[.maximumDifference] }
          == (0..<9).map { Double($0) })
      #expect(evaluation.worst?.index == 8 && evaluation.identical == 1)
      #expect(calls.last == 9 && calls == calls.sorted())
    }
    // A user who stops.
    let error = #expect(throws: ProgramError.self) {
      try Evaluator(metrics: [.l1], pool: WorkerPool(threads: 1)).evaluate(PairSource(a, b)) {
        $0 < 3
      }
    }
    #expect(error?.code == .interrupted)
  }

  @Test func kindsMustAgree() throws {
    let folder = try Folder()
    let a = try folder.folder("a", [("1.png", flat(2, 2, [1, 2, 3]))])
    let error = #expect(throws: ProgramError.self) { try PairSource(a, a + "/1.png") }
    #expect(error?.code == .usage && error?.found == "a picture")
    let text = try folder.text("x.txt", "no picture")
    #expect(throws: ProgramError.self) { try PairSource(text, text) }
    let empty = try folder.text("empty.png", "")
    let nothing = #expect(throws: ProgramError.self) { try PairSource(empty, empty) }
    #expect(nothing?.what == "the file is empty")
    let missing = #expect(throws: ProgramError.self) {
      try PairSource(folder.path("no.png"), folder.path("no.png"))
    }
    #expect(missing?.code == .noInput)
  }

  /// Sizes are compared by what files say of themselves, before anything is decoded.
  @Test func sizesAreCheckedFirst() throws {
    let folder = try Folder()
    let a = try folder.folder(
      "a", [("1.png", noise(30, 20)), ("2.png", noise(30, 20))])
    let b = try folder.folder("b", [("1.png", noise(30, 20)), ("2.png", noise(20, 30))])
    let error = #expect(throws: ProgramError.self) { try PairSource(a, b) }
    #expect(error?.file == b + "/2.png" && error?.found == "20 x 30")
    let mask = try folder.picture("mask.png", flat(30, 21, [255]))
    let other = #expect(throws: ProgramError.self) { try PairSource(a, a, mask: mask) }
    #expect(other?.file == mask && other?.found == "30 x 21")
  }

  @Test func damagedPictures() throws {
    let folder = try Folder()
    let a = try folder.folder("a", [("1.png", noise(30, 20)), ("2.png", noise(30, 20))])
    let b = try folder.folder("b", [("1.png", noise(30, 20)), ("2.png", noise(30, 20))])
    let path = b + "/2.png"
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    for index in bytes.count / 2..<bytes.count / 2 + 20 { bytes[index] ^= 0x5a }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: ProgramError.self) { try Self.evaluate(PairSource(a, b)) }
    #expect(error?.file == path && error?.code == .dataError)
    let partial = try Self.evaluate(PairSource(a, b), isPartial: true)
    #expect(partial.pairs.map(\.name) == ["1.png"] && partial.failures.map(\.name) == ["2.png"])
  }

  @Test func masksOfFolders() throws {
    let folder = try Folder()
    let black = try flat(10, 10, [0, 0, 0])
    let half = try changed(black) { $0 % 30 < 15 && $1 == 0 ? 255 : 0 }
    let left = try changed(flat(10, 10, [0])) { $0 % 10 < 5 && $1 == 0 ? 255 : 0 }
    let right = try changed(left) { 255 - Int($1) + 0 * $0 }
    let a = try folder.folder("a", [("1.png", black), ("2.png", black)])
    let b = try folder.folder("b", [("1.png", half), ("2.png", half)])
    let masks = try folder.folder("m", [("1.png", left), ("2.png", right)])
    func values(_ mask: String) throws -> [Double?] {
      try Self.evaluate(PairSource(a, b, mask: mask), [.l1]).pairs
        .map { $0.measurement.values[.l1] }
    }
    #expect(try values(masks) == [1, 0])
    #expect(try values(masks + "/2.png") == [0, 0])
    // Other names: in natural order. Missing ones are named.
    let others = try folder.folder("n", [("x1.png", right), ("x2.png", left)])
    #expect(try values(others) == [0, 1])
    let few = try folder.folder("few", [("1.png", left)])
    let error = #expect(throws: ProgramError.self) { try PairSource(a, b, mask: few) }
    #expect(error?.found?.contains("2.png") == true)
    let empty = try folder.picture("empty.png", flat(10, 10, [0]))
    #expect(throws: ProgramError.self) { try Self.evaluate(PairSource(a, b, mask: empty)) }
  }

  /// A mask of another size, as textures of 256 pixels have with a UV mask of 512.
  @Test func resampledMasks() throws {
    let folder = try Folder()
    let a = try folder.picture("a.png", flat(8, 8, [0, 0, 0]))
    let b = try folder.picture("b.png", flat(8, 8, [255, 255, 255]))
    let mask = try folder.picture(
      "mask.png", changed(flat(16, 16, [0])) { $0 % 16 < 8 && $1 == 0 ? 255 : 0 })
    var reading = EvaluationProtocol.sampleRefine.reading
    let evaluation = try Self.evaluate(PairSource(a, b, mask: mask, reading: reading), [.l1])
    let found = try #require(evaluation.pairs[0].measurement.values[.l1])
    let lanczos = try Picture(
      width: 16, height: 16, channels: 1,
      bytes: (0..<256).map { $0 % 16 < 8 ? 255 : 0 }
    ).resampled(width: 8, height: 8, filter: .lanczos, pool: WorkerPool(threads: 1)).bytes()
    let expected = lanczos.reduce(0.0) { $0 + Double($1) / 255 } / 64
    #expect(abs(found - expected) < 1e-12)
    reading.resamplesMask = false
    #expect(throws: ProgramError.self) { try PairSource(a, b, mask: mask, reading: reading) }
  }
}
