// Turns the arrays of a body file into the parts of a `BodyModel`, trusting none of them.

import Compute
import TensorFiles

/// One reading of one file.
struct BodyModelLoader {
  let arrays: BodyArrays
  /// Of the file.
  let path: String
  let columnLimits: BodyModel.ColumnLimits

  private static let jointCount = BodyPose.jointCount
  private static let vertexLimit = 1 << 24

  func load() throws -> BodyModel.Parts {
    let missing = BodyModel.requiredKeys.filter { !arrays.contains($0) }
    guard missing.isEmpty else {
      throw ProgramError(
        .dataError, "not a SMPL-X body model: arrays are missing",
        expected: BodyModel.requiredKeys.joined(separator: ", "),
        found: "none of the name \(missing.joined(separator: ", "))",
        hint: "SMPL and SMPL-H files have no face and other joints; take the SMPL-X file")
    }
    let (vertexCount, shapeRange, expressionRange, rowLength) = try checkShapes()
    let faces = try arrays.indices("f", shape: [nil, 3], below: vertexCount)
    guard !faces.isEmpty else {
      throw ProgramError(
        .dataError, "the body has no triangles", key: "f", expected: "at least one", found: "none")
    }
    let (uv, uvFaces) = try texture(faceCount: faces.count / 3)
    let (parts, partNames) = try parts(vertexCount)
    let contour = try contour(faces)
    let directions = try arrays.naming("shapedirs") {
      try arrays.columns(
        "shapedirs", vertexCount: vertexCount, rowLength: rowLength,
        ranges: [
          shapeRange.prefix(columnLimits.betas ?? .max),
          expressionRange.prefix(columnLimits.expression ?? .max),
        ])
    }
    let poseLength = (Self.jointCount - 1) * 9
    let correctives = try arrays.naming("posedirs") {
      try arrays.columns(
        "posedirs", vertexCount: vertexCount, rowLength: poseLength, ranges: [0..<poseLength])
    }
    let template = try arrays.floats(
      "v_template", shape: [vertexCount, 3], within: BodyLimits.extent)
    let regressor = try regressor(template, vertexCount)
    return BodyModel.Parts(
      vertexCount: vertexCount, parents: try parents(), faces: faces.map { UInt32($0) }, uv: uv,
      uvFaces: uvFaces, parts: parts, partNames: partNames,
      vertexMirror: arrays.contains("vertex_mirror")
        ? try arrays.indices("vertex_mirror", shape: [vertexCount], below: vertexCount).map {
          UInt32($0)
        }
        : nil,
      path: path,
      leftHandMean: try arrays.floats("hands_meanl", shape: [45], within: BodyLimits.angle),
      rightHandMean: try arrays.floats("hands_meanr", shape: [45], within: BodyLimits.angle),
      leftHandComponents: try arrays.floats(
        "hands_componentsl", shape: [45, 45], within: BodyLimits.angle),
      rightHandComponents: try arrays.floats(
        "hands_componentsr", shape: [45, 45], within: BodyLimits.angle),
      vertexJointIDs: try vertexJoints(vertexCount),
      landmarks: try landmarks(faces), contour: contour,
      template: planar(template, count: vertexCount),
      shapeColumns: directions[0], expressionColumns: directions[1],
      poseColumns: correctives[0],
      weights: SkinningWeights(
        try skinningWeights(vertexCount), vertexCount: vertexCount, jointCount: Self.jointCount),
      regressor: regressor)
  }

  /// Joints lie where vertices may.
  private func regressor(_ template: [Float], _ vertexCount: Int) throws -> JointRegressor {
    let key = "J_regressor"
    let regressor = JointRegressor(
      dense: try arrays.floats(
        key, shape: [Self.jointCount, vertexCount], within: BodyLimits.weight),
      jointCount: Self.jointCount, vertexCount: vertexCount)
    let joints = regressor {
      SIMD3(Double(template[3 * $0]), Double(template[3 * $0 + 1]), Double(template[3 * $0 + 2]))
    }
    for (joint, position) in joints.enumerated() {
      let farthest = Float(max(abs(position.x), abs(position.y), abs(position.z)))
      guard BodyLimits.extent.allows(farthest) else {
        throw ProgramError(
          .dataError, "joint \(joint) lies far outside of the body", key: key,
          expected: "joints within \(Int(BodyLimits.extent.magnitude)) metres",
          found: "\(farthest) metres")
      }
    }
    return regressor
  }

  /// (V, J): each vertex follows its joints wholly.
  private func skinningWeights(_ vertexCount: Int) throws -> [Float] {
    let weights = try arrays.floats(
      "weights", shape: [vertexCount, Self.jointCount], within: BodyLimits.weight)
    for vertex in 0..<vertexCount {
      let sum = weights[vertex * Self.jointCount..<(vertex + 1) * Self.jointCount].reduce(0, +)
      guard abs(sum - 1) <= BodyLimits.weightSumError else {
        throw ProgramError(
          .dataError, "the skinning weights of vertex \(vertex) do not add up to 1",
          key: "weights", expected: "0.95 to 1.05", found: "\(sum)")
      }
    }
    return weights
  }

  /// Checks the large arrays' shapes before any of them is read.
  private func checkShapes() throws -> (
    vertexCount: Int, shape: Range<Int>, expression: Range<Int>, rowLength: Int
  ) {
    let template = try arrays.shape("v_template")
    guard template.count == 2, template[1] == 3, template[0] > 0, template[0] < Self.vertexLimit
    else { throw arrays.wrongShape("v_template", "(V, 3)", template) }
    let vertexCount = template[0]
    let directions = try arrays.shape("shapedirs")
    guard directions.count == 3, directions[0] == vertexCount, directions[1] == 3,
      (1...4096).contains(directions[2])
    else { throw arrays.wrongShape("shapedirs", "(\(vertexCount), 3, 20 or 400)", directions) }
    let pose = try arrays.shape("posedirs")
    guard pose == [vertexCount, 3, (Self.jointCount - 1) * 9] else {
      throw arrays.wrongShape("posedirs", "(\(vertexCount), 3, \((Self.jointCount - 1) * 9))", pose)
    }
    let weights = try arrays.shape("weights")
    guard weights == [vertexCount, Self.jointCount] else {
      throw arrays.wrongShape("weights", "(\(vertexCount), \(Self.jointCount))", weights)
    }
    let regressor = try arrays.shape("J_regressor")
    guard regressor == [Self.jointCount, vertexCount] else {
      throw arrays.wrongShape("J_regressor", "(\(Self.jointCount), \(vertexCount))", regressor)
    }
    // As the smplx package reads them: full files hold 300 + 100 columns, short ones 10 + 10.
    let count = directions[2]
    if count >= 400 { return (vertexCount, 0..<300, 300..<400, count) }
    let shapes = min(10, count)
    return (vertexCount, 0..<shapes, shapes..<min(20, count), count)
  }

  private func planar(_ rows: [Float], count: Int) -> [Float] {
    let stride = padded(count)
    var planes = [Float](repeating: 0, count: 3 * stride)
    for vertex in 0..<count {
      for axis in 0..<3 { planes[axis * stride + vertex] = rows[vertex * 3 + axis] }
    }
    return planes
  }

  private func parents() throws -> [Int] {
    var parents = Array(
      try arrays.naming("kintree_table") {
        try arrays.tensor("kintree_table", shape: [2, Self.jointCount]).ints()
      }.prefix(Self.jointCount))
    // The root's parent is -1, stored as 2^32 - 1.
    parents[0] = -1
    for (joint, parent) in parents.enumerated().dropFirst() where parent < 0 || parent >= joint {
      throw ProgramError(
        .dataError, "joint \(joint) has a parent that does not come before it",
        key: "kintree_table", expected: "0 ..< \(joint)", found: "\(parent)")
    }
    return parents
  }

  private func texture(faceCount: Int) throws -> ([Float]?, [UInt32]?) {
    guard arrays.contains("vt"), arrays.contains("ft") else { return (nil, nil) }
    let coordinates = try arrays.floats("vt", shape: [nil, 2], within: BodyLimits.coordinate)
    let triangles = try arrays.indices("ft", shape: [faceCount, 3], below: coordinates.count / 2)
    return (coordinates, triangles.map { UInt32($0) })
  }

  private func parts(_ vertexCount: Int) throws -> ([UInt8]?, [String]) {
    guard arrays.contains("part"), arrays.contains("part_names") else { return (nil, []) }
    let count = try arrays.shape("part_names").first ?? 0
    guard count <= 256 else {
      throw ProgramError(
        .dataError, "too many parts", key: "part_names", expected: "at most 256",
        found: "\(count)")
    }
    let names = try arrays.naming("part_names") {
      let tensor = try arrays.tensor("part_names", shape: [nil])
      guard tensor.scalarType.size <= BodyLimits.longestName else {
        throw ProgramError(
          .dataError, "the names of parts are too long", found: "\(tensor.scalarType)")
      }
      return try tensor.strings()
    }
    return (
      try arrays.indices("part", shape: [vertexCount], below: names.count).map { UInt8($0) }, names
    )
  }
}
