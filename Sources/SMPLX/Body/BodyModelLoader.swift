// Turns the arrays of a body file into the parts of a `BodyModel`, trusting none of them.

import Compute
import TensorFiles

/// One reading of one file.
struct BodyModelLoader {
  let arrays: any NamedArrays
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
    let faces = try indices("f", shape: [nil, 3], below: vertexCount)
    guard !faces.isEmpty else {
      throw ProgramError(
        .dataError, "the body has no triangles", key: "f", expected: "at least one", found: "none")
    }
    let (uv, uvFaces) = try texture(faceCount: faces.count / 3)
    let (parts, partNames) = try parts(vertexCount)
    let contour = try contour(faces)
    let directions = try naming("shapedirs") {
      try columns(
        "shapedirs", vertexCount: vertexCount, rowLength: rowLength,
        ranges: [
          shapeRange.prefix(columnLimits.betas ?? .max),
          expressionRange.prefix(columnLimits.expression ?? .max),
        ])
    }
    let poseLength = (Self.jointCount - 1) * 9
    let correctives = try naming("posedirs") {
      try columns(
        "posedirs", vertexCount: vertexCount, rowLength: poseLength, ranges: [0..<poseLength])
    }
    let template = try floats(
      "v_template", shape: [vertexCount, 3], within: BodyLimits.extent)
    let regressor = try regressor(template, vertexCount)
    return BodyModel.Parts(
      vertexCount: vertexCount, parents: try parents(), faces: faces.map { UInt32($0) }, uv: uv,
      uvFaces: uvFaces, parts: parts, partNames: partNames,
      vertexMirror: arrays.contains("vertex_mirror")
        ? try indices("vertex_mirror", shape: [vertexCount], below: vertexCount).map { UInt32($0) }
        : nil,
      path: path,
      leftHandMean: try floats("hands_meanl", shape: [45], within: BodyLimits.angle),
      rightHandMean: try floats("hands_meanr", shape: [45], within: BodyLimits.angle),
      leftHandComponents: try floats(
        "hands_componentsl", shape: [45, 45], within: BodyLimits.angle),
      rightHandComponents: try floats(
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
      dense: try floats(key, shape: [Self.jointCount, vertexCount], within: BodyLimits.weight),
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
    let weights = try floats(
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

  // MARK: Shapes

  private func shape(_ key: String) throws -> [Int] { try arrays.header(key).shape }

  /// Checks the large arrays' shapes before any of them is read.
  private func checkShapes() throws -> (
    vertexCount: Int, shape: Range<Int>, expression: Range<Int>, rowLength: Int
  ) {
    let template = try shape("v_template")
    guard template.count == 2, template[1] == 3, template[0] > 0, template[0] < Self.vertexLimit
    else { throw wrongShape("v_template", "(V, 3)", template) }
    let vertexCount = template[0]
    let directions = try shape("shapedirs")
    guard directions.count == 3, directions[0] == vertexCount, directions[1] == 3,
      (1...4096).contains(directions[2])
    else { throw wrongShape("shapedirs", "(\(vertexCount), 3, 20 or 400)", directions) }
    let pose = try shape("posedirs")
    guard pose == [vertexCount, 3, (Self.jointCount - 1) * 9] else {
      throw wrongShape("posedirs", "(\(vertexCount), 3, \((Self.jointCount - 1) * 9))", pose)
    }
    let weights = try shape("weights")
    guard weights == [vertexCount, Self.jointCount] else {
      throw wrongShape("weights", "(\(vertexCount), \(Self.jointCount))", weights)
    }
    let regressor = try shape("J_regressor")
    guard regressor == [Self.jointCount, vertexCount] else {
      throw wrongShape("J_regressor", "(\(Self.jointCount), \(vertexCount))", regressor)
    }
    // As the smplx package reads them: full files hold 300 + 100 columns, short ones 10 + 10.
    let count = directions[2]
    if count >= 400 { return (vertexCount, 0..<300, 300..<400, count) }
    let shapes = min(10, count)
    return (vertexCount, 0..<shapes, shapes..<min(20, count), count)
  }

  private func wrongShape(_ key: String, _ expected: String, _ found: [Int]) -> ProgramError {
    ProgramError(
      .dataError, "array of the wrong shape", key: key, expected: expected, found: text(found))
  }

  private func text(_ shape: [Int?]) -> String {
    "(\(shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")))"
  }

  /// `shape` with nil for a dimension that may have any size.
  private func tensor(_ key: String, shape: [Int?]) throws -> TensorData {
    // The header first: an array of the wrong shape is not worth the memory.
    let found = try self.shape(key)
    guard found.count == shape.count, zip(found, shape).allSatisfy({ $1 == nil || $0 == $1 }) else {
      throw wrongShape(key, text(shape), found)
    }
    return try arrays.tensor(key)
  }

  // MARK: Values

  /// The conversions of an array do not know its name.
  private func naming<R>(_ key: String, _ body: () throws -> R) throws -> R {
    try ProgramError.locating(file: nil, key: key, body)
  }

  /// - Parameter limit: the largest magnitude that makes sense, and what it is.
  private func floats(
    _ key: String, shape: [Int?], within limit: BodyLimits.Limit? = nil
  ) throws -> [Float] {
    let values = try naming(key) { try tensor(key, shape: shape).floats() }
    let isFinite = values.withUnsafeBufferPointer { allFinite($0) }
    guard isFinite else { throw notFinite(key) }
    if let limit, let index = values.firstIndex(where: { abs($0) > limit.magnitude }) {
      throw limit.error(key, values[index], at: index)
    }
    return values
  }

  private func notFinite(_ key: String) -> ProgramError {
    ProgramError(.dataError, "array holds a value that is not finite", key: key)
  }

  private func indices(_ key: String, shape: [Int?], below limit: Int) throws -> [Int] {
    let values = try naming(key) { try tensor(key, shape: shape).ints() }
    if let index = values.firstIndex(where: { $0 < 0 || $0 >= limit }) {
      throw ProgramError(
        .dataError, "index out of range", key: key, expected: "0 ..< \(limit)",
        found: "\(values[index]) at \(index)")
    }
    return values
  }

  /// One map for each range of columns, all from one pass over the array.
  private func columns(
    _ key: String, vertexCount: Int, rowLength: Int, ranges: [Range<Int>]
  ) throws -> [BlockColumns] {
    let builders = ranges.map {
      BlockColumnsBuilder(vertexCount: vertexCount, rowLength: rowLength, columnRange: $0)
    }
    var taken = 0
    try arrays.stream(key, group: blockWidth * 3 * rowLength, atOnce: true) { rows in
      for builder in builders {
        guard rows.count == builder.nextBlockLength, let start = rows.baseAddress else {
          throw ProgramError(
            .dataError, "array has another size than its header says", key: key)
        }
        guard builder.appendBlock(start) else {
          if let index = rows.firstIndex(where: { $0.isFinite && !BodyLimits.column.allows($0) }),
            rows.allSatisfy(\.isFinite)
          {
            throw BodyLimits.column.error(key, rows[index], at: taken + index)
          }
          throw notFinite(key)
        }
      }
      taken += rows.count
    }
    guard taken == vertexCount * 3 * rowLength else {
      throw ProgramError(
        .dataError, "array ends early", key: key,
        expected: "\(vertexCount * 3 * rowLength) numbers",
        found: "\(taken)")
    }
    return builders.map { BlockColumns($0) }
  }

  private func planar(_ rows: [Float], count: Int) -> [Float] {
    let stride = padded(count)
    var planes = [Float](repeating: 0, count: 3 * stride)
    for vertex in 0..<count {
      for axis in 0..<3 { planes[axis * stride + vertex] = rows[vertex * 3 + axis] }
    }
    return planes
  }

  // MARK: Parts

  private func parents() throws -> [Int] {
    var parents = Array(
      try naming("kintree_table") {
        try tensor("kintree_table", shape: [2, Self.jointCount]).ints()
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
    let coordinates = try floats("vt", shape: [nil, 2], within: BodyLimits.coordinate)
    let triangles = try indices("ft", shape: [faceCount, 3], below: coordinates.count / 2)
    return (coordinates, triangles.map { UInt32($0) })
  }

  private func parts(_ vertexCount: Int) throws -> ([UInt8]?, [String]) {
    guard arrays.contains("part"), arrays.contains("part_names") else { return (nil, []) }
    let count = try shape("part_names").first ?? 0
    guard count <= 256 else {
      throw ProgramError(
        .dataError, "too many parts", key: "part_names", expected: "at most 256",
        found: "\(count)")
    }
    let names = try naming("part_names") {
      let tensor = try tensor("part_names", shape: [nil])
      guard tensor.scalarType.size <= BodyLimits.longestName else {
        throw ProgramError(
          .dataError, "the names of parts are too long", found: "\(tensor.scalarType)")
      }
      return try tensor.strings()
    }
    return (try indices("part", shape: [vertexCount], below: names.count).map { UInt8($0) }, names)
  }

  private func vertexJoints(_ vertexCount: Int) throws -> [Int] {
    let standard = BodyModel.standardVertexJointIDs
    if arrays.contains("vertex_joint_ids") {
      return try indices("vertex_joint_ids", shape: [standard.count], below: vertexCount)
    }
    return standard.allSatisfy { $0 < vertexCount } ? standard : []
  }

  private func landmarks(_ faces: [Int]) throws -> [BodyModel.SurfacePoint] {
    guard arrays.contains("lmk_faces_idx"), arrays.contains("lmk_bary_coords") else { return [] }
    let triangles = try indices("lmk_faces_idx", shape: [nil], below: faces.count / 3)
    let weights = try floats(
      "lmk_bary_coords", shape: [triangles.count, 3], within: BodyLimits.weight)
    return points(triangles, weights, faces)
  }

  /// 79 rows: neck angles of 0 to 39 degrees, then -1 to -39.
  private func contour(_ faces: [Int]) throws -> [[BodyModel.SurfacePoint]] {
    guard arrays.contains("dynamic_lmk_faces_idx"), arrays.contains("dynamic_lmk_bary_coords")
    else { return [] }
    let rows = ContourRow.count
    let triangles = try indices(
      "dynamic_lmk_faces_idx", shape: [rows, nil], below: faces.count / 3)
    let width = triangles.count / rows
    let weights = try floats(
      "dynamic_lmk_bary_coords", shape: [rows, width, 3], within: BodyLimits.weight)
    let all = points(triangles, weights, faces)
    return (0..<rows).map { Array(all[($0 * width)..<(($0 + 1) * width)]) }
  }

  private func points(
    _ triangles: [Int], _ weights: [Float], _ faces: [Int]
  ) -> [BodyModel.SurfacePoint] {
    triangles.enumerated().map { index, triangle in
      BodyModel.SurfacePoint(
        vertices: SIMD3(
          UInt32(faces[triangle * 3]), UInt32(faces[triangle * 3 + 1]),
          UInt32(faces[triangle * 3 + 2])),
        weights: SIMD3(weights[index * 3], weights[index * 3 + 1], weights[index * 3 + 2]))
    }
  }
}

/// True if no value is infinite or not a number.
func allFinite(_ values: UnsafeBufferPointer<Float>) -> Bool {
  // A finite number times zero is zero; anything else poisons the sum.
  var sum: Float = 0
  for value in values { sum += value * 0 }
  return sum == 0
}
