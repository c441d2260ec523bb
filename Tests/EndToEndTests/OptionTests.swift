import Foundation
import Media
import TestSupport
import Testing

/// Every option of every command, as the program itself lists them.
@Suite(.serialized) struct OptionTests {
  struct Listed: CustomTestStringConvertible, Sendable {
    /// "export", or "import dinar".
    let command: [String]
    let name: String
    let help: String
    let isHidden: Bool
    let takesValue: Bool
    var testDescription: String { (command + [name]).joined(separator: " ") }
  }

  /// What `--experimental-dump-help` tells about commands and their options.
  static func listed() throws -> [Listed] {
    let text = try Program.run(["--experimental-dump-help"]).output
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
    let root = try #require((object as? [String: Any])?["command"] as? [String: Any])
    var result: [Listed] = []
    func visit(_ command: [String: Any], _ path: [String]) {
      for argument in command["arguments"] as? [[String: Any]] ?? [] {
        guard let kind = argument["kind"] as? String, kind != "positional",
          let names = argument["names"] as? [[String: Any]],
          let name = names.first(where: { $0["kind"] as? String == "long" })?["name"] as? String,
          !["help", "version", "help-hidden"].contains(name)
        else { continue }
        result.append(
          Listed(
            command: path, name: "--" + name, help: argument["abstract"] as? String ?? "",
            isHidden: argument["shouldDisplay"] as? Bool == false, takesValue: kind == "option"))
      }
      for child in command["subcommands"] as? [[String: Any]] ?? [] {
        guard let name = child["commandName"] as? String, name != "help" else { continue }
        visit(child, path + [name])
      }
    }
    visit(root, [])
    return result
  }

  /// What each command takes before its options.
  static func start(_ command: [String], in scratch: Scratch) -> [String] {
    if command == ["create", "dinar"] {
      return command + ["no", "--checkpoint", "no.ckpt", "-o", scratch.path("people")]
    }
    if command == ["create", "sample-refine"] {
      return command + ["no_symmetry.png", "--checkpoint", "no", "-o", scratch.path("people")]
    }
    return switch command.first {
    case "animate": command + ["sample", "wave", "-o", scratch.path("x.mp4")]
    case "turntable": command + ["sample", "-o", scratch.path("x.mp4")]
    case "export": command + ["sample", "-o", scratch.path("x.png")]
    case "create": command + [scratch.path("no.jpg"), "-o", scratch.path("x.safetensors")]
    case "fit": command + [scratch.path("no.jpg"), "-o", scratch.path("x.npz")]
    case "check": command + [scratch.path("no.jpg")]
    case "make":
      command + [
        "neutral", "--texture", scratch.path("no.png"), "-o", scratch.path("x.safetensors"),
      ]
    case "import":
      command + ["no.pkl", "--checkpoint", "no.ckpt", "-o", scratch.path("x.safetensors")]
    case "convert": command + ["wave", "-o", scratch.path("x.npz")]
    case "inspect": command + [scratch.path("no.npz")]
    case "evaluate", "compare": command + [scratch.path("no.png"), scratch.path("no.png")]
    default: command
    }
  }

  /// A value that begins with a hyphen is a value: an option may say that it is out of its range, but not
  /// that it is missing, or that the value is an option that it does not know.
  @Test func valuesMayBeginWithAHyphen() throws {
    let scratch = try Scratch()
    let options = try Self.listed().filter(\.takesValue)
    #expect(options.count > 60, "\(options.count) options")
    for option in options {
      // Out of range everywhere, or a file that does not exist: nothing is rendered.
      let value = "-1e30"
      let result = try Program.run(
        Self.start(option.command, in: scratch) + [option.name, value, "--no-such-option"])
      #expect(
        !result.errors.lowercased().contains("missing value")
          && !result.errors.contains("option '\(value)'"),
        "\(option.testDescription) \(value): \(result.errors)")
      #expect(result.status != 0, "\(option.testDescription)")
    }
    #expect(scratch.files == [])
  }

  @Test func negativeValuesWork() throws {
    let scratch = try Scratch()
    let small = ["--size", "48"]
    for (name, arguments) in [
      ("a.png", ["export", "sample", "--yaw", "-30", "--pitch", "-10"]),
      ("b.png", ["export", "sample", "--target", "-0.1,0.2,0", "--distance", "2"]),
      ("c.png", ["export", "sample", "--motion", "wave", "--up", "-z", "--facing", "-90"]),
      ("d.mp4", ["turntable", "sample", "--seconds", "0.2", "--turns", "-1"]),
    ] {
      let result = try Program.run(arguments + ["-o", scratch.path(name)] + small)
      #expect(result.status == 0, "\(arguments): \(result.errors)")
    }
    // Yaw -30 is yaw 330, and not yaw 30.
    for (name, yaw) in [("e.png", "330"), ("f.png", "30")] {
      let result = try Program.run(
        ["export", "sample", "--yaw", yaw, "--pitch", "-10", "-o", scratch.path(name)] + small)
      #expect(result.status == 0, "\(result.errors)")
    }
    let picture = try PNGFile.read(path: scratch.path("a.png")).bytes()
    let same = try PNGFile.read(path: scratch.path("e.png")).bytes()
    // 330 degrees in radians is rounded elsewhere than -30.
    #expect(zip(picture, same).allSatisfy { abs(Int($0) - Int($1)) <= 2 })
    #expect(try picture != PNGFile.read(path: scratch.path("f.png")).bytes())
  }

  /// An option that was left without its value does not swallow the next one.
  @Test func optionsAreNotTakenForValues() throws {
    let scratch = try Scratch()
    for (arguments, name) in [
      (["export", "sample", "-o", "--force"], "-o"),
      (["export", "sample", "-o", scratch.path("x.png"), "--body", "--force"], "--body"),
      (["export", "sample", "-o", scratch.path("x.png"), "--yaw", "--force"], "--yaw"),
      (["export", "sample", "-o", scratch.path("x.png"), "--view", "--force"], "--view"),
    ] {
      let result = try Program.run(arguments)
      #expect(result.status == 64 && result.errors.contains(name), "\(result.errors)")
      #expect(result.errors.contains("--force"), "\(result.errors)")
    }
    #expect(scratch.files == [])
    #expect(!FileManager.default.fileExists(atPath: "--force"))
  }

  struct Wrong: Sendable, CustomTestStringConvertible {
    let option: String
    let values: [String]
    let range: String
    var command = "turntable"
    var more: [String] = []
    var testDescription: String { option }
    /// The command and its subcommand.
    var path: [String] { command.split(separator: " ").map(String.init) }
  }

  static let wrong: [Wrong] = [
    Wrong(
      option: "--size", values: ["0", "x", "10x", "1x2x3", "16385", "-5", "1.5"],
      range: "1 to 16384"),
    Wrong(
      option: "--fps", values: ["0", "x", "-30", "1001", "nan", "1/0", "1/-9223372036854775808"],
      range: "0.01 to 1000"),
    Wrong(option: "--crf", values: ["0", "0.5", "52", "-1", "x", "nan"], range: "1 to 51"),
    Wrong(option: "--preset", values: ["quick", ""], range: "ultrafast"),
    Wrong(option: "--seconds", values: ["0", "-1", "x", "1e9", "inf"], range: "0.001 to 36000"),
    Wrong(option: "--turns", values: ["0", "x", "1e38", "-1001", "nan"], range: "-1000 to 1000"),
    Wrong(option: "--threads", values: ["0", "x", "1025", "-1"], range: "1 to 1024"),
    Wrong(option: "--supersample", values: ["0", "5", "x"], range: "1 to 4"),
    Wrong(option: "--yaw", values: ["x", "1e30", "nan", "0x10"], range: "-3600 to 3600"),
    Wrong(option: "--pitch", values: ["90", "-90", "x"], range: "-89 to 89"),
    Wrong(option: "--fov", values: ["0", "121", "x"], range: "1 to 120"),
    Wrong(option: "--margin", values: ["-1", "91", "x"], range: "0 to 90"),
    Wrong(option: "--distance", values: ["0", "-1", "1001", "x"], range: "0.1 to 1000"),
    Wrong(
      option: "--target", values: ["1,2", "1,2,3,4", "a,b,c", "1,2,1e30", ""],
      range: "-10000 to 10000"),
    Wrong(option: "--view", values: ["top", "-1"], range: "front-left"),
    Wrong(option: "--focus", values: ["face", "-1"], range: "head"),
    Wrong(option: "--reach", values: ["x", "-1", "20000"], range: "0 to 16384"),
    Wrong(option: "--mask-threshold", values: ["2", "-0.1", "x"], range: "0 to 1"),
    Wrong(
      option: "--budget", values: ["0", "201", "x"], range: "1 to 200",
      more: ["--precision", "fast"]),
    Wrong(option: "--quality", values: ["best"], range: "draft"),
    Wrong(option: "--pass", values: ["colour"], range: "face-normals"),
    Wrong(
      option: "--time", values: ["-1", "x"], range: "0 to 1000000", command: "export",
      more: ["--motion", "wave"]),
    Wrong(option: "--start", values: ["-1", "x"], range: "0 to 1000000", command: "animate"),
    Wrong(option: "--end", values: ["-1", "x"], range: "0 to 1000000", command: "animate"),
    Wrong(
      option: "--speed", values: ["0", "-1", "x", "1001"], range: "0.001 to 1000",
      command: "animate"),
    Wrong(
      option: "--loop", values: ["0", "-1", "x", "1.5", "100001"], range: "1 to 100000",
      command: "animate"),
    Wrong(option: "--up", values: ["w", "up"], range: "-z", command: "animate"),
    Wrong(
      option: "--facing", values: ["1e19", "north", "nan"], range: "-3600 to 3600",
      command: "animate"),
    Wrong(
      option: "--motion-fps", values: ["0", "-1", "x", "1e30"], range: "0.01 to 100000",
      command: "animate"),
    Wrong(option: "--camera", values: ["still"], range: "follow", command: "animate"),
    Wrong(
      option: "--betas", values: ["a", "1,,2", "1e30", ""], range: "-100 to 100", command: "make"),
    Wrong(
      option: "--person", values: ["0", "-1", "x", "1.5"], range: "1 to 1000",
      command: "create photo"),
    Wrong(
      option: "--height", values: ["0", "178", "x"], range: "0.4 to 2.7", command: "create photo"),
    Wrong(
      option: "--focal", values: ["0", "5000", "x"], range: "8 to 1200", command: "create photo"),
    Wrong(
      option: "--texture-size", values: ["0", "63", "8193", "x"], range: "64 to 8192",
      command: "create photo"),
    Wrong(option: "--gender", values: ["man", ""], range: "neutral", command: "create photo"),
    Wrong(
      option: "--steps", values: ["0", "1001", "x"], range: "1 to 1000", command: "create dinar"),
    Wrong(
      option: "--eta", values: ["-1", "2", "x"], range: "0 to 1", command: "create dinar",
      more: ["--solver", "ddim"]),
    Wrong(
      option: "--seed", values: ["-1", "x", "1.5"], range: "0 to 9223372036854775807",
      command: "create dinar"),
    Wrong(
      option: "--size", values: ["0", "63", "4097", "x"], range: "64 to 4096",
      command: "create sample-refine"),
    Wrong(
      option: "--refine-mode", values: ["mix", ""], range: "blend, add or noblend",
      command: "create sample-refine"),
    Wrong(
      option: "--concat", values: ["masks", ""], range: "vis_mask_c",
      command: "create sample-refine"),
    Wrong(
      option: "--texture-size", values: ["0", "63", "8193", "x"], range: "64 to 8192",
      command: "create sample-refine"),
    Wrong(
      option: "--seed", values: ["-1", "x", "1.5"], range: "0 to 9223372036854775807",
      command: "evaluate"),
    Wrong(
      option: "--psnr", values: ["-1", "201", "inf", "x"], range: "0 to 200", command: "compare"),
    Wrong(option: "--ssim", values: ["-1.1", "2", "nan"], range: "-1 to 1", command: "compare"),
    Wrong(option: "--ssim-full", values: ["-2", "1.5", "x"], range: "-1 to 1", command: "compare"),
    Wrong(option: "--ms-ssim", values: ["-2", "1.5", "x"], range: "-1 to 1", command: "compare"),
    Wrong(option: "--l1", values: ["-0.1", "1.1", "x"], range: "0 to 1", command: "compare"),
    Wrong(option: "--mse", values: ["-0.1", "1.1", "x"], range: "0 to 1", command: "compare"),
    Wrong(
      option: "--max-difference", values: ["-1", "256", "x"], range: "0 to 255",
      command: "compare"),
    Wrong(
      option: "--lpips-at-most", values: ["-1", "101", "x"], range: "0 to 100",
      command: "compare"),
    Wrong(option: "--alpha", values: ["grey", ""], range: "black", command: "compare"),
    Wrong(option: "--solver", values: ["euler", ""], range: "ddim", command: "create dinar"),
    Wrong(option: "--precision", values: ["half", ""], range: "fast", command: "create dinar"),
    Wrong(
      option: "--precision", values: ["half", ""], range: "fast",
      command: "create sample-refine"),
    Wrong(
      option: "--fps", values: ["0", "x", "-30", "1e9", "nan"], range: "0.01 to 100000",
      command: "convert"),
    Wrong(option: "--output-up", values: ["x", "-z", ""], range: "y", command: "convert"),
    Wrong(option: "--depth", values: ["0", "x", "-1"], range: "1 to 1000", command: "inspect"),
  ]

  /// The option, the value and what it may be are said, for numbers and for what is none.
  @Test(arguments: wrong) func wrongValuesNameTheRange(_ test: Wrong) throws {
    let scratch = try Scratch()
    for value in test.values {
      let result = try Program.run(
        Self.start(test.path, in: scratch) + test.more + [test.option, value])
      #expect(result.status == 64, "\(test.option) \(value): \(result.status) \(result.errors)")
      #expect(!result.errors.contains(" - "), "choices are a sentence: \(result.errors)")
      for text in [test.option, value, test.range] where !text.isEmpty {
        #expect(result.errors.contains(text), "'\(text)' is not in: \(result.errors)")
      }
    }
    #expect(scratch.files == [])
  }

  /// What the help of an option says, its error says too.
  @Test func helpSaysTheRange() throws {
    let listed = try Self.listed()
    for test in Self.wrong where test.range.contains(" to ") {
      let option = try #require(
        listed.first { $0.name == test.option && $0.command == test.path }, "\(test.option)")
      #expect(option.help.contains(test.range), "\(option.testDescription): \(option.help)")
    }
    for option in listed { #expect(!option.help.isEmpty, "\(option.testDescription)") }
    let background = try #require(listed.first { $0.name == "--background" })
    for color in ["white", "black", "studio", "green", "#rrggbb", "transparent"] {
      #expect(background.help.contains(color))
    }
    // A folder is called one where it is taken.
    for name in ["--output", "--mask-folder", "--body", "--tables"] {
      for option in listed
      where option.name == name && ![["make"], ["join"], ["convert"]].contains(option.command) {
        #expect(option.help.lowercased().contains("folder"), "\(option.testDescription)")
      }
    }
  }

  @Test(arguments: ["turntable", "animate", "export"])
  func helpIsShortAndGrouped(command: String) throws {
    let short = try Program.run([command, "--help"])
    let all = try Program.run([command, "--help-all"])
    #expect(short.status == 0 && all.status == 0)
    for title in ["OUTPUT", "PICTURE", "CAMERA"] {
      // One section each, whatever the case of its title.
      for text in [short.output, all.output] {
        let count = text.split(separator: "\n").count {
          $0.uppercased().hasPrefix("\(title) ") || $0.uppercased().hasPrefix("\(title):")
        }
        #expect(count == 1, "\(title) in \(text)")
      }
    }
    #expect(short.output.contains("--help-all") && short.output.contains("--focus"))
    for option in ["--threads", "--reach", "--precision", "--fov"] {
      #expect(!short.output.contains(option) && all.output.contains(option), "\(option)")
    }
    #expect(
      all.output.split(separator: "\n").count > short.output.split(separator: "\n").count + 15)
  }

  /// Options that would change nothing are refused, by name.
  @Test(arguments: [
    ["export", "sample", "-o", "@.png", "--time", "1"],
    ["export", "sample", "-o", "@.png", "--up", "z"],
    ["export", "sample", "-o", "@.png", "--facing", "keep"],
    ["export", "sample", "-o", "@.png", "--motion-shape"],
    ["export", "sample", "-o", "@.png", "--motion-fps", "30"],
    ["export", "sample", "-o", "@.png", "--motion", "wave", "--pose", "rest"],
    ["export", "sample", "-o", "@.png", "--motion", "wave", "--start", "1"],
    ["export", "sample", "-o", "@.png", "--motion", "wave", "--loop", "2"],
    ["export", "sample", "-o", "@.png", "--view", "left", "--yaw", "3"],
    ["export", "sample", "-o", "@.png", "--preview", "--quality", "high"],
    ["export", "sample", "-o", "@.png", "--pass", "depth", "--light", "none"],
    ["export", "sample", "-o", "@.png", "--pass", "mask", "--background", "black"],
    ["export", "sample", "-o", "@.png", "--pass", "uv", "--supersample", "2"],
    ["export", "sample", "-o", "@.png", "--distance", "2", "--margin", "2"],
    ["export", "male", "-o", "@.png", "--body", "female"],
    ["export", "sample", "-o", "@.png", "--budget", "30"],
    ["turntable", "sample", "-o", "@_%02d.png", "--crf", "18"],
    ["turntable", "sample", "-o", "@_%02d.png", "--preset", "fast"],
    ["turntable", "sample", "-o", "@.mp4", "--like", "dinar", "--yaw", "10"],
    ["turntable", "sample", "-o", "@.mp4", "--like", "dinar", "--pose", "rest"],
    ["turntable", "sample", "-o", "@.mp4", "--like", "dinar", "--focus", "head"],
    ["animate", "sample", "wave", "-o", "@.mp4", "--like", "dinar", "--camera", "follow"],
    ["animate", "sample", "wave", "-o", "@.mp4", "--like", "dinar", "--up", "z"],
    ["animate", "sample", "wave", "-o", "@.mp4", "--pose", "rest"],
    ["create", "standing", "-o", "@.safetensors", "--report", "x.png", "--no-report"],
    ["create", "a.jpg", "b.jpg", "-o", "@", "--mask", "m.png"],
    ["create", "a.jpg", "b.jpg", "-o", "@", "--fit", "f.npz"],
  ])
  func ignoredOptionsAreRefused(arguments: [String]) throws {
    let scratch = try Scratch()
    let result = try Program.run(
      arguments.map { $0.hasPrefix("@") ? scratch.path("x" + $0.dropFirst()) : $0 })
    #expect(result.status == 64, "\(result.errors)")
    let options = arguments.filter { $0.hasPrefix("--") }
    #expect(options.contains { result.errors.contains($0) }, "\(result.errors)")
    #expect(scratch.files == [])
  }

  @Test func timeBeyondTheMotion() throws {
    let scratch = try Scratch()
    let output = scratch.path("x.png")
    let late = try Program.run([
      "export", "sample", "-o", output, "--motion", "wave", "--time", "60",
    ])
    #expect(late.status == 64 && late.errors.contains("--time"), "\(late.errors)")
    #expect(late.errors.contains("0 to 2.983 seconds"), "\(late.errors)")
    #expect(scratch.files == [])
    let last = try Program.run([
      "export", "sample", "-o", output, "--motion", "wave", "--time", "2.983", "--size", "32",
    ])
    #expect(last.status == 0, "\(last.errors)")
  }

  @Test func fractionalQuality() throws {
    let scratch = try Scratch()
    var sizes: [Int] = []
    for crf in ["1", "18", "18.5", "19", "51"] {
      let path = scratch.path("\(crf).mp4")
      let result = try Program.run([
        "turntable", "sample", "-o", path, "--size", "160", "--seconds", "0.5", "--crf", crf,
      ])
      #expect(result.status == 0, "\(result.errors)")
      #expect(try VideoReader(path: path).info.profile == "High")
      sizes.append(try scratch.bytes("\(crf).mp4").count)
    }
    #expect(sizes == sizes.sorted(by: >) && Set(sizes).count == 5, "\(sizes)")
  }
}
