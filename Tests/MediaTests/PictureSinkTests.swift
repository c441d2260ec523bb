import Compute
import Foundation
import TestSupport
import Testing

@testable import Media

@Suite struct PictureSinkTests {
  private func fill(_ sink: some FrameSink, count: Int) throws {
    for index in 0..<count {
      let frame = try sink.acquire()
      frame.store(rgb: testFrame(index, width: sink.width, height: sink.height))
      try sink.submit(frame)
    }
  }

  @Test(arguments: [1, 2, 5]) func sequenceInAFolder(threads: Int) throws {
    let folder = try ScratchFolder()
    let path = folder.file("frames")
    let sink = try ImageSequenceSink(
      path: path, width: 17, height: 13, channels: 3, threads: threads)
    try fill(sink, count: 23)
    let done = try sink.finish()
    #expect(done == FinishedOutput(path: path + "/frame_%06d.png", frameCount: 23))
    let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    #expect(names.count == 23 && names.first == "frame_000000.png")
    #expect(names.last == "frame_000022.png")
    for index in 0..<23 {
      let picture = try PNGFile.read(path: path + "/" + names[index])
      #expect(picture.bytes() == testFrame(index, width: 17, height: 13), "picture \(index)")
    }
  }

  @Test func alphaAndNumbers() throws {
    let folder = try ScratchFolder()
    let sink = try ImageSequenceSink(
      path: folder.file("walk_%03d.png"), width: 3, height: 2, channels: 4, numbers: { $0 + 998 })
    var random = SeededGenerator(state: 1)
    let frames = (0..<4).map { _ in random.bytes(24) }
    for bytes in frames {
      let frame = try sink.acquire()
      bytes.withUnsafeBufferPointer {
        guard let base = $0.baseAddress else { return }
        frame.store(base, bytesPerRow: 12, channels: 4, rows: 0..<2)
      }
      try sink.submit(frame)
    }
    #expect(try sink.finish().frameCount == 4)
    #expect(
      try folder.names() == ["walk_1000.png", "walk_1001.png", "walk_998.png", "walk_999.png"])
    #expect(try PNGFile.read(path: folder.file("walk_1000.png")).bytes() == frames[2])
  }

  @Test func existingPicturesAreKept() throws {
    let folder = try ScratchFolder()
    let pattern = folder.file("a_%02d.png")
    func open(_ overwrite: Bool) throws -> ImageSequenceSink {
      try ImageSequenceSink(
        path: pattern, width: 2, height: 2, channels: 3, count: 8, overwrite: overwrite)
    }
    try PNGFile.write(try noise(1, 1, 1, depth: 8), to: folder.file("a_07.png"))
    try PNGFile.write(try noise(1, 1, 1, depth: 8), to: folder.file("b_00.png"))
    let error = thrownError { _ = try open(false) }
    #expect(error.what == "exists already" && error.file == folder.file("a_07.png"))
    let sink = try open(true)
    try fill(sink, count: 8)
    #expect(try sink.finish().frameCount == 8)
    #expect(try PNGFile.read(path: folder.file("a_07.png")).width == 2)
    #expect(try PNGFile.read(path: folder.file("b_00.png")).width == 1)
    // One that appears while the sequence is written is not replaced either.
    let late = try ImageSequenceSink(
      path: folder.file("c_%d.png"), width: 2, height: 2, channels: 3)
    try PNGFile.write(try noise(1, 1, 1, depth: 8), to: folder.file("c_0.png"))
    let lateError = thrownError {
      try fill(late, count: 50)
      _ = try late.finish()
    }
    #expect(lateError.what == "exists already" && lateError.file == folder.file("c_0.png"))
    // The error came from one writer; the others may have a file open until they are joined.
    _ = try? late.cancel(keepPartial: true)
    #expect(try folder.names().allSatisfy { !$0.hasSuffix(".tmp") })
  }

  @Test func cancelling() throws {
    let folder = try ScratchFolder()
    let kept = try ImageSequenceSink(
      path: folder.file("kept"), width: 5, height: 5, channels: 3)
    try fill(kept, count: 4)
    let partial = try #require(try kept.cancel(keepPartial: true))
    #expect(partial.frameCount == 4)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("kept")).count == 4)
    let gone = try ImageSequenceSink(
      path: folder.file("gone"), width: 5, height: 5, channels: 3)
    #expect(try gone.cancel(keepPartial: false) == nil)
    let empty = try ImageSequenceSink(
      path: folder.file("empty"), width: 5, height: 5, channels: 3)
    #expect(thrownError { _ = try empty.finish() }.code == .usage)
    #expect(try folder.names() == ["kept"])
  }

  /// Whoever gives up, because another output has failed for example, takes nothing away: pictures
  /// that have their names are whole, and what they replaced is gone already.
  @Test(arguments: [false, true]) func givingUpDeletesNoPicture(keepPartial: Bool) throws {
    let folder = try ScratchFolder()
    let pattern = folder.file("a_%d.png")
    for index in 0..<3 {
      try PNGFile.write(try noise(1, 1, 1, depth: 8), to: folder.file("a_\(index).png"))
    }
    let sink = try ImageSequenceSink(
      path: pattern, width: 5, height: 5, channels: 3, threads: 1, buffers: 2, overwrite: true)
    try fill(sink, count: 5)
    // Two buffers: the first three pictures are done when the fifth has been acquired.
    let kept = try #require(try sink.cancel(keepPartial: keepPartial))
    #expect(kept.frameCount >= 3 && kept.frameCount <= 5)
    for index in 0..<kept.frameCount {
      #expect(try PNGFile.read(path: folder.file("a_\(index).png")).width == 5)
    }
    #expect(try folder.names().count == kept.frameCount)
  }

  /// A folder in the place of a picture ends the sequence; the others stay.
  @Test func anErrorDeletesNoPicture() throws {
    let folder = try ScratchFolder()
    try PNGFile.write(try noise(1, 1, 1, depth: 8), to: folder.file("a_0.png"))
    try FileManager.default.createDirectory(
      atPath: folder.file("a_2.png"), withIntermediateDirectories: false)
    let sink = try ImageSequenceSink(
      path: folder.file("a_%d.png"), width: 5, height: 5, channels: 3, threads: 1, buffers: 2,
      overwrite: true)
    let error = thrownError {
      try fill(sink, count: 50)
      _ = try sink.finish()
    }
    #expect(error.what == "is a folder" && error.file == folder.file("a_2.png"))
    _ = try? sink.cancel(keepPartial: false)
    #expect(try folder.names() == ["a_0.png", "a_1.png", "a_2.png"])
    #expect(try PNGFile.read(path: folder.file("a_0.png")).width == 5)
  }

  @Test func unwritablePlaces() throws {
    let folder = try ScratchFolder()
    try PNGFile.write(try noise(1, 1, 1, depth: 8), to: folder.file("plain"))
    for path in [folder.file("no/such"), folder.file("plain"), folder.file("plain/a_%d.png")] {
      let error = thrownError {
        _ = try ImageSequenceSink(path: path, width: 5, height: 5, channels: 3)
      }
      #expect(error.code == .cannotCreate && error.hint != nil, "\(error)")
    }
    let still = thrownError {
      _ = try PictureSink(path: folder.file("no/a.png"), width: 5, height: 5, channels: 3)
    }
    #expect(still.code == .cannotCreate && still.hint == "create the folder first")
    #expect(try folder.names() == ["plain"])
  }

  @Test(arguments: [3, 4]) func stillPicture(channels: Int) throws {
    let folder = try ScratchFolder()
    let path = folder.file("a.png")
    let sink = try PictureSink(path: path, width: 7, height: 5, channels: channels)
    try fill(sink, count: 1)
    #expect(thrownError { _ = try sink.acquire() }.hint == "write a sequence: name_%06d.png")
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(try sink.finish() == FinishedOutput(path: path, frameCount: 1))
    let picture = try PNGFile.read(path: path)
    #expect(picture.channels == channels)
    #expect(picture.converted(toChannels: 3).bytes() == testFrame(0, width: 7, height: 5))
    #expect(
      thrownError { _ = try PictureSink(path: path, width: 1, height: 1, channels: 3) }.what
        == "exists already")
    let unused = try PictureSink(path: folder.file("b.png"), width: 7, height: 5, channels: 3)
    #expect(try unused.cancel(keepPartial: true) == nil)
    let empty = try PictureSink(path: folder.file("b.png"), width: 7, height: 5, channels: 3)
    #expect(thrownError { _ = try empty.finish() }.code == .usage)
    #expect(try folder.names() == ["a.png"])
  }

  @Test func kindsByName() throws {
    let kinds: [(OutputKind, [String])] = [
      (.video(.h264), ["a.mp4", "some.folder/A.MP4", "a.M4V", "a.png.mp4", "50%_%d.mp4"]),
      (.picture, ["a.png", "A.PNG", "50%_a.png", "a%.png", "%.png", "a_%-4d.png", "..png"]),
      (.sequence, ["a_%04d.png", "%d.png", "%%d.png", "50%_%04d.PNG", "x/%d.png"]),
      (
        .sequence,
        ["frames", "frames.png/", "q", ".", "..", "./", "../", "/", "x/", "x/.", "%", "a%"]
      ),
    ]
    for (kind, paths) in kinds {
      for path in paths { #expect(try OutputKind(path: path) == kind, "\(path)") }
    }
    for path in [
      "a.avi", "a.jpg", "", "a.", "...", ".png", "x.SAFETENSORS", "%d", "a_%d", "a_%d.jpg",
      "a_%d_%d.png", "a_%99d.png", "a_%99999999999999999999d.png", "a.png\u{301}",
    ] {
      #expect(thrownError { _ = try OutputKind(path: path) }.code == .usage, "\(path)")
    }
  }

  @Test func namesOfASequence() throws {
    #expect(try ImageNames(path: "x/a%d.png").path(12) == "x/a12.png")
    #expect(try ImageNames(path: "50%_%04d.png").path(7) == "50%_0007.png")
    #expect(try ImageNames(path: "dir/").path(0) == "dir/frame_000000.png")
    #expect(try ImageNames(path: "dir").pattern == "dir/frame_%06d.png")
    #expect(try ImageNames(path: "./").path(3) == "./frame_000003.png")
    #expect(try ImageNames(path: "/").path(3) == "/frame_000003.png")
    #expect(try ImageNames(path: "q").path(3) == "q/frame_000003.png")
    #expect(try ImageNames(path: "..").path(3) == "../frame_000003.png")
    #expect(try ImageNames(path: "%%d.png").path(3) == "%3.png")
    #expect(throws: ProgramError.self) { try ImageNames(path: "a.png") }
    #expect(throws: ProgramError.self) { try ImageNames(path: "a_%04d.jpg") }
    #expect(throws: ProgramError.self) { try ImageNames(path: "a_%99999d.png") }
    let names = try ImageNames(path: "a_%02d.png")
    #expect(names.matches("a_00.png") && names.matches("a_123.png"))
    #expect(!names.matches("a_1.png") && !names.matches("a_0x.png") && !names.matches("a_.png"))
  }
}
