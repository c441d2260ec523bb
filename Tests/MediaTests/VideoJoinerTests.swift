import Compute
import Foundation
import Testing

@testable import Media

@Suite struct VideoJoinerTests {
  private let settings: VideoSettings

  init() throws {
    settings = VideoSettings(
      width: 65, height: 47, frameRate: try FrameRate(30000, 1001), quality: 24)
  }

  /// Writes frames `range` of a moving test picture.
  private func write(
    _ path: String, _ range: Range<Int>, _ change: (inout VideoSettings) -> Void = { _ in }
  ) throws -> VideoPart {
    var settings = settings
    change(&settings)
    let writer = try VideoWriter(path: path, settings: settings)
    let frame = try writer.makeFrame()
    for index in range {
      frame.store(rgb: testFrame(index, width: settings.width, height: settings.height))
      try writer.append(frame)
    }
    _ = try writer.finish()
    return try VideoPart(path: path)
  }

  private func frames(_ path: String) throws -> [[UInt8]] {
    let reader = try VideoReader(path: path)
    var result: [[UInt8]] = []
    while let frame = try reader.nextFrame() { result.append(frame.bytes()) }
    return result
  }

  /// Every frame of the parts is in the whole, byte for byte, in time, whatever the lengths: shorter than
  /// the encoder's reordering, longer than a group of pictures, with and without B-frames.
  @Test(
    arguments: ["ultrafast", "veryfast", "slow"],
    [[1, 1, 1], [2, 30, 3], [13, 1, 2, 40], [300, 7]])
  func framesOfThePartsAreThoseOfTheWhole(preset: String, lengths: [Int]) throws {
    let folder = try ScratchFolder()
    var parts: [VideoPart] = []
    var expected: [[UInt8]] = []
    var start = 0
    for (index, length) in lengths.enumerated() {
      let path = folder.file("\(index).mp4")
      parts.append(try write(path, start..<start + length) { $0.preset = preset })
      expected += try frames(path)
      start += length
    }
    let path = folder.file("whole.mp4")
    let done = try VideoJoiner.join(parts, to: path, comment: "joined, all of it")
    #expect(done == FinishedOutput(path: path, frameCount: start))
    #expect(expected.count == start)
    let found = try frames(path)
    #expect(found.count == start)
    for index in 0..<min(start, found.count) where found[index] != expected[index] {
      Issue.record("frame \(index) differs")
    }
    let info = try VideoReader(path: path).info
    #expect(info.frameCount == start && info.frameRate == settings.frameRate)
    #expect(abs(info.duration - settings.frameRate.time(ofFrame: start)) < 1e-9)
    #expect(info.width == 66 && info.height == 48 && info.codec == "h264")
    #expect(info.colorMatrix == "bt709" && info.colorRange == "tv" && info.pixelFormat == "yuv420p")
    #expect(info.comment == "joined, all of it")
    let boxes = try VideoReader.boxes(path: path)
    #expect(boxes.filter { $0 != "free" } == ["ftyp", "moov", "mdat"])
    // It can be joined again.
    let again = try VideoPart(path: path)
    #expect(again.frameCount == start)
    try parts[0].checkFits(again)
  }

  @Test func commentsAreKept() throws {
    let folder = try ScratchFolder()
    let part = try write(folder.file("a.mp4"), 0..<3) { $0.comment = "frames 0-2 of 9" }
    #expect(part.info.comment == "frames 0-2 of 9")
    #expect(try write(folder.file("b.mp4"), 0..<3).info.comment.isEmpty)
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let folder = try ScratchFolder()
    let first = try write(folder.file("a.mp4"), 0..<4)
    let others: [(String, (inout VideoSettings) -> Void)] = [
      ("size", { $0.width = 80 }),
      (
        "frame rate", { settings in if let rate = try? FrameRate(25) { settings.frameRate = rate } }
      ),
      ("profile", { $0.preset = "ultrafast" }), ("other settings", { $0.preset = "slow" }),
    ]
    for (index, (says, change)) in others.enumerated() {
      let other = try write(folder.file("other\(index).mp4"), 0..<4, change)
      let error = thrownError {
        _ = try VideoJoiner.join([first, other], to: folder.file("x.mp4"))
      }
      #expect(error.code == .dataError && error.what.contains(says), "\(error)")
      #expect(error.file == other.path)
    }
    #expect(thrownError { _ = try VideoJoiner.join([], to: folder.file("x.mp4")) }.code == .usage)
    let stopped = thrownError {
      let long = try write(folder.file("long.mp4"), 0..<300)
      _ = try VideoJoiner.join([long, long], to: folder.file("x.mp4")) { _, _ in false }
    }
    #expect(stopped.code == .interrupted)
    let taken = thrownError { _ = try VideoJoiner.join([first], to: folder.file("a.mp4")) }
    #expect(taken.code == .cannotCreate)
    #expect(try folder.names().allSatisfy { !$0.hasPrefix("x") && !$0.hasSuffix(".tmp") })
  }

  /// A part that is cut off or damaged is never joined to something that looks whole.
  @Test func damagedParts() throws {
    let folder = try ScratchFolder()
    _ = try write(folder.file("a.mp4"), 0..<30)
    let data = try #require(FileManager.default.contents(atPath: folder.file("a.mp4")))
    let pieces = [
      data.prefix(0), data.prefix(data.count / 2), data.prefix(data.count - 20), data.dropLast(),
      data.suffix(100),
    ]
    for (index, piece) in pieces.enumerated() {
      let path = folder.file("cut\(index).mp4")
      try Data(piece).write(to: URL(fileURLWithPath: path))
      let error = thrownError {
        let part = try VideoPart(path: path)
        guard part.frameCount == 30 else { throw ProgramError(.dataError, "short", file: path) }
      }
      #expect(error.code == .dataError && error.file == path, "\(error)")
    }
    #expect(thrownError { _ = try VideoPart(path: folder.file("none.mp4")) }.code == .noInput)
    #expect(mkfifo(folder.file("pipe.mp4"), 0o600) == 0)
    #expect(thrownError { _ = try VideoPart(path: folder.file("pipe.mp4")) }.code == .noInput)
  }
}

@Suite struct PicturePresenceTests {
  @Test func onlyTheRightPictureIsThere() throws {
    let folder = try ScratchFolder()
    let path = folder.file("a.png")
    let outline = PNGFile.Outline(width: 5, height: 4, bitDepth: 8, channels: 3)
    #expect(try !PNGFile.isPresent(outline, at: path))
    try PNGFile.write(try noise(5, 4, 3, depth: 8), to: path)
    #expect(try PNGFile.isPresent(outline, at: path))
    let whole = try #require(FileManager.default.contents(atPath: path))
    var others = [
      Data(), Data("text, but a little longer than the shortest picture is, really".utf8),
    ]
    others.append(whole.dropLast())
    others.append(whole.prefix(whole.count / 2))
    for (width, height, channels, depth) in [
      (4, 5, 3, 8), (5, 4, 4, 8), (5, 4, 3, 16), (5, 4, 1, 8),
    ] {
      let other = folder.file("other.png")
      try PNGFile.write(
        try noise(width, height, channels, depth: depth), to: other, overwrite: true)
      others.append(try #require(FileManager.default.contents(atPath: other)))
    }
    for other in others {
      try other.write(to: URL(fileURLWithPath: path))
      let error = thrownError { _ = try PNGFile.isPresent(outline, at: path) }
      #expect(error.code == .cannotCreate && error.file == path, "\(error)")
    }
    #expect(
      thrownError { _ = try PNGFile.isPresent(outline, at: folder.file("")) }.code == .cannotCreate)
  }

  /// Only the pictures that are to be written refuse.
  @Test func otherPiecesAreNobodysBusiness() throws {
    let folder = try ScratchFolder()
    for name in ["f_004.png", "f_1000.png", "f_0007.png", "f_x.png"] {
      try PNGFile.write(try noise(2, 2, 3, depth: 8), to: folder.file(name))
    }
    func open(_ numbers: [Int?]) throws -> ImageSequenceSink {
      try ImageSequenceSink(
        path: folder.file("f_%03d.png"), width: 2, height: 2, channels: 3,
        numbers: { numbers[$0] }, count: numbers.count)
    }
    for number in [4, 1000] {
      let error = thrownError { _ = try open([1, nil, number]) }
      #expect(error.what == "exists already", "\(error)")
    }
    let sink = try open([3, 5, 7, nil, 999])
    for index in 0..<5 {
      let frame = try sink.acquire()
      frame.store(rgb: testFrame(index, width: 2, height: 2))
      try sink.submit(frame)
    }
    #expect(try sink.finish().frameCount == 4)
    #expect(try folder.names().count == 8)
  }

  /// Frames in circulation are as many as asked for, however many threads there are.
  @Test func fewBuffersForManyThreads() throws {
    let folder = try ScratchFolder()
    let sink = try ImageSequenceSink(
      path: folder.file("f_%d.png"), width: 3, height: 3, channels: 3, threads: 64, buffers: 2)
    #expect(sink.bufferCount == 2)
    for index in 0..<20 {
      let frame = try sink.acquire()
      frame.store(rgb: testFrame(index, width: 3, height: 3))
      try sink.submit(frame)
    }
    #expect(try sink.finish().frameCount == 20)
  }

  @Test func namesThatMeet() throws {
    func meet(_ a: String, _ b: String) throws -> Bool {
      let (one, other) = (try ImageNames(path: a), try ImageNames(path: b))
      let result = one.collides(with: other)
      #expect(other.collides(with: one) == result)
      return result
    }
    #expect(try meet("x", "x/"))
    #expect(try meet("a_%d.png", "a_%04d.png"))
    #expect(try meet("a_%d.png", "a_1%d.png"))
    #expect(try !meet("a_%d.png", "b_%d.png"))
    #expect(try !meet("a_%d.png", "a_%dx.png"))
    #expect(try !meet("a_%d.png", "a_m%d.png"))
    let names = try ImageNames(path: "a_%02d.png")
    #expect(names.collides(with: "a_07.png") && !names.collides(with: "a_7.png"))
  }
}
