import Compute
import Foundation
import TestSupport
import Testing

@testable import Media

@Suite struct VideoSinkTests {
  private let settings: VideoSettings

  init() throws {
    settings = VideoSettings(width: 127, height: 63, frameRate: try FrameRate(25))
  }

  /// Renders `count` frames into a sink, each by bands of 16 rows on `threads` workers.
  private func render(_ sink: some FrameSink, count: Int, threads: Int = 1) throws {
    let pool = WorkerPool(threads: threads)
    let (width, height) = (sink.width, sink.height)
    for index in 0..<count {
      let pixels = testFrame(index, width: width, height: height)
      let frame = try sink.acquire()
      pool.run((height + 15) / 16) { band, _ in
        let rows = band * 16..<min(band * 16 + 16, height)
        pixels.withUnsafeBufferPointer {
          guard let base = $0.baseAddress else { return }
          frame.store(
            base + rows.lowerBound * width * 3, bytesPerRow: width * 3, channels: 3, rows: rows)
        }
      }
      try sink.submit(frame)
    }
  }

  @Test(arguments: [1, 2, 5]) func sameFileAsTheWriter(threads: Int) throws {
    let folder = try ScratchFolder()
    _ = try writeVideo(folder.file("writer.mp4"), settings, count: 37)
    let path = folder.file("sink.mp4")
    let sink = try VideoSink(path: path, settings: settings, buffers: threads)
    try render(sink, count: 37, threads: threads)
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(try sink.finish() == FinishedOutput(path: path, frameCount: 37))
    #expect(
      FileManager.default.contents(atPath: path)
        == FileManager.default.contents(atPath: folder.file("writer.mp4")))
    #expect(try folder.names() == ["sink.mp4", "writer.mp4"])
  }

  /// All frames can be in the renderer's hands at once; they are numbered as they are submitted.
  @Test func severalFramesAtOnce() throws {
    let folder = try ScratchFolder()
    _ = try writeVideo(folder.file("writer.mp4"), settings, count: 12)
    let sink = try VideoSink(path: folder.file("sink.mp4"), settings: settings, buffers: 3)
    for group in 0..<4 {
      let frames = try (0..<sink.bufferCount).map { _ in try sink.acquire() }
      // Filled in another order than submitted.
      for (offset, frame) in frames.enumerated().reversed() {
        frame.store(rgb: testFrame(group * 3 + offset, width: 127, height: 63))
      }
      for frame in frames { try sink.submit(frame) }
    }
    #expect(try sink.finish().frameCount == 12)
    #expect(
      FileManager.default.contents(atPath: folder.file("sink.mp4"))
        == FileManager.default.contents(atPath: folder.file("writer.mp4")))
  }

  @Test func cancelKeepsThePartialVideo() throws {
    let folder = try ScratchFolder()
    let sink = try VideoSink(path: folder.file("walk.mp4"), settings: settings)
    try render(sink, count: 9)
    let partial = try #require(try sink.cancel(keepPartial: true))
    #expect(
      partial == FinishedOutput(path: folder.file("walk.partial.mp4"), frameCount: 9))
    #expect(try VideoReader.frameCount(path: partial.path) == 9)
    #expect(throws: ProgramError.self) { try sink.acquire() }
    let dropped = try VideoSink(path: folder.file("run.mp4"), settings: settings)
    try render(dropped, count: 9)
    #expect(try dropped.cancel(keepPartial: false) == nil)
    #expect(try folder.names() == ["walk.partial.mp4"])
  }

  @Test func aLostSinkLeavesNothing() throws {
    let folder = try ScratchFolder()
    for _ in 0..<3 {
      let sink = try VideoSink(path: folder.file("lost.mp4"), settings: settings)
      try render(sink, count: 5)
    }
    #expect(try folder.names() == [])
  }

  /// A file that may not grow: writing fails half way, in the encoder's thread. The renderer hears
  /// of it and is never left waiting for a free frame.
  @Test func errorsReachTheRenderer() throws {
    for size in [100, 3000, 400_000] {
      let descriptor = try unextendableFile(size)
      let file = PendingFile(path: "out.mp4", writingTo: descriptor)
      var large = settings
      large.quality = 5
      var random = SeededGenerator(state: 2)
      let noise = random.bytes(127 * 63 * 3 + 100)
      var submitted = 0
      let error = thrownError {
        let writer = try VideoWriter(file: file, settings: large, overwrite: false)
        let sink = try VideoSink(writer, buffers: 2)
        while submitted < 1000 {
          let frame = try sink.acquire()
          frame.store(rgb: Array(noise[(submitted % 100)...]))
          try sink.submit(frame)
          submitted += 1
        }
        _ = try sink.finish()
      }
      // The renderer does not have to wait until the end to hear of it.
      #expect(submitted < 500, "\(size) bytes")
      #expect(error.file == "out.mp4" && error.code == .inputOutput, "\(size) bytes: \(error)")
      #expect(error.found?.contains("Operation not permitted") == true, "\(size) bytes: \(error)")
    }
  }

  /// A file in memory that refuses to grow beyond `size` bytes (EPERM). Swift does not see
  /// memfd_create and its constants.
  private func unextendableFile(_ size: Int) throws -> Int32 {
    typealias Create = @convention(c) (UnsafePointer<CChar>, UInt32) -> Int32
    let symbol = try #require(dlsym(nil, "memfd_create"))
    let (allowSealing, addSeals, sealGrow) = (UInt32(2), Int32(1033), Int32(4))
    let descriptor = unsafeBitCast(symbol, to: Create.self)("video", allowSealing)
    try #require(descriptor >= 0)
    try #require(ftruncate(descriptor, size) == 0)
    try #require(fcntl(descriptor, addSeals, sealGrow) == 0)
    return descriptor
  }

  @Test func librariesAreNamed() {
    #expect(VideoFormat.h264.codec.encoder.isAvailable)
    #expect(
      MediaLibraries.versions.map(\.name) == ["libpng", "libjpeg", "libavcodec", "libavformat"])
    #expect(MediaLibraries.versions.allSatisfy { $0.version.first?.isNumber == true })
  }
}
