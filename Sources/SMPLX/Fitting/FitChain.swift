import Compute

/// The kinematic chain of a body at some parameters: where every joint is and how it moves when a
/// parameter changes.
///
/// A joint's rotation by component k turns all that hangs on the joint about its position with the
/// angular velocity `turns[3 j + k]` (radians per radian, axes of the camera). So the derivative of a
/// point needs no matrices: turn cross (point - position of the joint).
struct FitChain {
  let model: FitModel
  /// Orientation and position of each joint, in the axes of the camera.
  private(set) var world: [RigidTransform]
  /// (J) rotations relative to the parent.
  private(set) var local: [RotationMatrix]
  /// (J, 3).
  private(set) var turns: [SIMD3<Double>]
  /// (J, 3): derivatives of the local rotations, for pose correctives.
  private(set) var localDerivatives: [RotationMatrix]
  /// (J) rest positions of the shaped body.
  private(set) var rest: [SIMD3<Double>]
  /// (J, S): how each joint moves with the shape.
  private(set) var shapeVelocities: [SIMD3<Double>]
  /// (S) coefficients.
  private(set) var shape: [Double]

  /// - Parameters:
  ///   - parameters: in the order of the model's layout.
  ///   - start: the root's rotation at an increment of zero.
  init(_ model: FitModel, parameters p: [Double], start: RotationMatrix) {
    self.model = model
    let layout = model.layout
    let jointCount = model.body.jointCount
    let shapeCount = model.shapeCount
    let shape = Array(p[layout.shape])
    self.shape = shape
    rest = (0..<jointCount).map { joint in
      var position = model.joints[joint]
      for index in 0..<shapeCount {
        position += shape[index] * model.jointShape[joint * shapeCount + index]
      }
      return position
    }
    let vectors = model.axisAngles(p)
    let identity = RigidTransform(rotation: .identity, position: .zero)
    world = [RigidTransform](repeating: identity, count: jointCount)
    local = [RotationMatrix](repeating: .identity, count: jointCount)
    localDerivatives = [RotationMatrix](repeating: .identity, count: 3 * jointCount)
    turns = [SIMD3<Double>](repeating: .zero, count: 3 * jointCount)
    shapeVelocities = [SIMD3<Double>](repeating: .zero, count: jointCount * shapeCount)
    let translation = SIMD3(p[3], p[4], p[5])
    for joint in 0..<jointCount {
      let derivative = RotationDerivative(axisAngle: vectors[joint])
      local[joint] = derivative.rotation
      localDerivatives[3 * joint] = derivative.matrix(derivative.axes.0)
      localDerivatives[3 * joint + 1] = derivative.matrix(derivative.axes.1)
      localDerivatives[3 * joint + 2] = derivative.matrix(derivative.axes.2)
      if joint == 0 {
        world[0] = RigidTransform(
          rotation: start * derivative.rotation, position: rest[0] + translation)
        for index in 0..<shapeCount { shapeVelocities[index] = model.jointShape[index] }
      } else {
        let parent = model.body.parents[joint]
        let from = world[parent]
        world[joint] = RigidTransform(
          rotation: from.rotation * derivative.rotation,
          position: from.position + from.rotation * (rest[joint] - rest[parent]))
        for index in 0..<shapeCount {
          shapeVelocities[joint * shapeCount + index] =
            shapeVelocities[parent * shapeCount + index] + from.rotation
            * (model.jointShape[joint * shapeCount + index]
              - model.jointShape[parent * shapeCount + index])
        }
      }
      let rotation = world[joint].rotation
      turns[3 * joint] = rotation * derivative.axes.0
      turns[3 * joint + 1] = rotation * derivative.axes.1
      turns[3 * joint + 2] = rotation * derivative.axes.2
    }
  }
}

extension FitModel {
  /// Rotation vectors of the 55 joints; the root's is the increment, eyes look ahead.
  func axisAngles(_ p: [Double]) -> [SIMD3<Double>] {
    func three(_ index: Int) -> SIMD3<Double> { SIMD3(p[index], p[index + 1], p[index + 2]) }
    var result = [SIMD3<Double>](repeating: .zero, count: body.jointCount)
    result[0] = three(0)
    for joint in 1...FitLayout.bodyJointCount { result[joint] = three(3 + 3 * joint) }
    result[22] = three(layout.jaw.lowerBound)
    func hand(_ first: Int, _ range: Range<Int>, _ mean: [Double], _ components: [Double]) {
      for number in 0..<HandPCA.width {
        var sum = mean[number]
        for (row, index) in range.enumerated() {
          sum += p[index] * components[row * HandPCA.width + number]
        }
        result[first + number / 3][number % 3] = sum
      }
    }
    hand(25, layout.leftHand, leftHandMean, leftHandComponents)
    hand(40, layout.rightHand, rightHandMean, rightHandComponents)
    return result
  }
}
