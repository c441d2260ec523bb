import Avatar
import Compute
import Foundation
import Media
import TestSupport
import Testing

/// From a photo to an avatar, as a user does it, and what happens to photos that are none.
@Suite(.serialized) struct CreateTests {
  private static let photo = Fixtures.asset("photos/standing.jpg")
  private let small = ["--texture-size", "128", "--no-report"]

  /// The bundled photo with other rows or columns, or other pixels.
  private func write(
    _ name: String, in scratch: Scratch, rows: Range<Int>? = nil, columns: Range<Int>? = nil
  ) throws -> String {
    let picture = try PictureFile.read(path: Self.photo)
    let (rows, columns) = (rows ?? 0..<picture.height, columns ?? 0..<picture.width)
    let all = picture.bytes()
    let bytes = rows.flatMap { y in
      all[((y * picture.width + columns.lowerBound) * 3)..<((y * picture.width + columns.upperBound) * 3)]
    }
    let path = scratch.path(name)
    try PNGFile.write(
      Picture(width: columns.count, height: rows.count, channels: 3, bytes: bytes), to: path)
    return path
  }

  /// The two commands of the README, by bundled name; the photo's camera sees the person where it was.
  @Test func aPhotoBecomesAnAvatarThatMoves() throws {
    let scratch = try Scratch()
    let avatar = scratch.path("me.safetensors")
    let created = try Program.run(["create", "standing", "-o", avatar, "--texture-size", "256"])
    #expect(created.status == 0, "\(created.errors)")
    #expect(scratch.files == ["me.report.png", "me.safetensors"])
    #expect(try PNGFile.read(path: scratch.path("me.report.png")).width > 1000)
    let file = try AvatarFile(path: avatar)
    let photo = try #require(file.description.photo)
    #expect(photo.width == 1080 && photo.height == 720)
    #expect(file.description.decoder.light == "none")
    #expect(file.description.provenance?.contains("standing.jpg") == true)
    #expect(file.description.provenance?.contains("/") == false)
    #expect(try file.offsets()?.contains { $0 != .zero } == true)
    let moved = try Program.run([
      "animate", avatar, "wave", "-o", scratch.path("me.mp4"), "--size", "64", "--frames", "0-2",
    ])
    #expect(moved.status == 0, "\(moved.errors)")
  }

  @Test func threadsChangeNothing() throws {
    let scratch = try Scratch()
    var files: [Data] = []
    for threads in ["1", "2", "5"] {
      let path = scratch.path("\(threads).safetensors")
      let result = try Program.run(
        ["create", "standing", "-o", path, "--name", "x", "--threads", threads] + small)
      #expect(result.status == 0, "\(result.errors)")
      files.append(try scratch.bytes("\(threads).safetensors"))
    }
    #expect(files[0] == files[1] && files[0] == files[2])
  }

  /// One sentence, the status of bad data, and nothing left behind.
  @Test func photosThatAreNone() throws {
    let scratch = try Scratch()
    let flat = scratch.path("flat.png")
    try PNGFile.write(
      Picture(
        width: 300, height: 200, channels: 3,
        bytes: [UInt8](repeating: 120, count: 300 * 200 * 3)), to: flat)
    try Data("GIF89a".utf8).write(to: URL(fileURLWithPath: scratch.path("cut.gif")))
    try Data("hello".utf8).write(to: URL(fileURLWithPath: scratch.path("text.jpg")))
    let whole = try Data(contentsOf: URL(fileURLWithPath: Self.photo))
    try whole.prefix(9000).write(to: URL(fileURLWithPath: scratch.path("cut.jpg")))
    let before = scratch.files
    for (photo, status, words) in [
      ("flat.png", 65, "nobody"), ("cut.gif", 65, "GIF"), ("text.jpg", 65, "text file"),
      ("cut.jpg", 65, "JPEG"), ("none.jpg", 66, "none.jpg"),
    ] as [(String, Int32, String)] {
      for command in [
        ["create", scratch.path(photo), "-o", scratch.path("x.safetensors")],
        ["fit", scratch.path(photo), "-o", scratch.path("x.npz")],
        ["check", scratch.path(photo)],
      ] {
        let result = try Program.run(command)
        #expect(result.status == status, "\(command): \(result.errors)")
        #expect(result.errors.contains(words) && result.errors.contains("error:"), "\(result.errors)")
        #expect(result.errors.components(separatedBy: "error:").count == 2)
      }
    }
    #expect(scratch.files == before)
  }

  /// What shows a part of somebody becomes an avatar with a warning, or is refused in a sentence.
  @Test func partsOfAPerson() throws {
    let scratch = try Scratch()
    let noFeet = try write("feet.png", in: scratch, rows: 0..<540)
    let half = try write("half.png", in: scratch, rows: 0..<330)
    for path in [noFeet, half] {
      let output = path + ".safetensors"
      let result = try Program.run(["create", path, "-o", output] + small)
      #expect([0, 65].contains(result.status), "\(result.errors)")
      #expect(result.errors.contains(result.status == 0 ? "warning:" : "error:"), "\(result.errors)")
      #expect(FileManager.default.fileExists(atPath: output) == (result.status == 0))
    }
    let cut = try Program.run(["check", noFeet])
    #expect(cut.status == 0 && cut.output.contains("feet     poor"), "\(cut.output)")
  }

  @Test func checkSaysHowGoodAPhotoIs() throws {
    let result = try Program.run(["check", "standing"])
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    for text in ["1080 x 720, one person", "size ", "face ", "hands    good", "feet     good"] {
      #expect(result.output.contains(text), "\(text) in \(result.output)")
    }
    let second = try Program.run(["check", "standing", "--person", "2"])
    #expect(second.status == 64 && second.errors.contains("--person"), "\(second.errors)")
  }

  /// A fit goes out and comes in again.
  @Test func fits() throws {
    let scratch = try Scratch()
    let fit = scratch.path("fit.npz")
    let fitted = try Program.run(["fit", "standing", "-o", fit])
    #expect(fitted.status == 0, "\(fitted.errors)")
    let (one, two) = (scratch.path("1.safetensors"), scratch.path("2.safetensors"))
    let given = try Program.run(["create", "standing", "-o", one, "--fit", fit] + small)
    #expect(given.status == 0, "\(given.errors)")
    let found = try Program.run(
      ["create", "standing", "-o", two, "--write-fit", scratch.path("again.npz")] + small)
    #expect(found.status == 0, "\(found.errors)")
    let betas = try [one, two].map { try AvatarFile(path: $0).description.betas }
    #expect(zip(betas[0], betas[1]).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(try scratch.bytes("fit.npz").count == scratch.bytes("again.npz").count)
    let wrong = try Program.run(
      ["create", try write("part.png", in: scratch, columns: 300..<900), "-o", scratch.path("3.safetensors"),
        "--fit", fit])
    #expect(wrong.status == 65 && wrong.errors.contains("proportions"), "\(wrong.errors)")
  }

  /// A mask of the user's wins; one that leaves nothing is said.
  @Test func masks() throws {
    let scratch = try Scratch()
    func mask(_ name: String, _ value: (Int, Int) -> UInt8, height: Int = 720) throws -> String {
      let bytes = (0..<height).flatMap { y in (0..<1080).map { value($0, y) } }
      try PNGFile.write(
        Picture(width: 1080, height: height, channels: 1, bytes: bytes), to: scratch.path(name))
      return scratch.path(name)
    }
    let black = try mask("black.png") { _, _ in 0 }
    let other = try mask("other.png", { _, _ in 255 }, height: 500)
    let output = scratch.path("x.safetensors")
    for (path, words) in [(black, "leaves nothing"), (other, "another picture")] {
      let result = try Program.run(["create", "standing", "-o", output, "--mask", path])
      #expect(result.status == 65 && result.errors.contains(words), "\(result.errors)")
    }
    #expect(scratch.files == ["black.png", "other.png"])
  }

  /// Folders: bad photos are said and the others made; what is there already is left alone.
  @Test func batches() throws {
    let scratch = try Scratch()
    let photos = scratch.path("photos")
    try FileManager.default.createDirectory(atPath: photos, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: Self.photo, toPath: photos + "/b.jpg")
    try Data("hello".utf8).write(to: URL(fileURLWithPath: photos + "/a.png"))
    try Data("hello".utf8).write(to: URL(fileURLWithPath: photos + "/notes.txt"))
    let output = scratch.path("people") + "/"
    let first = try Program.run(["create", photos, "-o", output] + small)
    #expect(first.status == 65 && first.errors.contains("a.png"), "\(first.errors)")
    #expect(first.errors.contains("1 of 2 photos failed"), "\(first.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: output) == ["b.safetensors"])
    try FileManager.default.removeItem(atPath: photos + "/a.png")
    let again = try Program.run(["create", photos, "-o", output] + small)
    #expect(again.status == 0 && again.errors.contains("nothing is missing"), "\(again.errors)")
    let single = output + "b.safetensors"
    let exists = try Program.run(["create", "standing", "-o", single])
    #expect(exists.status == 73 && exists.errors.contains("--force"), "\(exists.errors)")
    for arguments in [
      ["create", "standing", photos, "-o", scratch.path("one.safetensors")],
      ["create", photos + "/b.jpg", photos + "/../photos/b.jpg", "-o", output],
      ["create", "standing", "-o", scratch.path("me.obj")],
    ] {
      let result = try Program.run(arguments)
      #expect(result.status == 64, "\(arguments): \(result.errors)")
    }
  }

  @Test func checkpointsWaitForTheirTime() throws {
    let scratch = try Scratch()
    let result = try Program.run([
      "create", "standing", "-o", scratch.path("x.safetensors"), "--with",
      Fixtures.asset("avatars/sample.safetensors"),
    ])
    #expect(result.status == 65 && result.errors.contains("--with"), "\(result.errors)")
    #expect(scratch.files == [])
  }
}
