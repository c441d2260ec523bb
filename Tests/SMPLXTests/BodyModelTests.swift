/// Loading: layouts of columns, folders, and files that are wrong in one way each.
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import SMPLX

@Suite struct BodyModelTests {
  static func message(_ model: SyntheticModel) -> String {
    do {
      _ = try model.load()
      return "no error"
    } catch let error as ProgramError {
      #expect(error.file?.hasSuffix("model.npz") == true, "\(error)")
      #expect(error.code == .dataError, "\(error)")
      return error.description
    } catch {
      return "another error: \(error)"
    }
  }

  @Test(arguments: [(20, 10, 10), (400, 300, 100), (403, 300, 100), (16, 10, 6), (399, 10, 10)])
  func shapeColumns(columns: Int, shapes: Int, expressions: Int) throws {
    let synthetic = SyntheticModel(vertexCount: 19, columns: columns)
    let model = try synthetic.load()
    #expect(model.shapeCount == shapes)
    #expect(model.expressionCount == expressions)
    // One unit of the last coefficient moves vertices by exactly its column.
    let directions = try #require(synthetic["shapedirs"]).floats()
    let template = try #require(synthetic["v_template"]).floats()
    let firstExpression = columns >= 400 ? 300 : 10
    for (betas, expression, column) in [
      ([Float](repeating: 0, count: shapes - 1) + [1], [], shapes - 1),
      ([], [Float](repeating: 0, count: expressions - 1) + [1], firstExpression + expressions - 1),
    ] {
      let body = try ShapedBody(model: model, betas: betas, expression: expression)
      for vertex in 0..<19 {
        for axis in 0..<3 {
          let row = vertex * 3 + axis
          let expected = Double(template[row]) + Double(directions[row * columns + column])
          #expect(body.restVertices[vertex][axis] == Float(expected))
        }
      }
    }
  }

  @Test func columnsCanBeLimited() throws {
    let synthetic = SyntheticModel(vertexCount: 19, columns: 400)
    let whole = try synthetic.load()
    try synthetic.withFile { path in
      let limits = BodyModel.ColumnLimits(betas: 16, expression: 10)
      let model = try BodyModel.load(path: path, columnLimits: limits)
      #expect(model.shapeCount == 16 && model.expressionCount == 10)
      let (betas, face): ([Float], [Float]) = ([0.5, -1, 2], [1, 0, -0.5])
      let one = try ShapedBody(model: model, betas: betas, expression: face)
      let other = try ShapedBody(model: whole, betas: betas, expression: face)
      for vertex in 0..<19 {
        #expect(one.restVertices[vertex] == other.restVertices[vertex])
      }
      #expect(throws: ProgramError.self) {
        try ShapedBody(model: model, betas: [Float](repeating: 1, count: 17))
      }
    }
  }

  @Test func everyKeyOfTheFreeBody() throws {
    let path = Fixtures.asset("body/SMPLX_NEUTRAL.npz")
    let file = try NPZFile(path: path)
    let model = try BodyModel.load(path: path)
    #expect(model.vertexCount == (try file.header("v_template").shape[0]))
    #expect(model.faces.map { Int($0) } == (try file.tensor("f").ints()))
    #expect(model.uv == (try file.tensor("vt").floats()))
    #expect(model.uvFaces?.map { Int($0) } == (try file.tensor("ft").ints()))
    #expect(model.parts == (try file.tensor("part").bytes()))
    #expect(model.partNames == (try file.tensor("part_names").strings()))
    #expect(model.vertexMirror?.map { Int($0) } == (try file.tensor("vertex_mirror").ints()))
    #expect(model.vertexJointIDs == (try file.tensor("vertex_joint_ids").ints()))
    #expect(model.leftHandMean == (try file.tensor("hands_meanl").floats()))
    #expect(model.rightHandComponents == (try file.tensor("hands_componentsr").floats()))
    #expect(model.jointTotal(contour: true) == 144)
    #expect(model.jointTotal(contour: false) == 127)
    // Correctives are 1 % dense; in blocks they must stay small.
    #expect(model.poseColumns.byteCount < 4_000_000)
  }

  @Test func foldersAndGenders() throws {
    let folder = Fixtures.asset("body")
    for gender in ["neutral", "MALE", "female"] {
      let model = try BodyModel.load(path: folder, gender: gender)
      #expect(model.gender == gender.lowercased())
    }
    #expect(try BodyModel.load(path: folder).gender == "neutral")
    #expect(throws: ProgramError.self) { try BodyModel.load(path: folder, gender: "other") }
    #expect(throws: ProgramError.self) { try BodyModel.load(path: folder + "/nothing") }
    do {
      _ = try BodyModel.load(path: Fixtures.asset("motions"), gender: "male")
      Issue.record("a folder without bodies was accepted")
    } catch let error as ProgramError {
      #expect(error.code == .noInput)
      #expect(error.description.contains("SMPLX_MALE.npz"))
    }
  }

  @Test func standardVertexJointsNeedEnoughVertices() throws {
    var small = SyntheticModel(vertexCount: 30)
    small["vertex_joint_ids"] = nil
    #expect(try small.load().jointTotal(contour: true) == 144 - 21)
  }

  @Test func optionalKeysMayBeAbsent() throws {
    var model = SyntheticModel(vertexCount: 30)
    for key in [
      "lmk_faces_idx", "lmk_bary_coords", "dynamic_lmk_faces_idx", "dynamic_lmk_bary_coords",
    ] {
      model[key] = nil
    }
    let loaded = try model.load()
    #expect(loaded.jointTotal(contour: true) == 55 + 21)
    #expect(loaded.uv == nil && loaded.parts == nil && loaded.gender == nil)
  }

  @Test func doublesAndOtherIntegersAreRead() throws {
    let floats = SyntheticModel(vertexCount: 33)
    var doubles = floats
    for (name, tensor) in floats.arrays where tensor.scalarType == .float32 {
      doubles[name] = TensorData(shape: tensor.shape, doubles: try tensor.doubles())
    }
    doubles["f"] = TensorData(
      shape: [33, 3], int32s: try #require(floats["f"]).ints().map(Int32.init))
    let (one, other) = (try floats.load(), try doubles.load())
    #expect(one.template == other.template)
    #expect(one.faces == other.faces)
    let pool = WorkerPool(threads: 1)
    var random = TestRandom(state: 2)
    let pose = random.pose()
    let posers = try [one, other].map {
      BodyPoser(body: try ShapedBody(model: $0, betas: [1]), pool: pool)
    }
    for poser in posers { try poser.pose(pose) }
    #expect(BodyPosingTests.bytes(posers[0], 0) == BodyPosingTests.bytes(posers[1], 0))
  }

  @Test func officialPicklesAreRead() throws {
    let synthetic = SyntheticModel(vertexCount: 33)
    let pickle = try OfficialPickle(
      synthetic.arrays, chumpy: ["shapedirs", "v_template"], sparse: ["J_regressor"])
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("smplx-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(pickle.bytes).write(to: folder.appendingPathComponent("SMPLX_FEMALE.pkl"))
    let models = [
      try synthetic.load(), try BodyModel.load(path: folder.path, gender: "female"),
    ]
    #expect(models[1].gender == "female")
    let pool = WorkerPool(threads: 1)
    var random = TestRandom(state: 2)
    let pose = random.pose()
    let bytes = try models.map {
      let poser = BodyPoser(body: try ShapedBody(model: $0, betas: [1, 2]), pool: pool)
      try poser.pose(pose)
      return BodyPosingTests.bytes(poser, 0)
    }
    #expect(bytes[0] == bytes[1])
    // Cut anywhere, the file is refused.
    let path = folder.appendingPathComponent("cut.pkl").path
    for cut in stride(from: 0, to: pickle.bytes.count, by: pickle.bytes.count / 17) {
      try Data(pickle.bytes.prefix(cut)).write(to: URL(fileURLWithPath: path))
      #expect(throws: ProgramError.self) { try BodyModel.load(path: path) }
    }
  }

  @Test func missingKeysAreAllListed() {
    var model = SyntheticModel(vertexCount: 13)
    model["posedirs"] = nil
    model["weights"] = nil
    model["hands_meanl"] = nil
    let message = Self.message(model)
    for key in ["posedirs", "weights", "hands_meanl"] { #expect(message.contains(key)) }
    #expect(!message.contains("none of the name v_template"))
  }

  /// Bodies that would be loaded and never seen.
  @Test(arguments: [
    ("v_template", 5, Float(1e30)), ("v_template", 0, -101), ("shapedirs", 7, 1e9),
    ("posedirs", 486 * 3, 101), ("posedirs", 0, -1e38), ("J_regressor", 3, 1e9),
    ("J_regressor", 13 * 4, 99_000), ("weights", 55 * 2 + 1, 0.5), ("weights", 55, -1e20),
    ("hands_meanl", 3, 1e5), ("hands_componentsr", 8, -1e9), ("lmk_bary_coords", 2, 1e30),
  ])
  func numbersThatNoBodyHas(key: String, index: Int, value: Float) throws {
    var model = SyntheticModel(vertexCount: 13)
    let tensor = try #require(model[key])
    var values = try tensor.floats()
    values[index] += value
    model[key] = TensorData(shape: tensor.shape, floats: values)
    try model.withFile { path in
      let error = #expect(throws: ProgramError.self) { try BodyModel.load(path: path) }
      #expect(error?.code == .dataError && error?.key == key && error?.file == path)
      #expect(error?.expected != nil && error?.found != nil, "\(error.debugDescription)")
    }
  }

  @Test func aBodyWithoutTriangles() throws {
    var model = SyntheticModel(vertexCount: 13)
    model["f"] = TensorData(shape: [0, 3], int64s: [])
    #expect(Self.message(model).contains("no triangles"))
  }

  @Test func otherFilesSayWhatTheyAre() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("smplx-\(UUID().uuidString).npz").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let floats = TensorData(shape: [1], floats: [1])
    for (write, words) in [
      ({ try NPZ.write([("poses", floats), ("trans", floats)], to: path) }, "a motion"),
      ({ try NPZ.write([("x", floats)], to: path) }, "a NumPy archive of 1 array"),
      ({ try NPY.write(floats, to: path) }, "a NumPy array (.npy)"),
      (
        { try SafetensorsFile.write([("x", floats)], metadata: ["avatar": ""], to: path) },
        "an avatar"
      ),
      (
        { try Data("(dS'global_orient'\nNs.".utf8).write(to: URL(fileURLWithPath: path)) },
        "a motion (a Python pickle)"
      ),
      ({ try Data("x,y,z\n".utf8).write(to: URL(fileURLWithPath: path)) }, "a text file"),
    ] as [(() throws -> Void, String)] {
      try write()
      let error = #expect(throws: ProgramError.self) { try BodyModel.load(path: path) }
      #expect(
        error?.what == "not a body model" && error?.found == words, "\(error.debugDescription)")
    }
  }

  @Test func wrongFilesAreNamed() throws {
    for (content, code) in [
      ("", ProgramError.Code.dataError), ("PK", .dataError),
      ("not a body model at all", .dataError),
    ] {
      let path = FileManager.default.temporaryDirectory
        .appendingPathComponent("smplx-\(UUID().uuidString).npz").path
      defer { try? FileManager.default.removeItem(atPath: path) }
      try Data(content.utf8).write(to: URL(fileURLWithPath: path))
      do {
        _ = try BodyModel.load(path: path)
        Issue.record("\"\(content)\" was accepted")
      } catch let error as ProgramError {
        #expect(error.code == code, "\(error)")
        #expect(error.file == path, "\(error)")
      }
    }
  }

  /// A file cut anywhere is refused and never crashes.
  @Test func truncatedFilesAreRefused() throws {
    let model = SyntheticModel(vertexCount: 13)
    try model.withFile { path in
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      for cut in stride(from: 0, to: whole.count, by: whole.count / 23) {
        try whole.prefix(cut).write(to: URL(fileURLWithPath: path))
        #expect(throws: ProgramError.self) { try BodyModel.load(path: path) }
      }
    }
  }

  @Test func handsOfAnyNumberOfComponents() throws {
    let model = try SyntheticModel(vertexCount: 13).load()
    for count in [1, 6, 12, 45] {
      var random = TestRandom(state: UInt64(count))
      let coefficients = (0..<count).map { _ in random.next() }
      for flat in [false, true] {
        let hands = try HandPCA(model: model, componentCount: count, flatMean: flat)
        let left = try hands.left(coefficients)
        for number in 0..<45 {
          var expected: Double = flat ? 0 : Double(model.leftHandMean[number])
          for row in 0..<count {
            expected +=
              Double(coefficients[row]) * Double(model.leftHandComponents[row * 45 + number])
          }
          #expect(left[number / 3][number % 3] == Float(expected))
        }
        let zero = try hands.right(axisAngle: [Float](repeating: 0, count: 45))
        #expect(zero[14].z == (flat ? 0 : model.rightHandMean[44]))
      }
    }
    #expect(throws: ProgramError.self) { try HandPCA(model: model, componentCount: 0) }
    #expect(throws: ProgramError.self) { try HandPCA(model: model, componentCount: 46) }
    #expect(throws: ProgramError.self) { try HandPCA(model: model).left([1, 2]) }
    #expect(throws: ProgramError.self) { try HandPCA(model: model).left(axisAngle: [1, 2]) }
  }
}
