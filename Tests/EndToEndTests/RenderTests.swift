import Foundation
import Media
import TestSupport
import Testing

/// The three jobs, run as a user runs them, in small sizes.
@Suite(.serialized) struct RenderTests {
  @Test func turntable() throws {
    let scratch = try Scratch()
    let path = scratch.path("turn.mp4")
    let result = try Program.run([
      "turntable", "sample", "-o", path, "--size", "128x160", "--seconds", "1", "--fps", "12",
    ])
    #expect(result.status == 0, "\(result.errors)")
    #expect(scratch.files == ["turn.mp4"])
    let video = try VideoReader(path: path)
    #expect(video.info.width == 128 && video.info.height == 160)
    #expect(abs(video.info.duration - 1) < 1e-6)
    let frames = try frames(of: video)
    #expect(frames.count == 12)
    // It loops: the step from the last frame to the first is like any other, not a repetition.
    let steps = (0..<12).map { difference(frames[$0], frames[($0 + 1) % 12]) }
    let (least, most) = (steps.min() ?? 0, steps.max() ?? 0)
    #expect(least > 1, "a frame is repeated: \(steps)")
    #expect(steps[11] < 1.5 * most, "the loop jumps: \(steps)")
    // Front and back differ in colour: the face is on one side only.
    #expect(difference(frames[0], frames[6]) > 2)
  }

  @Test func animate() throws {
    let scratch = try Scratch()
    let path = scratch.path("wave.mp4")
    let result = try Program.run([
      "animate", "sample", "wave", "-o", path, "--size", "96", "--fps", "10",
    ])
    #expect(result.status == 0, "\(result.errors)")
    let video = try VideoReader(path: path)
    #expect(video.info.frameCount == Int((179.0 / 60 * 10).rounded(.down)) + 1)
    #expect(video.info.pixelFormat == "yuv420p")
    let half = try Program.run([
      "animate", "sample", "wave", "-o", scratch.path("half.mp4"), "--size", "96", "--fps", "10",
      "--speed", "2", "--camera", "follow", "--start", "0.5", "--end", "2.5",
    ])
    #expect(half.status == 0, "\(half.errors)")
    #expect(try VideoReader(path: scratch.path("half.mp4")).info.frameCount == 11)
  }

  @Test func exportWithAlpha() throws {
    let scratch = try Scratch()
    let path = scratch.path("person.png")
    let result = try Program.run([
      "export", "sample", "-o", path, "--size", "120x200", "--background", "transparent",
    ])
    #expect(result.status == 0, "\(result.errors)")
    let picture = try PNGFile.read(path: path)
    #expect(picture.width == 120 && picture.height == 200 && picture.channels == 4)
    let bytes = picture.bytes()
    let alpha = stride(from: 3, to: bytes.count, by: 4).map { bytes[$0] }
    let opaque = alpha.count { $0 == 255 }
    let partial = alpha.count { $0 > 0 && $0 < 255 }
    #expect(opaque > 2000, "the person fills the height")
    #expect(partial > 100 && partial < opaque / 2, "the silhouette is smooth")
    #expect(alpha[0] == 0 && alpha[alpha.count - 1] == 0)
    // Framed: the silhouette comes close to the upper and lower border and does not touch them.
    let rows = (0..<200).filter { y in (0..<120).contains { alpha[y * 120 + $0] > 0 } }
    let (top, bottom) = (rows.first ?? 0, rows.last ?? 0)
    #expect((3...9).contains(top) && (190...196).contains(bottom), "rows \(top) to \(bottom)")
  }

  /// Seen from the front, the right hand is on the left of the picture; the atlas says which is which.
  @Test func leftIsLeft() throws {
    let scratch = try Scratch()
    /// Mean u of the outermost columns that show anything, left and right.
    func hands(_ view: String) throws -> (left: Double, right: Double) {
      let path = scratch.path("uv.png")
      let result = try Program.run([
        "export", "sample", "-o", path, "--size", "256x200", "--pass", "uv", "--pose", "rest",
        "--view", view, "--force",
      ])
      #expect(result.status == 0, "\(result.errors)")
      let bytes = try PNGFile.read(path: path).converted(toChannels: 3).bytes()
      func mean(_ columns: some Sequence<Int>) -> Double {
        for x in columns {
          let values = (0..<200).compactMap { y -> Double? in
            let p = (y * 256 + x) * 3
            return bytes[p] == 0 && bytes[p + 1] == 0 ? nil : Double(bytes[p]) / 255
          }
          if values.count >= 2 { return values.reduce(0, +) / Double(values.count) }
        }
        return -1
      }
      return (mean(0..<256), mean((0..<256).reversed()))
    }
    // Islands of the atlas: right hand u 0.36 to 0.55, left hand 0.57 to 0.76.
    let front = try hands("front")
    #expect((0.36...0.55).contains(front.left) && (0.57...0.76).contains(front.right), "\(front)")
    let back = try hands("back")
    #expect((0.57...0.76).contains(back.left) && (0.36...0.55).contains(back.right), "\(back)")
  }

  @Test func passes() throws {
    let scratch = try Scratch()
    for pass in ["mask", "depth", "normals", "face-normals", "uv", "parts"] {
      let path = scratch.path("\(pass).png")
      let result = try Program.run([
        "export", "sample", "-o", path, "--size", "64", "--pass", pass,
      ])
      #expect(result.status == 0, "\(result.errors)")
      let picture = try PNGFile.read(path: path)
      #expect(picture.bitDepth == (pass == "depth" ? 16 : 8))
      #expect(Set(picture.words()).count > 1, "\(pass) is empty")
    }
    // Depth is in millimetres: the person stands metres away and is not thicker than one.
    let depth = try PNGFile.read(path: scratch.path("depth.png")).words().filter { $0 > 0 }
    let (near, far) = (Int(depth.min() ?? 0), Int(depth.max() ?? 0))
    #expect(near > 1000 && far - near < 1000, "\(near) to \(far)")
  }

  @Test func imageSequence() throws {
    let scratch = try Scratch()
    let result = try Program.run([
      "turntable", "sample", "-o", scratch.path("f_%03d.png"), "--size", "48", "--seconds", "1",
      "--fps", "10", "--frames", "2-4,9", "--background", "transparent",
    ])
    #expect(result.status == 0, "\(result.errors)")
    #expect(scratch.files == ["f_002.png", "f_003.png", "f_004.png", "f_009.png"])
  }

  @Test func bytesDoNotDependOnThreads() throws {
    let scratch = try Scratch()
    for (name, arguments) in [
      (
        "a.mp4",
        ["animate", "sample", "wave", "--size", "160x112", "--end", "1", "--quality", "high"]
      ),
      ("b.mp4", ["turntable", "sample", "--size", "97x113", "--seconds", "0.5"]),
      ("c.png", ["export", "sample", "--size", "700x500", "--supersample", "3"]),
    ] {
      var outputs: [Data] = []
      for threads in ["1", "2", "5", "2"] {
        let result = try Program.run(
          arguments + ["-o", scratch.path(name), "--threads", threads, "--force"])
        #expect(result.status == 0, "\(result.errors)")
        outputs.append(try scratch.bytes(name))
      }
      #expect(outputs.dropFirst().allSatisfy { $0 == outputs[0] }, "\(name)")
    }
  }

  private func frames(of video: VideoReader) throws -> [[UInt8]] {
    var result: [[UInt8]] = []
    while let frame = try video.nextFrame() { result.append(frame.bytes()) }
    return result
  }

  /// Mean absolute difference of two RGB frames.
  private func difference(_ a: [UInt8], _ b: [UInt8]) -> Double {
    Double(zip(a, b).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }) / Double(a.count)
  }
}
