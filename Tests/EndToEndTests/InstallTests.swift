import Foundation
import Media
import TestSupport
import Testing

/// `make install`: a program that finds what ships relative to itself, from any folder.
@Suite(.serialized) struct InstallTests {
  private func shell(_ script: String, _ arguments: [String], in folder: URL) throws
    -> Program.Result
  {
    let (process, output, errors) = try Program.start(
      ["-c", script, "sh"] + arguments, environment: ["AVATAR_ASSETS": ""], program: "/bin/sh",
      folder: folder.path)
    return Program.finish(process, output, errors)
  }

  @Test func installedProgramFindsItsAssets() throws {
    let scratch = try Scratch()
    let prefix = scratch.path("a prefix")
    let elsewhere = scratch.url.appendingPathComponent("elsewhere")
    try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: true)
    let root = Fixtures.packageRoot.path
    let installed = try shell(
      "make -s -C \"$1\" install AVATAR=\"$2\" PREFIX=\"$3\"", [root, Program.path, prefix],
      in: elsewhere)
    #expect(installed.status == 0, "\(installed.errors)")
    let listed = try shell("\"$1/bin/avatar\" list", [prefix], in: elsewhere)
    #expect(listed.status == 0, "\(listed.errors)")
    let paths = listed.output.split(separator: "\n")
    #expect(paths.count >= 6)
    #expect(paths.allSatisfy { $0.contains("\(prefix)/share/avatar/") }, "\(listed.output)")
    // Through a link in another folder.
    let run = try shell(
      "ln -s \"$1/bin/avatar\" tool && ./tool export sample -o a.png --size 32 && ./tool doctor",
      [prefix], in: elsewhere)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("\(prefix)/share/avatar"))
    #expect(try PNGFile.read(path: elsewhere.path + "/a.png").width == 32)
    // Moved as a whole.
    let moved = scratch.path("moved")
    try FileManager.default.moveItem(atPath: prefix, toPath: moved)
    #expect(try shell("\"$1/bin/avatar\" list", [moved], in: elsewhere).output.contains(moved))
    // Into a package's folder.
    let staged = try shell(
      "make -s -C \"$1\" install AVATAR=\"$2\" PREFIX=/usr DESTDIR=\"$3\"",
      [root, Program.path, scratch.path("stage")], in: elsewhere)
    #expect(staged.status == 0, "\(staged.errors)")
    #expect(FileManager.default.isExecutableFile(atPath: scratch.path("stage/usr/bin/avatar")))
    #expect(
      FileManager.default.fileExists(
        atPath: scratch.path("stage/usr/share/avatar/body/SMPLX_NEUTRAL.npz")))
  }
}
