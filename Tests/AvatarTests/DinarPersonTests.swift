import Avatar
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

/// Persons of DINAR whose entries cannot be meant.
@Suite struct DinarPersonTests {
  private static func content(_ changes: [String: PickleValue] = [:]) -> PickleValue {
    func array(_ shape: [Int]) -> PickleValue {
      let count = shape.reduce(1, *)
      return .tensor(TensorData(shape: shape, floats: [Float](repeating: 0.1, count: count)))
    }
    var entries: [(String, PickleValue)] = [
      ("ntexture", array([1, 3, 4, 4])),
      (
        "calibration_matrix",
        .tensor(TensorData(shape: [1, 3, 3], floats: [30, 0, 16, 0, 30, 16, 0, 0, 1]))
      ),
      ("fake_rgb", array([1, 3, 32, 16])),
      ("person_id", .list([.string("person01")])),
      ("smplx_param", .dict([(.string("gender"), .string("male"))])),
    ]
    for (key, value) in changes { entries.append((key, value)) }
    return .dict(entries.map { (key: .string($0.0), value: $0.1) })
  }

  private static func person(_ changes: [String: PickleValue] = [:]) throws -> DinarPerson {
    try DinarPerson(content(changes), path: "persons/p.pkl")
  }

  private static func error(_ changes: [String: PickleValue]) -> ProgramError? {
    do {
      _ = try person(changes)
      return nil
    } catch { return error as? ProgramError }
  }

  @Test func whatIsWhole() throws {
    let person = try Self.person()
    #expect(person.name == "person01" && person.fileStem == "person01" && person.gender == "male")
    #expect(person.texture.shape == [3, 4, 4])
  }

  /// The name is kept for people; the file's name is one component whatever it says.
  @Test(arguments: [
    ("../../evil", "evil"), ("/var/x", "var_x"), ("a\0b", "a_b"), ("..", "person"), ("", "person"),
    ("s0000063_../x", "x"), (".hidden", "hidden"),
  ])
  func names(name: String, stem: String) throws {
    #expect(try Self.person(["person_id": .list([.string(name)])]).fileStem == stem)
    #expect(try Self.person(["person_id": .string(name)]).fileStem == stem)
  }

  /// A picture without pixels may claim any size.
  @Test(arguments: [
    [0, 3, 16384, 16384], [1, 0, 16384, 16384], [1, 3, 0, 32], [32],
  ])
  func picturesWithoutPixels(shape: [Int]) {
    let empty = TensorData(shape: shape, floats: [Float](repeating: 0, count: shape.reduce(1, *)))
    let error = Self.error(["fake_rgb": .tensor(empty)])
    #expect(error?.key == "fake_rgb" && error?.file == "persons/p.pkl" && error?.code == .dataError)
  }

  @Test func picturesThatNobodyCanDraw() {
    let wide = TensorData(
      scalarType: .bool, shape: [1, 1, 1, 16385], bytes: [UInt8](repeating: 0, count: 16385))
    #expect(Self.error(["fake_rgb": .tensor(wide)])?.what == "the picture is too large")
  }

  @Test func genders() throws {
    func with(_ gender: String) -> [String: PickleValue] {
      ["smplx_param": .dict([(key: .string("gender"), value: .string(gender))])]
    }
    #expect(try Self.person(with("FEMALE")).gender == "female")
    let error = Self.error(with("../../etc/passwd" + String(repeating: "x", count: 5000)))
    #expect(error?.code == .dataError && error?.key == "smplx_param.gender")
    #expect(error.map { $0.description.count < 400 } == true)
  }

  @Test func otherFilesSayWhatTheyAre() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (content, words) in [
      (Data("hello\n".utf8), "a text file"), (Data("(dS'poses'\nNs.".utf8), "a motion"),
      (try Data(contentsOf: URL(fileURLWithPath: Fixtures.asset("motions/wave.npz"))), "a motion"),
    ] {
      let path = folder.appendingPathComponent("p.pkl").path
      try content.write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: ProgramError.self) { try DinarPerson(path: path) }
      #expect(error?.what == "this is no person of DINAR" && error?.file == path)
      #expect(error?.found?.hasPrefix(words) == true, "\(error.debugDescription)")
    }
  }
}
