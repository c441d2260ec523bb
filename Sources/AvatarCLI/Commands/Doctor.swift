import ArgumentParser
import Avatar
import CSIMD
import Compute
import Foundation
import Media

struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Checks the processor, the libraries, the codecs and the assets.",
    discussion: "avatar doctor")

  func run() throws {
    var healthy = true
    func line(_ name: String, _ value: String, good: Bool = true) {
      let label = name.padding(toLength: 12, withPad: " ", startingAt: 0)
      print("\(good ? "ok  " : "BAD ") \(label)\(value)")
      if !good { healthy = false }
    }
    let march = String(cString: csimd_build_march())
    let missing = String(cString: csimd_missing_features())
    line(
      "build",
      "avatar \(Version.text) for "
        + (march.isEmpty ? "any processor (slow; AVATAR_MARCH=native is faster)" : march))
    line(
      "processor",
      Self.processorName()
        + ", \(WorkerPool.processorCount) processor\(WorkerPool.processorCount == 1 ? "" : "s")"
        + (missing.isEmpty ? "" : "; lacks \(missing)"), good: missing.isEmpty)
    for library in MediaLibraries.versions {
      line(library.name, library.version)
    }
    for codec in VideoFormat.all.map(\.codec) {
      let (encoder, isThere) = (codec.encoder.name, codec.encoder.isAvailable)
      line(
        codec.title, isThere ? "\(encoder) writes it" : "no \(encoder): videos cannot be written",
        good: isThere)
    }
    do {
      let assets = Assets.locate()
      line("assets", try assets.root)
      for kind in Assets.Kind.allCases {
        let names = assets.names(kind)
        line(
          kind.rawValue, names.isEmpty ? "none" : names.joined(separator: ", "),
          good: !names.isEmpty)
      }
      for name in assets.names(.avatar) {
        do {
          let person = try Person(avatar: name, assets: assets)
          line(
            name,
            "\(person.body.model.vertexCount) vertices, "
              + "\(person.body.model.faces.count / 3) triangles, loads")
        } catch let error as ProgramError {
          line(name, "\(error)", good: false)
        }
      }
    } catch let error as ProgramError {
      line("assets", "\(error)", good: false)
    }
    for folder in Assets.locate().bodyFolders {
      let count = Assets.bodyFiles(in: folder).count
      line(
        "your bodies", "\(folder) (AVATAR_BODIES): " + (count == 0 ? "none there" : "\(count)"),
        good: count > 0)
    }
    if !healthy { throw ExitCode(ProgramError.Code.unavailable.rawValue) }
  }

  static func processorName() -> String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
      ?? "unknown processor"
  }
}
