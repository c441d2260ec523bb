import Compute
import Foundation
import Testing

@testable import Media

/// Formats that the program does not ship, made of values only: what a new one needs is in its value.
enum OtherFormats {
  static let matroska = VideoContainer(
    muxer: "matroska", usualExtension: ".mkv", otherExtensions: [], indexInFront: nil,
    clockOptions: [])

  /// The planes that H.264 has, another encoder with a scale of its own and without presets.
  static let mpeg4 = VideoFormat(
    container: matroska,
    codec: VideoCodec(
      title: "MPEG-4", name: "mpeg4",
      encoder: VideoEncoder(
        title: "libav", name: "mpeg4", remedy: "install libav",
        quality: QualityScale(
          option: "qmin", range: 1...31, lossless: nil, draft: 20, standard: 4, high: 2),
        presets: nil,
        options: [LibraryOption("b", "8000000"), LibraryOption("flags", "+bitexact")],
        threading: .slices, defaultThreads: 2, copiesFrames: false, hasH264Note: false)),
    pixels: .yuv420p)

  /// Four interleaved bytes with straight alpha, without loss.
  static let alpha = lossless(
    PixelFormat(
      name: "bgra", chroma: ChromaSubsampling(across: 1, down: 1), bitDepth: 8, hasAlpha: true,
      meaning: .color,
      color: ColorEncoding(
        range: "pc", primaries: "bt709", transfer: "iec61966-2-1", matrix: "gbr",
        chromaLocation: "unspecified"),
      conversion: PixelConversion(name: "interleaved BGRA") { band, to in
        for row in band.rows {
          let from = band.pixels + (row - band.rows.lowerBound) * band.bytesPerRow
          let pixels = to.planes[0].base + row * to.planes[0].stride
          for x in 0..<band.width {
            for (channel, source) in [2, 1, 0].enumerated() {
              pixels[4 * x + channel] = from[x * band.channels + source]
            }
            pixels[4 * x + 3] = band.channels == 4 ? from[4 * x + 3] : 255
          }
        }
      }))

  /// Sixteen bits of grey.
  static let depth = lossless(
    PixelFormat(
      name: "gray16le", chroma: ChromaSubsampling(across: 1, down: 1), bitDepth: 16,
      hasAlpha: false, meaning: .depth,
      color: ColorEncoding(
        range: "pc", primaries: "bt709", transfer: "linear", matrix: "unknown",
        chromaLocation: "unspecified"),
      conversion: PixelConversion(name: "depth, 16 bits") { band, to in
        for row in band.rows {
          let from = band.pixels + (row - band.rows.lowerBound) * band.bytesPerRow
          let samples = to.planes[0].base + row * to.planes[0].stride
          for x in 0..<band.width {
            samples[2 * x] = from[x * band.channels + 1]
            samples[2 * x + 1] = from[x * band.channels]
          }
        }
      }))

  private static func lossless(_ pixels: PixelFormat) -> VideoFormat {
    VideoFormat(
      container: matroska,
      codec: VideoCodec(
        title: "FFV1", name: "ffv1",
        encoder: VideoEncoder(
          title: "libav", name: "ffv1", remedy: "install libav", quality: nil, presets: nil,
          options: [LibraryOption("level", "3"), LibraryOption("flags", "+bitexact")],
          threading: .slices, defaultThreads: 1, copiesFrames: false, hasH264Note: false)),
      pixels: pixels)
  }
}

@Suite struct VideoFormatTests {
  private func settings(_ format: VideoFormat) throws -> VideoSettings {
    VideoSettings(width: 97, height: 61, frameRate: try FrameRate(25), format: format)
  }

  /// All that the program ships.
  @Test func shipped() throws {
    #expect(VideoFormat.all == [.h264])
    #expect(VideoFormat.usualExtensions == [".mp4"])
    #expect(VideoFormat.qualityRange == 1...51)
    #expect(VideoFormat.presets.first == "ultrafast" && VideoFormat.presets.count == 10)
    #expect(!VideoFormat.h264.hasAlpha)
    for path in ["a.mp4", "b/A.M4V", "x.MP4"] {
      #expect(try OutputKind(path: path) == .video(.h264))
    }
    let unknown = thrownError { _ = try OutputKind(path: "a.mkv") }
    #expect(unknown.expected == ".mp4, .png, name_%06d.png or a folder")
    let encoder = VideoFormat.h264.codec.encoder
    #expect(
      encoder.options(quality: nil, preset: nil).map(\.description)
        == ["profile=high", "crf=20.0", "preset=veryfast"])
    #expect(
      encoder.options(quality: 18.5, preset: "slow").map(\.description)
        == ["profile=high", "crf=18.5", "preset=slow"])
    #expect(encoder.presets?.names.contains(encoder.presets?.draft ?? "") == true)
    #expect(encoder.presets?.names.contains(encoder.presets?.high ?? "") == true)
    #expect(
      encoder.missing.hint
        == "install Debian's libavcodec59 or libavcodec-extra59, or write PNG pictures instead")
  }

  /// Another codec in another container: written by the sink, read back whole, the same every time.
  @Test func anotherCodec() throws {
    let folder = try ScratchFolder()
    let settings = try settings(OtherFormats.mpeg4)
    let path = folder.file("a.mkv")
    #expect(
      try OutputKind(path: path, formats: VideoFormat.all + [OtherFormats.mpeg4])
        == .video(OtherFormats.mpeg4))
    let sink = try VideoSink(path: path, settings: settings, buffers: 2)
    for index in 0..<40 {
      let frame = try sink.acquire()
      frame.store(rgb: testFrame(index, width: 97, height: 61))
      try sink.submit(frame)
    }
    #expect(try sink.finish() == FinishedOutput(path: path, frameCount: 40))
    #expect(try FileKind(path: path) == .matroska)
    #expect(try VideoReader.frameCount(path: path) == 40)
    let reader = try VideoReader(path: path)
    #expect(reader.info.codec == "mpeg4" && reader.info.pixelFormat == "yuv420p")
    #expect(reader.info.width == 98 && reader.info.height == 62)
    #expect(reader.info.frameRate == settings.frameRate)
    var index = 0
    while let picture = try reader.nextFrame() {
      let (found, expected) = (picture.bytes(), testFrame(index, width: 97, height: 61))
      // Inside the quarters, away from the moving bar.
      for (x, y) in [(16, 10), (76, 10), (16, 48), (76, 48)] {
        if abs((x + 97 - index * 2 % 97) % 97 - 2) < 16 { continue }
        for channel in 0..<3 {
          let (a, b) = (found[(y * 98 + x) * 3 + channel], expected[(y * 97 + x) * 3 + channel])
          #expect(abs(Int(a) - Int(b)) <= 6, "frame \(index), (\(x), \(y)), channel \(channel)")
        }
      }
      index += 1
    }
    #expect(index == 40)
    let again = folder.file("b.mkv")
    _ = try writeVideo(again, settings, count: 40)
    let bytes = try #require(FileManager.default.contents(atPath: path))
    #expect(FileManager.default.contents(atPath: again) == bytes)
    for library in MediaLibraries.versions {
      #expect(bytes.range(of: Data(library.version.utf8)) == nil, "\(library) is in the file")
    }
  }

  /// Its own scale of quality, and an error for what it does not have.
  @Test func anotherScale() throws {
    let folder = try ScratchFolder()
    var settings = try settings(OtherFormats.mpeg4)
    let sizes = try [1.0, 31].map { quality in
      settings.quality = quality
      let path = folder.file("\(quality).mkv")
      _ = try writeVideo(path, settings, count: 10)
      return try #require(FileManager.default.contents(atPath: path)).count
    }
    #expect(sizes[1] < sizes[0])
    settings.quality = 40
    let outside = thrownError { try settings.validate() }
    #expect(outside.key == "qmin" && outside.expected == "1 (best) to 31")
    settings.quality = nil
    settings.preset = "veryfast"
    #expect(thrownError { try settings.validate() }.what == "MPEG-4 has no preset to choose here")
    var lossless = try self.settings(OtherFormats.alpha)
    lossless.quality = 20
    #expect(thrownError { try lossless.validate() }.what == "FFV1 has no quality to choose here")
  }

  @Test func alpha() throws {
    let folder = try ScratchFolder()
    let path = folder.file("a.mkv")
    let sink = try VideoSink(path: path, settings: settings(OtherFormats.alpha))
    let pixels = try noise(97, 61, 4, depth: 8).bytes()
    for _ in 0..<3 {
      let frame = try sink.acquire()
      pixels.withUnsafeBufferPointer {
        guard let base = $0.baseAddress else { return }
        frame.store(base, bytesPerRow: 97 * 4, channels: 4, rows: 0..<40)
        frame.store(base + 40 * 97 * 4, bytesPerRow: 97 * 4, channels: 4, rows: 40..<61)
      }
      try sink.submit(frame)
    }
    #expect(try sink.finish().frameCount == 3)
    let reader = try VideoReader(path: path)
    #expect(reader.info.codec == "ffv1" && reader.info.pixelFormat == "bgra")
    #expect(reader.info.width == 97 && reader.info.height == 61)
    let picture = try #require(try reader.nextFrame())
    let colors = stride(from: 0, to: pixels.count, by: 4).flatMap { pixels[$0..<$0 + 3] }
    #expect(picture.bytes() == colors)
  }

  @Test func moreBits() throws {
    let folder = try ScratchFolder()
    let path = folder.file("a.mkv")
    let settings = try settings(OtherFormats.depth)
    #expect(try writeVideo(path, settings, count: 4).frameCount == 4)
    let info = try VideoReader(path: path).info
    #expect(info.codec == "ffv1" && info.pixelFormat == "gray16le")
    #expect(try VideoReader.frameCount(path: path) == 4)
  }

  /// A piece is one of the format that it is asked for.
  @Test func joining() throws {
    let folder = try ScratchFolder()
    let settings = try settings(OtherFormats.mpeg4)
    _ = try writeVideo(folder.file("a.mkv"), settings, count: 7)
    let part = try VideoPart(path: folder.file("a.mkv"), format: OtherFormats.mpeg4)
    let whole = try VideoJoiner.join([part, part], to: folder.file("whole.mkv"))
    #expect(whole.frameCount == 14)
    #expect(try FileKind(path: whole.path) == .matroska)
    #expect(try VideoReader(path: whole.path).info.codec == "mpeg4")
    let other = thrownError { _ = try VideoPart(path: part.path) }
    #expect(other.expected == "one H.264 track" && other.found == "1 tracks, mpeg4")
  }

  /// A format that describes itself wrongly is found before anything is written by it.
  @Test func wrongDescriptions() throws {
    let folder = try ScratchFolder()
    func error(
      container: VideoContainer = .mp4, encoder change: (VideoEncoder) -> VideoEncoder = { $0 },
      pixels: PixelFormat = .yuv420p
    ) throws -> ProgramError {
      let codec = VideoCodec(title: "X", name: "x", encoder: change(.x264))
      let settings = try settings(
        VideoFormat(container: container, codec: codec, pixels: pixels))
      return thrownError {
        _ = try VideoWriter(path: folder.file("a.mp4"), settings: settings)
      }
    }
    func encoder(_ name: String, _ options: [LibraryOption]) -> VideoEncoder {
      VideoEncoder(
        title: name, name: name, remedy: "install it", quality: nil, presets: nil,
        options: options, threading: .frames, defaultThreads: 1, copiesFrames: true,
        hasH264Note: true)
    }
    func pixels(_ name: String, _ chroma: Int, _ depth: Int, _ alpha: Bool) -> PixelFormat {
      PixelFormat(
        name: name, chroma: ChromaSubsampling(across: chroma, down: chroma), bitDepth: depth,
        hasAlpha: alpha, meaning: .color, color: .bt709Limited, conversion: .bt709Limited420)
    }
    let missing = try error(encoder: { _ in encoder("nothing", []) })
    #expect(missing.what == "libavcodec was built without nothing")
    #expect(missing.hint == "install it, or write PNG pictures instead")
    let misspelt = try error(encoder: { _ in encoder("libx264", [LibraryOption("cfr", "20")]) })
    #expect(misspelt.found?.contains("the option cfr") == true, "\(misspelt)")
    let container = VideoContainer(
      muxer: "mp4", usualExtension: ".mp4", otherExtensions: [],
      indexInFront: LibraryOption("cues_to_front", "1"), clockOptions: [])
    #expect(try error(container: container).found?.contains("cues_to_front") == true)
    let nowhere = VideoContainer(
      muxer: "nowhere", usualExtension: ".mp4", otherExtensions: [], indexInFront: nil,
      clockOptions: [])
    #expect(try error(container: nowhere).code == .unavailable)
    for wrong in [
      pixels("yuv420p", 1, 8, false), pixels("yuv420p", 2, 10, false),
      pixels("yuv420p", 2, 8, true), pixels("nothing", 2, 8, false),
    ] {
      let found = try error(pixels: wrong).found
      #expect(found?.contains(wrong.name) == true, "\(found ?? "none")")
      #expect(throws: ProgramError.self) { try FrameBuffer(width: 8, height: 8, pixels: wrong) }
    }
    let long = try error(pixels: pixels(String(repeating: "n", count: 40), 2, 8, false))
    #expect(long.what == "a name is too long for libav")
    #expect(try folder.names() == [])
  }

  /// Sides are padded to whole chroma samples, each way by its own.
  @Test func padding() {
    let pixels = PixelFormat(
      name: "yuv422p", chroma: ChromaSubsampling(across: 2, down: 1), bitDepth: 8, hasAlpha: false,
      meaning: .color, color: .bt709Limited, conversion: .bt709Limited420)
    #expect(pixels.padded(width: 5, height: 5) == (6, 5))
    #expect(PixelFormat.yuv420p.padded(width: 5, height: 8) == (6, 8))
    #expect(OtherFormats.alpha.pixels.padded(width: 5, height: 7) == (5, 7))
  }
}
