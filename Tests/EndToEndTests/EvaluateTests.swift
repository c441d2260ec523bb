import Compute
import Foundation
import Media
import Testing

/// `avatar evaluate` and `avatar compare` as users run them.
@Suite(.serialized) struct EvaluateTests {
  /// A picture of one grey with one pixel changed.
  private static func picture(_ side: Int, value: UInt8, pixel: UInt8) throws -> Picture {
    var bytes = [UInt8](repeating: value, count: side * side * 3)
    bytes[0] = pixel
    return try Picture(width: side, height: side, channels: 3, bytes: bytes)
  }

  private static func folders(_ scratch: Scratch) throws {
    for (folder, pixel) in [("a", UInt8(100)), ("b", 120)] {
      try FileManager.default.createDirectory(
        atPath: scratch.path(folder), withIntermediateDirectories: true)
      for index in 0..<3 {
        try PNGFile.write(
          picture(20, value: 100, pixel: index == 0 ? 100 : pixel),
          to: scratch.path("\(folder)/view\(index).png"))
      }
    }
  }

  @Test func comparingHasThreeOutcomes() throws {
    let scratch = try Scratch()
    try Self.folders(scratch)
    for (arguments, status) in [
      (["a/view1.png", "a/view1.png"], 0), (["a/view1.png", "b/view1.png"], 1),
      (["a/view1.png", "b/view1.png", "--max-difference", "20"], 0),
      (["a/view1.png", "b/view1.png", "--max-difference", "19.9"], 1),
      (["a/view1.png", "b/view1.png", "--psnr", "60", "--ssim", "0.5"], 1),
      (["a", "b", "--max-difference", "20"], 0), (["a", "b"], 1),
      (["a/view1.png", "b"], 64), (["a/view1.png", "c.png"], 66),
      (["a/view1.png", "b/view1.png", "--ms-ssim", "0.5"], 65),
    ] as [([String], Int32)] {
      let result = try Program.run(["compare"] + arguments, folder: scratch.url.path)
      #expect(result.status == status, "\(arguments): \(result.output)\(result.errors)")
    }
  }

  @Test func evaluatingLeavesFiles() throws {
    let scratch = try Scratch()
    try Self.folders(scratch)
    let files = ["v.csv", "v.json", "plot.png", "worst.png"]
    let arguments = [
      "evaluate", "a", "b", "--metrics", "psnr,max-difference", "--csv", files[0], "--json",
      files[1], "--plot", files[2], "--difference", files[3],
    ]
    let result = try Program.run(arguments, folder: scratch.url.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("view1.png") && result.output.contains("20.000000"))
    #expect(result.errors.contains("1 of 3 pairs are identical"))
    #expect(scratch.files == (["a", "b"] + files).sorted())
    let lines = String(decoding: try scratch.bytes("v.csv"), as: UTF8.self).split(separator: "\n")
    #expect(lines[0] == "pair,psnr,max-difference" && lines[1] == "view0.png,inf,0.0")
    let json = try JSONSerialization.jsonObject(with: scratch.bytes("v.json"))
    #expect(((json as? [String: Any])?["pairs"] as? [Any])?.count == 3)
    #expect(try PNGFile.read(path: scratch.path("plot.png")).width == 960)
    // Nothing is overwritten, nothing half done.
    let again = try Program.run(arguments, folder: scratch.url.path)
    #expect(again.status == 73 && again.errors.contains("--force"), "\(again.errors)")
    let forced = try Program.run(arguments + ["--force"], folder: scratch.url.path)
    #expect(forced.status == 0 && forced.output == result.output)
  }

  @Test func whatIsRefused() throws {
    let scratch = try Scratch()
    try Self.folders(scratch)
    for (arguments, status, word) in [
      (["a", "b", "--metrics", "ssim,none"], 64, "ms-ssim"),
      (["a", "b", "--protocol", "sample-refine"], 64, "--mask"),
      (["a", "b", "--mask-use", "inside"], 64, "--mask"),
      (["a", "b", "--csv", "x.txt"], 64, "NAME.csv"),
      (["a", "b", "--plot", "x.png", "--difference", "./x.png"], 64, "another output"),
      (["a/view0.png", "b/view0.png", "--plot", "b/view0.png", "--force"], 64, "an input"),
      (["a", "b", "--lpips", "a/view0.png"], 65, "view0.png"),
      (["a", "b", "--seed", "-1"], 64, "0 to"),
    ] as [([String], Int32, String)] {
      let result = try Program.run(["evaluate"] + arguments, folder: scratch.url.path)
      #expect(result.status == status, "\(arguments): \(result.errors)")
      #expect(result.errors.contains(word), "\(arguments): \(result.errors)")
    }
    #expect(scratch.files == ["a", "b"])
  }
}
