// A body model with a person's shape: what is worked out once and posed for every frame.
//
// Matches: the `smplx` package, lbs.lbs steps 1 and 2 (blend_shapes, vertices2joints).
// Differs: sums in double precision, rounded once; offsets, as SMPL+D has them (Alldieck et al. 2018, "Video
// Based Reconstruction of 3D People Models"), but after the joints.

import Compute

/// A person's rest body: template plus shape plus resting expression, and its joints.
///
///     let body = try ShapedBody(model: model, betas: [1.2, -0.5])
public final class ShapedBody: Sendable {
  public let model: BodyModel
  /// One coefficient for each of the model's shape columns.
  public let betas: [Float]
  /// One coefficient for each expression column; frames without an expression of their own have it.
  public let expression: [Float]
  /// What the person wears, as movements of the rest vertices in metres: one for each vertex, or none.
  public let offsets: [SIMD3<Float>]
  /// Rest positions of the 55 joints, metres; those of the body without `offsets`.
  public let restJoints: [SIMD3<Float>]

  /// Entries of R - I that are part of `template` (486), see `init(heldPose:)`.
  let heldFeatures: [Float]
  /// Rest joints in double precision, for the kinematic chain.
  let joints: [SIMD3<Double>]
  /// Three planes of the model's `paddedCount`: rest vertices with their offsets and the
  /// correctives of `heldFeatures`.
  private let planes: AlignedBuffer<Float>

  /// - Parameters:
  ///   - betas: shape coefficients; those that are missing are zero.
  ///   - expression: resting expression; coefficients that are missing are zero.
  ///   - offsets: clothes, hair and shoes as movements of the rest vertices in metres, added to the shaped
  ///     body after its joints have been found, so that joints do not move with clothes; one for each
  ///     vertex, or none.
  ///   - heldPose: a pose whose joints mostly stay as they are, such as hands that a motion does
  ///     not move. Its correctives are worked out here, once; a joint costs correctives only in
  ///     frames in which it is turned otherwise. nil takes the rest pose.
  /// - Throws: `ProgramError` for coefficients the model has not got, for another number of offsets than
  ///   the model has vertices, and for numbers that are not finite.
  public init(
    model: BodyModel, betas: [Float] = [], expression: [Float] = [],
    offsets: [SIMD3<Float>] = [], heldPose: BodyPose? = nil
  ) throws {
    self.model = model
    self.offsets = offsets
    try Self.check(offsets, vertexCount: model.vertexCount)
    self.betas = try Self.fitted(betas, count: model.shapeCount, what: "betas")
    self.expression = try Self.fitted(
      expression, count: model.expressionCount, what: "expression")
    var held = [Float](repeating: 0, count: model.poseColumns.columnCount)
    if let heldPose {
      try heldPose.check(jointCount: model.jointCount, expressionCount: model.expressionCount)
      held.withUnsafeMutableBufferPointer { held in
        for joint in 1..<model.jointCount {
          let rotation = RotationMatrix(
            smplxAxisAngle: SIMD3<Double>(heldPose.rotations[joint]))
          writeFeatures(rotation, UnsafeMutableBufferPointer(rebasing: held[((joint - 1) * 9)...]))
        }
      }
    }
    heldFeatures = held
    let shape = self.betas.map(Double.init)
    let face = self.expression.map(Double.init)
    let features = held.map(Double.init)
    let stride = model.paddedCount
    planes = AlignedBuffer(count: 3 * stride, filledWith: 0)
    var shaped = [SIMD3<Double>](repeating: .zero, count: model.vertexCount)
    let hasShape = shape.contains { $0 != 0 }
    let hasFace = face.contains { $0 != 0 }
    for vertex in 0..<model.vertexCount {
      var position = SIMD3(
        Double(model.template[vertex]), Double(model.template[stride + vertex]),
        Double(model.template[2 * stride + vertex]))
      if hasShape {
        position += columnOffsetReference(model.shapeColumns, vertex: vertex, coefficients: shape)
      }
      if hasFace {
        position += columnOffsetReference(
          model.expressionColumns, vertex: vertex, coefficients: face)
      }
      shaped[vertex] = position
      if !offsets.isEmpty { position += SIMD3<Double>(offsets[vertex]) }
      if heldPose != nil {
        position += columnOffsetReference(
          model.poseColumns, vertex: vertex, coefficients: features)
      }
      planes[vertex] = Float(position.x)
      planes[stride + vertex] = Float(position.y)
      planes[2 * stride + vertex] = Float(position.z)
    }
    joints = model.regressor { shaped[$0] }
    restJoints = joints.map { SIMD3<Float>($0) }
  }

  /// The rest body: shaped and dressed, not posed (with `heldPose`'s correctives if there is one).
  public var restVertices: PlanarVertices {
    PlanarVertices(
      planes: UnsafePointer(planes.pointer), count: model.vertexCount,
      paddedCount: model.paddedCount)
  }

  private static func check(_ offsets: [SIMD3<Float>], vertexCount: Int) throws {
    guard offsets.isEmpty || offsets.count == vertexCount else {
      throw ProgramError(
        .dataError, "the offsets were made for another body", key: "offsets",
        expected: "\(vertexCount), one for each vertex", found: "\(offsets.count)")
    }
    if let index = offsets.firstIndex(where: { $0 * 0 != .zero }) {
      let value = offsets[index]
      throw ProgramError(
        .dataError, "an offset is not a finite number", key: "offsets[\(index)]",
        expected: "metres", found: "\(value.x), \(value.y), \(value.z)")
    }
  }

  private static func fitted(_ values: [Float], count: Int, what: String) throws -> [Float] {
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw ProgramError(
        .dataError, "a shape coefficient is not a finite number", key: "\(what)[\(index)]",
        expected: "numbers of about -5 to 5", found: "\(values[index])")
    }
    guard values.dropFirst(count).allSatisfy({ $0 == 0 }) else {
      throw ProgramError(
        .dataError, "the body model has not got that many coefficients", key: what,
        expected: "at most \(count)", found: "\(values.count)",
        hint: "give fewer, or a body model with more columns")
    }
    return Array(values.prefix(count))
      + [Float](repeating: 0, count: max(0, count - values.count))
  }
}

extension BodyPose {
  /// Throws unless the pose has a finite rotation for every joint, a finite position and an
  /// expression that the model can make.
  func check(jointCount: Int, expressionCount: Int) throws {
    guard rotations.count == jointCount else {
      throw ProgramError(
        .dataError, "the pose has another number of joints than the body",
        expected: "\(jointCount)", found: "\(rotations.count)")
    }
    // A finite number times zero is zero; anything else poisons the sum.
    var sum = translation * 0
    for rotation in rotations { sum += rotation * 0 }
    var coefficients: Float = 0
    if let expression {
      for value in expression { coefficients += value * 0 }
      guard expression.dropFirst(expressionCount).allSatisfy({ $0 == 0 }) else {
        throw ProgramError(
          .dataError, "the pose has more expression coefficients than the body",
          expected: "at most \(expressionCount)", found: "\(expression.count)")
      }
    }
    guard sum == .zero, coefficients == 0 else { throw notFinite() }
  }

  /// Which number it is.
  private func notFinite() -> ProgramError {
    func error(_ key: String, _ found: String) -> ProgramError {
      ProgramError(
        .dataError, "the pose holds a number that is not finite", key: key,
        expected: "finite numbers", found: found)
    }
    func isFinite(_ vector: SIMD3<Float>) -> Bool {
      vector.x.isFinite && vector.y.isFinite && vector.z.isFinite
    }
    func text(_ vector: SIMD3<Float>) -> String { "\(vector.x), \(vector.y), \(vector.z)" }
    if let joint = rotations.firstIndex(where: { !isFinite($0) }) {
      return error("rotation of joint \(joint)", text(rotations[joint]))
    }
    if !isFinite(translation) { return error("translation", text(translation)) }
    let index = expression?.firstIndex { !$0.isFinite } ?? 0
    return error("expression[\(index)]", "\(expression?[index] ?? .nan)")
  }
}
