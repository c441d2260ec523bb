import Compute
import Foundation
import Testing

@testable import Media

@Suite struct VideoTests {
  private let odd: VideoSettings

  init() throws {
    odd = VideoSettings(width: 127, height: 63, frameRate: try FrameRate(30000, 1001))
  }

  @Test func whatTheFileSays() throws {
    let folder = try ScratchFolder()
    let path = folder.file("odd.mp4")
    let done = try writeVideo(path, odd, count: 37)
    #expect(done == FinishedOutput(path: path, frameCount: 37))
    #expect(try folder.names() == ["odd.mp4"])
    let info = try VideoReader(path: path).info
    #expect(info.width == 128 && info.height == 64)
    #expect(info.frameRate == odd.frameRate)
    #expect(info.frameCount == 37)
    #expect(abs(info.duration - 37 * 1001.0 / 30000) < 1e-9)
    #expect(info.codec == "h264" && info.profile == "High" && info.pixelFormat == "yuv420p")
    #expect(info.colorPrimaries == "bt709" && info.colorTransfer == "bt709")
    #expect(info.colorMatrix == "bt709" && info.colorRange == "tv")
    #expect(info.chromaLocation == "center")
    let boxes = try VideoReader.boxes(path: path)
    #expect(boxes.filter { $0 != "free" } == ["ftyp", "moov", "mdat"])
    #expect(try VideoReader.frameCount(path: path) == 37)
  }

  /// No dates, no versions, no encoder options in the file.
  @Test func nothingPersonalInside() throws {
    let folder = try ScratchFolder()
    _ = try writeVideo(folder.file("a.mp4"), odd, count: 3)
    let data = try #require(FileManager.default.contents(atPath: folder.file("a.mp4")))
    for text in ["x264", "Lavf", "Lavc", "threads="] {
      #expect(data.range(of: Data(text.utf8)) == nil, "\(text) is in the file")
    }
    let header = try #require(data.range(of: Data("mvhd".utf8)))
    // Version and flags, then the times of creation and modification: 1904, that is unset.
    #expect(data[header.upperBound..<header.upperBound + 12].allSatisfy { $0 == 0 })
    // The movie's own clock and length, as exact as the track's.
    func word(_ offset: Int) -> Int {
      let start = header.upperBound + offset
      return data[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    #expect(word(16) * 30000 == 3 * 1001 * word(12))
  }

  @Test(arguments: [1.0, 7, 12.5, 24, 25, 29.97, 30, 60, 119.88, 240])
  func exactDurations(framesPerSecond: Double) throws {
    let folder = try ScratchFolder()
    let rate = try FrameRate(framesPerSecond)
    let settings = VideoSettings(width: 32, height: 16, frameRate: rate, preset: "ultrafast")
    for count in [1, 2, 50] {
      let path = folder.file("\(count).mp4")
      _ = try writeVideo(path, settings, count: count)
      let info = try VideoReader(path: path).info
      #expect(info.frameRate == rate, "\(count) frames")
      #expect(abs(info.duration - rate.time(ofFrame: count)) < 1e-9, "\(count) frames")
    }
  }

  @Test func colorsComeBack() throws {
    let folder = try ScratchFolder()
    let path = folder.file("a.mp4")
    var settings = odd
    settings.quality = 12
    _ = try writeVideo(path, settings, count: 37)
    let reader = try VideoReader(path: path)
    var index = 0
    while let picture = try reader.nextFrame() {
      let expected = testFrame(index, width: 127, height: 63)
      let found = picture.bytes()
      // Inside the quarters, away from the moving bar.
      for (x, y) in [(20, 10), (100, 10), (20, 50), (100, 50)] {
        if abs((x + 127 - index * 2 % 127) % 127 - 2) < 16 { continue }
        for channel in 0..<3 {
          let (a, b) = (found[(y * 128 + x) * 3 + channel], expected[(y * 127 + x) * 3 + channel])
          #expect(abs(Int(a) - Int(b)) <= 4, "frame \(index), (\(x), \(y)), channel \(channel)")
        }
      }
      index += 1
    }
    #expect(index == 37)
  }

  /// The last column and row are repeated, not left black: seen at a quality that keeps edges.
  @Test func oddEdgesAreRepeated() throws {
    let folder = try ScratchFolder()
    let path = folder.file("a.mp4")
    let settings = VideoSettings(width: 31, height: 17, frameRate: try FrameRate(25), quality: 2)
    let writer = try VideoWriter(path: path, settings: settings)
    let frame = try writer.makeFrame()
    frame.store(rgb: [UInt8](repeating: 200, count: 31 * 17 * 3))
    try writer.append(frame)
    _ = try writer.finish()
    let picture = try #require(try VideoReader(path: path).nextFrame())
    #expect(picture.width == 32 && picture.height == 18)
    #expect(picture.bytes().allSatisfy { abs(Int($0) - 200) <= 2 })
  }

  /// Each number of encoder threads repeats itself. Between numbers x264 differs, which is why the
  /// default is a constant and not the number of processors.
  @Test(arguments: [nil, 1, 2, 5]) func sameBytesEveryTime(threads: Int?) throws {
    let folder = try ScratchFolder()
    var settings = odd
    settings.threads = threads
    var files: [Data] = []
    for run in 0..<3 {
      let path = folder.file("\(run).mp4")
      _ = try writeVideo(path, settings, count: 37)
      files.append(try #require(FileManager.default.contents(atPath: path)))
    }
    #expect(files[0] == files[1] && files[1] == files[2])
  }

  @Test func cancelKeepsWhatIsThere() throws {
    let folder = try ScratchFolder()
    let path = folder.file("out.mp4")
    for round in 1...2 {
      let writer = try VideoWriter(path: path, settings: odd)
      let frame = try writer.makeFrame()
      for index in 0..<11 {
        frame.store(rgb: testFrame(index, width: 127, height: 63))
        try writer.append(frame)
      }
      let partial = try #require(try writer.cancel(keepPartial: true))
      #expect(partial.frameCount == 11)
      #expect(partial.path == folder.file(round == 1 ? "out.partial.mp4" : "out.partial-2.mp4"))
      #expect(try VideoReader.frameCount(path: partial.path) == 11)
      #expect(try VideoReader(path: partial.path).nextFrame() != nil)
    }
    #expect(try folder.names() == ["out.partial-2.mp4", "out.partial.mp4"])
  }

  @Test func cancelWithoutFramesLeavesNothing() throws {
    let folder = try ScratchFolder()
    let writer = try VideoWriter(path: folder.file("out.mp4"), settings: odd)
    #expect(try writer.cancel(keepPartial: true) == nil)
    let other = try VideoWriter(path: folder.file("out.mp4"), settings: odd)
    try other.append(other.makeFrame())
    #expect(try other.cancel(keepPartial: false) == nil)
    #expect(thrownError { _ = try other.finish() }.code == .software)
    let empty = try VideoWriter(path: folder.file("out.mp4"), settings: odd)
    #expect(thrownError { _ = try empty.finish() }.what == "a video needs at least one frame")
    _ = try VideoWriter(path: folder.file("lost.mp4"), settings: odd)
    #expect(try folder.names() == [])
  }

  @Test func nothingIsOverwrittenUnasked() throws {
    let folder = try ScratchFolder()
    let path = folder.file("a.mp4")
    _ = try writeVideo(path, odd, count: 2)
    let before = FileManager.default.contents(atPath: path)
    let error = thrownError { _ = try writeVideo(path, odd, count: 3) }
    #expect(error.code == .cannotCreate && error.file == path && error.what == "exists already")
    #expect(FileManager.default.contents(atPath: path) == before)
    #expect(try writeVideo(path, odd, count: 3, overwrite: true).frameCount == 3)
    #expect(try folder.names() == ["a.mp4"])
  }

  @Test func wrongSettingsAreRefused() throws {
    let folder = try ScratchFolder()
    func refused(_ change: (inout VideoSettings) -> Void) -> ProgramError {
      var settings = odd
      change(&settings)
      return thrownError {
        _ = try VideoWriter(path: folder.file("a.mp4"), settings: settings)
      }
    }
    #expect(refused { $0.quality = 0 }.key == "crf")
    #expect(refused { $0.quality = .nan }.key == "crf")
    #expect(refused { $0.preset = "quick" }.expected?.contains("veryfast") == true)
    #expect(refused { $0.width = 0 }.code == .usage)
    #expect(refused { $0.height = 20_000 }.code == .usage)
    #expect(refused { $0.threads = 0 }.code == .usage)
    #expect(try folder.names() == [])
    let lost = thrownError {
      _ = try VideoWriter(path: folder.file("no/a.mp4"), settings: odd)
    }
    #expect(lost.code == .cannotCreate && lost.hint == "create the folder first")
  }

  /// A device that is always full: the error is the system's, it comes at the latest in `finish`.
  @Test func fullDiskIsReported() throws {
    let descriptor = open("/dev/full", O_RDWR)
    try #require(descriptor >= 0)
    let file = PendingFile(path: "out.mp4", writingTo: descriptor)
    let error = thrownError {
      let writer = try VideoWriter(file: file, settings: odd, overwrite: false)
      let frame = try writer.makeFrame()
      for index in 0..<10 {
        frame.store(rgb: testFrame(index, width: 127, height: 63))
        try writer.append(frame)
      }
      _ = try writer.finish()
    }
    #expect(error.code == .inputOutput && error.file == "out.mp4")
    #expect(error.found == "No space left on device")
    #expect(error.hint == "free some space, or write to another disk")
  }

  @Test func damagedVideosThrow() throws {
    let folder = try ScratchFolder()
    let path = folder.file("a.mp4")
    _ = try writeVideo(path, odd, count: 5)
    let whole = try #require(FileManager.default.contents(atPath: path))
    let cut = folder.file("cut.mp4")
    for count in [0, 1, 7, 20, 100, 500] {
      try whole.prefix(count).write(to: URL(fileURLWithPath: cut))
      let error = thrownError { _ = try VideoReader(path: cut) }
      #expect(error.file == cut && error.found != nil, "\(count) bytes: \(error)")
    }
    let missing = thrownError { _ = try VideoReader(path: folder.file("none.mp4")) }
    #expect(missing.code == .noInput)
  }
}
