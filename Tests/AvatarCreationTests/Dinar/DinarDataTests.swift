import Compute
import Foundation
import Media
import SMPLX
import TensorFiles
import TestSupport
import Testing

@testable import AvatarCreation

/// Fits in all variants, boxes by hand, several photos, wrong data.
@Suite struct DinarDataTests {
  /// A fit's dictionary with some entries replaced, or removed (nil).
  static func fit(_ changes: [String: PickleValue?] = [:]) -> PickleValue {
    func row(_ count: Int, _ value: Float = 0.1) -> PickleValue {
      .tensor(
        TensorData(shape: [1, count], floats: [Float](repeating: value, count: count)))
    }
    var entries: [String: PickleValue] = [
      "betas": row(10), "expression": row(10), "global_orient": row(3), "body_pose": row(63),
      "jaw_pose": row(3), "left_hand_pose": row(6), "right_hand_pose": row(6),
      "camera_translation": row(3, 5),
    ]
    for (key, value) in changes { entries[key] = value }
    return .dict(entries.sorted { $0.key < $1.key }.map { (.string($0.key), $0.value) })
  }

  static func row(_ shape: [Int]) -> PickleValue {
    .tensor(TensorData(shape: shape, doubles: [Double](repeating: 0.1, count: shape.reduce(1, *))))
  }

  @Test func variants() throws {
    let bare = try DinarFit(Self.fit(), path: "x.pkl")
    #expect(bare.gender == "neutral" && bare.scale == 1 && bare.crop == nil)
    #expect(bare.translation == [5, 5, 5])
    let wrapped = PickleValue.dict([
      (.string("result"), .dict([(.string("smplx"), Self.fit(["gender": .string("Male")]))]))
    ])
    #expect(try DinarFit(wrapped, path: "x.pkl").gender == "male")
    let other = try DinarFit(
      Self.fit([
        "left_hand_pose": Self.row([1, 45]), "body_pose": Self.row([63]), "note": .string("?"),
        "frame_fns": PickleValue.none, "loss": Self.row([1]), "body_scale": Self.row([1, 1]),
        "ltrb": .list([.int(-3), .int(0), .int(20), .int(30)]),
      ]), path: "x.pkl")
    #expect(other.crop == CropBox(left: -3, top: 0, right: 20, bottom: 30))
    #expect(other.scale == 0.1)
    let keys = other.arrays.map(\.key)
    #expect(keys.contains("loss") && keys.contains("transl"))
    #expect(!keys.contains("note") && !keys.contains("frame_fns"))
    #expect(other.arrays.first { $0.key == "left_hand_pose" }?.value.shape == [1, 45])
    #expect(other.arrays.first { $0.key == "leye_pose" }?.value.scalarType == .float64)
  }

  @Test(arguments: [
    ("body_pose", [1, 32]), ("betas", [1, 300]), ("global_orient", [2, 3]),
    ("left_hand_pose", [1, 5]), ("transl", [4]), ("ltrb", [3]),
  ])
  func wrongShapes(key: String, shape: [Int]) throws {
    let error = try #require(throws: ProgramError.self) {
      try DinarFit(Self.fit([key: Self.row(shape), "camera_translation": nil]), path: "x.pkl")
    }
    #expect(error.key == key && error.file == "x.pkl" && error.found != nil)
    if key == "body_pose" { #expect(error.hint?.contains("VPoser") == true) }
  }

  /// What holds no numbers is not missing, it is wrong; None is nothing, and lists in lists are JSON's rows.
  @Test func wrongKinds() throws {
    for (value, found): (PickleValue, String) in [
      (.string("0.1"), "the text \"0.1\""), (.dict([]), "a dictionary"),
      (.list([]), "an empty list"),
      (.bytes([1]), "bytes"), (.list([.string("x")]), "a list of other things"),
      (
        .tensor(
          TensorData(scalarType: .bytes(1), shape: [63], bytes: [UInt8](repeating: 65, count: 63))),
        "an array of"
      ),
    ] {
      for key in ["body_pose", "camera_translation", "ltrb", "body_scale"] {
        let error = try #require(throws: ProgramError.self) {
          try DinarFit(Self.fit([key: value]), path: "x.pkl")
        }
        #expect(error.key == key && error.file == "x.pkl" && error.code == .dataError)
        #expect(error.found?.hasPrefix(found) == true, "\(error)")
      }
    }
    let absent = try DinarFit(Self.fit(["expression": PickleValue.none]), path: "x.pkl")
    #expect(!absent.arrays.contains { $0.key == "expression" })
    let numbers = PickleValue.list((0..<63).map { .float(Double($0) / 100) })
    let rows = try DinarFit(Self.fit(["body_pose": .list([numbers])]), path: "x.pkl")
    #expect(rows.arrays.first { $0.key == "body_pose" }?.value.shape == [1, 63])
  }

  @Test func wrongNumbers() {
    let bad = PickleValue.tensor(TensorData(shape: [1, 3], floats: [0, .nan, 0]))
    let changes: [[String: PickleValue?]] = [
      ["jaw_pose": bad], ["camera_translation": nil], ["gender": .string("x")],
      ["gender": .int(1)], ["body_scale": .float(0)], ["betas": .float(.infinity)],
      ["ltrb": .list([.int(9), .int(0), .int(3), .int(5)])],
    ]
    for change in changes {
      #expect(throws: ProgramError.self) { try DinarFit(Self.fit(change), path: "x.pkl") }
    }
    #expect(throws: ProgramError.self) { try DinarFit(.list([]), path: "x.pkl") }
  }

  @Test func whiteWrapsOnlyForParity() {
    let picture = Tensor(shape: [1, 1, 1, 4], [-1, 0, 0.999, 1])
    #expect(KnownTexture.bytes(of: picture) == [0, 128, 255, 0])
    #expect(KnownTexture.bytes(of: picture, wrapsWhite: false) == [0, 128, 255, 255])
  }

  @Test func boxes() throws {
    let box = CropBox(around: [SIMD2(-3.9, 2.2), SIMD2(10.7, 9.9)])
    #expect(box == CropBox(left: -3, top: 2, right: 10, bottom: 9))
    #expect(box.squared == CropBox(left: -3, top: -1, right: 10, bottom: 12))
    #expect(box.squared.scaled(by: 1.2) == CropBox(left: -4, top: -2, right: 11, bottom: 13))
    #expect(CropBox(around: [0, 0, 0, 0], width: 2, height: 2) == nil)
    let picture = try Picture(width: 2, height: 1, channels: 1, bytes: [7, 8])
    #expect(
      try picture.padded(from: -1, -1, width: 4, height: 2).bytes() == [0, 0, 0, 0, 0, 7, 8, 0])
    #expect(try picture.padded(from: 5, 0, width: 2, height: 1).bytes() == [0, 0])
    #expect(throws: ProgramError.self) { try picture.padded(from: 0, 0, width: 0, height: 1) }
  }

  @Test(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
  func severalPhotos() throws {
    let stages = try DinarTextureParityTests.Stages()
    let one = stages.known
    var other = one
    // Faces the camera a little more on even texels, and knows nothing on the first half.
    for texel in other.mask.indices where other.mask[texel] > 0 {
      other.angles[texel] = one.angles[texel] &+ (texel % 2 == 0 ? 1 : 0)
      if texel < other.mask.count / 2 { other.mask[texel] = 0 }
    }
    for index in other.colors.indices { other.colors[index] ^= 0xff }
    let (merged, shares) = try KnownTexture.merging([one, other])
    let count = one.size * one.size
    #expect(merged.mask == one.mask)
    for texel in 0..<count where one.mask[texel] > 0 {
      let isOther = texel >= count / 2 && texel % 2 == 0 && one.angles[texel] < 255
      #expect(merged.colors[texel] == (isOther ? other : one).colors[texel])
    }
    #expect(shares.reduce(0, +) == one.mask.filter { $0 > 0 }.count && shares[1] > 0)
    #expect(try KnownTexture.merging([one]).0 == one)
    #expect(throws: ProgramError.self) { try KnownTexture.merging([]) }
  }

  @Test(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
  func checks() throws {
    let fixture = try DinarFixture()
    let check = DinarDataCheck(
      sampler: fixture.sampler, bodies: fixture.bodies, pool: fixture.pool)
    let findings = check.findings(in: fixture.folder)
    #expect(findings.map(\.name) == fixture.folder.persons.map(\.name))
    for finding in findings {
      #expect(finding.error == nil, "\(finding.name)")
      #expect(finding.overlap ?? 0 > 0.5, "\(finding.name) \(finding.overlap ?? 0)")
      // Enlarged by a whole number, for its letters.
      let width = try #require(finding.overlay?.width)
      #expect(width % fixture.side == 0 && width >= 384)
      #expect(width == fixture.side || fixture.side < 384 && width < 384 + fixture.side)
    }
    // Photo and fit of different persons, and a mask of another size.
    var mixed = fixture.folder.persons[0]
    mixed.mask = fixture.folder.persons[1].mask
    let wrong = check.finding(mixed)
    #expect(wrong.error?.file == mixed.mask)
    let sizes = try [mixed.photo, mixed.mask].map { try PictureFile.read(path: $0) }
      .map { "\($0.width) x \($0.height)" }
    if sizes[0] != sizes[1] {
      #expect(wrong.error?.expected == sizes[0] && wrong.error?.found == sizes[1])
    }
    mixed.mask = mixed.fit
    #expect(check.finding(mixed).error?.file == mixed.fit)
  }

  /// A box off the photo, or of a part without the person, is the fit's fault; an empty mask is the mask's.
  @Test(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
  func boxesOffThePhoto() throws {
    let fixture = try DinarFixture()
    func picture(_ value: (Int, Int) -> UInt8) throws -> Picture {
      try Picture(
        width: 40, height: 30, channels: 1,
        bytes: (0..<1200).map { value($0 % 40, $0 / 40) })
    }
    let place = PickleValue.tensor(TensorData(shape: [1, 3], floats: [0, 0, 300]))
    func sample(_ box: [Int], mask: Picture) throws -> DinarSample {
      try fixture.sampler.sample(
        name: "x", photo: picture { _, _ in 90 }, mask: mask,
        fit: DinarFit(
          Self.fit(["camera_translation": place, "ltrb": .list(box.map { .int($0) })]),
          path: "x.pkl"), maskPath: "m.png")
    }
    let left = try picture { x, _ in x < 10 ? 255 : 0 }
    for box in [[50, 0, 80, 30], [-30, 0, 0, 30], [0, 30, 40, 60], [10, 0, 40, 30]] {
      let error = try #require(throws: ProgramError.self) { try sample(box, mask: left) }
      #expect(error.key == "ltrb" && error.file != "m.png", "\(box)")
      #expect(error.found == box.map(String.init).joined(separator: ", "))
    }
    #expect(try sample([5, 0, 40, 30], mask: left).side == fixture.side)
    let error = try #require(throws: ProgramError.self) {
      try sample([0, 0, 40, 30], mask: picture { _, _ in 0 })
    }
    #expect(error.file == "m.png")
  }

  /// Fits moved up by a share of the photo: the head leaves it first.
  @Test(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
  func headsOutsideOfThePhoto() throws {
    let fixture = try DinarFixture()
    let check = DinarDataCheck(
      sampler: fixture.sampler, bodies: fixture.bodies, pool: fixture.pool)
    let white = try Picture(
      width: 200, height: 300, channels: 1, bytes: [UInt8](repeating: 255, count: 60_000))
    let distance: Float = 60
    func sample(_ up: Float) throws -> DinarSample {
      let changes: [String: PickleValue?] = [
        "global_orient": .tensor(TensorData(shape: [1, 3], floats: [.pi, 0, 0])),
        "camera_translation": .tensor(TensorData(shape: [1, 3], floats: [0, -up, distance])),
        "body_pose": Self.zeros(63),
      ]
      return try fixture.sampler.sample(
        name: "x", photo: white, mask: white, fit: DinarFit(Self.fit(changes), path: "x.pkl"))
    }
    // Rows of the photo in which the head's vertices lie, the highest first.
    let first = try sample(0)
    let joints = first.body.model.dominantJoints()
    let step = Float(first.cut.box.width) / Float(first.side)
    let rows = fixture.bodies.surface.vertices.indices.filter {
      [15, 22, 23, 24].contains(joints[Int(fixture.bodies.surface.vertices[$0])])
    }.map {
      first.vertices[3 * $0 + 1] / first.vertices[3 * $0 + 2] * step + Float(first.cut.box.top)
    }.sorted()
    try #require(rows.count > 10)
    for (row, says): (Float, String?) in [
      (rows[0] - 5, nil), (rows[rows.count * 3 / 10], "the photo cuts the head off"),
      (rows[rows.count * 8 / 10], "the head lies outside of the photo"),
    ] {
      let moved = try sample(row * distance / 5000)
      let found = try check.finding(moved, photo: white, path: "x.pkl").remarks
        .joined(separator: "\n")
      #expect(says.map(found.contains) ?? !found.contains("the head"), "\(row): \(found)")
    }
  }

  static func zeros(_ count: Int) -> PickleValue {
    .tensor(TensorData(shape: [1, count], floats: [Float](repeating: 0, count: count)))
  }

  @Test(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
  func photoFitsKeepTheirPixels() throws {
    let fixture = try DinarFixture()
    let body = try fixture.sampler.body("neutral")
    var pose = BodyPose()
    pose.rotations[0] = [.pi, 0, 0]
    pose.rotations[16] = [0, 0.3, -0.7]
    let hands = try HandPCA(model: body.model)
    pose.rotations.replaceSubrange(25..<40, with: try hands.left([0.3, 0, 0.2, 0, 0, 0.1]))
    pose.rotations.replaceSubrange(40..<55, with: try hands.right([0, 0.1, 0, 0.4, 0, 0]))
    (pose.rotations[23], pose.rotations[24]) = (Gaze.dinar.leftEye, Gaze.dinar.rightEye)
    pose.translation = [0.1, 0.3, 3]
    let betas: [Float] = [1, -0.5, 0.2]
    let (width, height) = (301, 400)
    let camera = PinholeCamera.aligned(
      focalLength: SIMD2(repeating: 480), principalPoint: SIMD2(150.5, 200))
    let fit = BodyFit(betas: betas, pose: pose, camera: camera, width: width, height: height)
    let sample = try fixture.sampler.sample(
      name: "x",
      photo: Photo(
        width: width, height: height,
        pixels: [UInt8](repeating: 90, count: 3 * width * height)),
      matte: Matte(
        width: width, height: height, coverage: [Float](repeating: 1, count: width * height)),
      fit: fit, gender: "neutral", path: "x.png")
    let poser = BodyPoser(
      body: try ShapedBody(model: body.model, betas: betas), pool: fixture.pool)
    try poser.pose(pose)
    let posed = poser.vertices()
    let box = sample.cut.box
    let scale = Float(sample.side) / Float(box.width)
    for (row, vertex) in fixture.bodies.surface.vertices.enumerated() {
      let point = posed[Int(vertex)]
      let (x, y) = (480 * point.x / point.z + 150.5, 480 * point.y / point.z + 200)
      let v = sample.vertices[3 * row..<3 * row + 3].map { $0 }
      #expect(abs(v[0] / v[2] - (x - Float(box.left)) * scale) < 0.02)
      #expect(abs(v[1] / v[2] - (y - Float(box.top)) * scale) < 0.02)
    }
  }

  @Test func foldersSayWhatIsMissing() throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: root) }
    #expect(throws: ProgramError.self) { try DinarFolder(path: root) }
    for file in [
      "rgb/b.jpg", "rgb/a.png", "rgb/a.x.png", "rgb/c.1.png", "rgb/.hidden.png", "rgb/notes.txt",
      "segm/a.png", "segm/b.png", "segm/d.png", "smplx/a.pkl", "smplx/b.pkl",
    ] {
      let path = "\(root)/\(file)"
      try OutputFolder.create(PathParts(path).folder)
      try Data().write(to: URL(fileURLWithPath: path))
    }
    let folder = try DinarFolder(path: root)
    #expect(folder.persons.map(\.name) == ["a", "b"])
    #expect(folder.persons[0].photo == "\(root)/rgb/a.png")
    #expect(folder.persons[1].photo == "\(root)/rgb/b.jpg")
    #expect(folder.incomplete.map(\.name) == ["c", "d"])
    #expect(folder.incomplete[0].error.expected == "segm/c.png and smplx/c.pkl")
    #expect(DinarFolder.matches(root) && !DinarFolder.matches("\(root)/rgb"))
  }

  @Test(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
  func threadsChangeNothing() throws {
    let results = try [1, 2, 5].map { threads in
      let fixture = try DinarFixture(threads: threads)
      let sample = try fixture.sampler.sample(fixture.folder.persons[0])
      let raster = try fixture.raster(sample)
      let known = try KnownTexture(sample, raster: raster, size: fixture.textureSize)
      let drawn = try DinarMaps.read(
        nil, body: fixture.sampler.body("neutral").model, surface: fixture.bodies.surface, size: 64,
        pool: fixture.pool
      ).0
      return (sample.vertices, sample.inputRGB, raster.uv, known, drawn.islands)
    }
    for other in results.dropFirst() {
      let first = results[0]
      #expect(other.0 == first.0 && other.1 == first.1 && other.2 == first.2)
      #expect(other.3 == first.3 && other.4 == first.4)
    }
  }

  @Test(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
  func fitsFarFromThePhoto() throws {
    let fixture = try DinarFixture()
    let white = try Picture(
      width: 40, height: 30, channels: 1, bytes: [UInt8](repeating: 255, count: 1200))
    let black = try Picture(
      width: 40, height: 30, channels: 1, bytes: [UInt8](repeating: 0, count: 1200))
    func sample(at place: [Float], mask: Picture) throws -> DinarSample {
      let moved = PickleValue.tensor(TensorData(shape: [1, 3], floats: place))
      return try fixture.sampler.sample(
        name: "x", photo: white, mask: mask,
        fit: DinarFit(Self.fit(["camera_translation": moved]), path: "x.pkl"), maskPath: "m.png")
    }
    for place: [Float] in [[0, 0, -5], [0, 0, 0], [900, 0, 50], [0, 0, 5], [1e5, 0, 3]] {
      let error = try #require(throws: ProgramError.self) { try sample(at: place, mask: white) }
      #expect(error.key == "camera_translation", "\(place)")
    }
    let error = try #require(throws: ProgramError.self) {
      try sample(at: [0, 0, 300], mask: black)
    }
    #expect(error.file == "m.png")
    #expect(try sample(at: [0, 0, 300], mask: white).side == fixture.side)
  }
}
