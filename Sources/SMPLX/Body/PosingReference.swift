// The oracle of the poser: the same body, vertex by vertex in double precision.

import Compute

/// One frame as `BodyPoser` makes it, but scalar, in double precision and from the model's parts
/// alone (nothing of `ShapedBody` but its coefficients and offsets).
///
/// - Returns: vertices (V) and joints as the `smplx` package returns them, metres.
func poseReference(
  _ body: ShapedBody, _ pose: BodyPose, contour: Bool = true
) -> (vertices: [SIMD3<Double>], joints: [SIMD3<Double>]) {
  let model = body.model
  let stride = model.paddedCount
  let betas = body.betas.map(Double.init)
  var expression = body.expression.map(Double.init)
  if let own = pose.expression {
    for index in expression.indices {
      expression[index] = index < own.count ? Double(own[index]) : 0
    }
  }
  var vertices = (0..<model.vertexCount).map { vertex in
    SIMD3(
      Double(model.template[vertex]), Double(model.template[stride + vertex]),
      Double(model.template[2 * stride + vertex]))
      + columnOffsetReference(model.shapeColumns, vertex: vertex, coefficients: betas)
      + columnOffsetReference(model.expressionColumns, vertex: vertex, coefficients: expression)
  }
  let rest = model.regressor { vertices[$0] }
  let rotations = pose.rotations.map { RotationMatrix(smplxAxisAngle: SIMD3<Double>($0)) }
  var features: [Double] = []
  for r in rotations.dropFirst() {
    features += [r.row0.x - 1, r.row0.y, r.row0.z]
    features += [r.row1.x, r.row1.y - 1, r.row1.z]
    features += [r.row2.x, r.row2.y, r.row2.z - 1]
  }
  var world: [RigidTransform] = []
  for joint in 0..<model.jointCount {
    guard joint > 0 else {
      world.append(RigidTransform(rotation: rotations[0], position: rest[0]))
      continue
    }
    let parent = model.parents[joint]
    world.append(
      RigidTransform(
        rotation: world[parent].rotation * rotations[joint],
        position: world[parent].position
          + world[parent].rotation * (rest[joint] - rest[parent])))
  }
  let translation = SIMD3<Double>(pose.translation)
  let weights = model.weights.pointers
  for vertex in vertices.indices {
    let offset = body.offsets.isEmpty ? .zero : SIMD3<Double>(body.offsets[vertex])
    let position =
      vertices[vertex] + offset
      + columnOffsetReference(model.poseColumns, vertex: vertex, coefficients: features)
    let (block, lane) = (vertex / blockWidth, vertex % blockWidth)
    var sum = translation
    for entry in Int(weights.starts[block])..<Int(weights.starts[block + 1]) {
      let joint = Int(weights.joints[entry])
      let moved = world[joint].position + world[joint].rotation * (position - rest[joint])
      sum += Double(weights.values[entry * blockWidth + lane]) * moved
    }
    vertices[vertex] = sum
  }
  var joints = [SIMD3<Double>](repeating: .zero, count: model.jointTotal(contour: contour))
  for joint in 0..<model.jointCount { joints[joint] = world[joint].position + translation }
  let row =
    contour && model.jointCount > ContourRow.neck
    ? ContourRow.row(neck: world[ContourRow.neck].rotation) : nil
  joints.withUnsafeMutableBufferPointer { joints in
    model.writeSurfaceJoints(contourRow: row, joints) { vertices[$0] }
  }
  return (vertices, joints)
}
