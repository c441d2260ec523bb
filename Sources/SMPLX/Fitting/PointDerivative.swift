import Compute

/// Where a point of the body is, and the sums from which its derivatives follow.
///
/// A point is a weighted sum of positions that follow joints rigidly. Per joint i, over what hangs on
/// it, `moments[i]` is the sum of weight times position and `loads[i]` the sum of weights; component k
/// of its rotation moves the point by turn cross (moment - load * position of the joint).
struct PointDerivative {
  private(set) var position = SIMD3<Double>.zero
  private var moments = [SIMD3<Double>](repeating: .zero, count: BodyPose.jointCount)
  private var loads = [Double](repeating: 0, count: BodyPose.jointCount)
  private var touched: UInt64 = 0
  /// (J, 3): how pose correctives move the point besides.
  private var correctives = [SIMD3<Double>](repeating: .zero, count: 3 * BodyPose.jointCount)
  private var corrected: UInt64 = 0
  /// (S).
  private var shape: [SIMD3<Double>]
  private let wantsDerivatives: Bool

  init(shapeCount: Int, wantsDerivatives: Bool) {
    shape = [SIMD3<Double>](repeating: .zero, count: shapeCount)
    self.wantsDerivatives = wantsDerivatives
  }

  mutating func reset() {
    position = .zero
    forEachBit(touched) { joint in
      moments[joint] = .zero
      loads[joint] = 0
    }
    forEachBit(corrected) { joint in
      for k in 0..<3 { correctives[3 * joint + k] = .zero }
    }
    touched = 0
    corrected = 0
    for index in shape.indices { shape[index] = .zero }
  }

  /// Adds `weight` times something at `place` that follows a joint; a load of zero is a direction.
  private mutating func carry(
    _ joint: Int, _ moment: SIMD3<Double>, load: Double, _ model: FitModel
  ) {
    position += moment
    guard wantsDerivatives else { return }
    let chain = model.ancestors[joint]
    touched |= chain
    forEachBit(chain) { ancestor in
      moments[ancestor] += moment
      loads[ancestor] += load
    }
  }

  /// Adds a joint.
  mutating func add(joint: Int, _ chain: FitChain) {
    carry(joint, chain.world[joint].position, load: 1, chain.model)
    guard wantsDerivatives else { return }
    for index in shape.indices {
      shape[index] += chain.shapeVelocities[joint * shape.count + index]
    }
  }

  /// Adds a vector that is constant in the frame of a joint, metres.
  mutating func add(lever: SIMD3<Double>, joint: Int, _ chain: FitChain) {
    carry(joint, chain.world[joint].rotation * lever, load: 0, chain.model)
  }

  /// Adds `weight` times vertex number `slot` of a set.
  mutating func add(
    vertex slot: Int, of vertices: FittedVertices, weight: Double, _ chain: FitChain
  ) {
    let shapeCount = shape.count
    var point = vertices.rest[slot]
    for index in 0..<shapeCount {
      point += chain.shape[index] * vertices.shape[slot * shapeCount + index]
    }
    let nines = vertices.correctiveStarts[slot]..<vertices.correctiveStarts[slot + 1]
    for entry in nines {
      let r = chain.local[vertices.correctiveJoints[entry]]
      point += Self.apply(vertices.correctives, 9 * entry, r)
      for diagonal in [0, 4, 8] { point -= vertices.correctives[9 * entry + diagonal] }
    }
    let followed = vertices.weightStarts[slot]..<vertices.weightStarts[slot + 1]
    var blend = RotationMatrix(.zero, .zero, .zero)
    for entry in followed {
      let joint = vertices.weightJoints[entry]
      let share = weight * vertices.weights[entry]
      let world = chain.world[joint]
      let place = world.position + world.rotation * (point - chain.rest[joint])
      carry(joint, share * place, load: share, chain.model)
      guard wantsDerivatives else { continue }
      blend.row0 += share * world.rotation.row0
      blend.row1 += share * world.rotation.row1
      blend.row2 += share * world.rotation.row2
      for index in 0..<shapeCount {
        let number = joint * shapeCount + index
        let carried = world.rotation * chain.model.jointShape[number]
        shape[index] += share * (chain.shapeVelocities[number] - carried)
      }
    }
    guard wantsDerivatives else { return }
    for index in 0..<shapeCount {
      shape[index] += blend * vertices.shape[slot * shapeCount + index]
    }
    for entry in nines {
      let joint = vertices.correctiveJoints[entry]
      corrected |= (1 as UInt64) << UInt64(joint)
      for k in 0..<3 {
        let derivative = chain.localDerivatives[3 * joint + k]
        correctives[3 * joint + k] +=
          blend * Self.apply(vertices.correctives, 9 * entry, derivative)
      }
    }
  }

  /// The sum of nine columns times the nine entries of a matrix.
  private static func apply(
    _ columns: [SIMD3<Double>], _ first: Int, _ r: RotationMatrix
  ) -> SIMD3<Double> {
    var sum = r.row0.x * columns[first] + r.row0.y * columns[first + 1]
    sum += r.row0.z * columns[first + 2] + r.row1.x * columns[first + 3]
    sum += r.row1.y * columns[first + 4] + r.row1.z * columns[first + 5]
    sum += r.row2.x * columns[first + 6] + r.row2.y * columns[first + 7]
    return sum + r.row2.z * columns[first + 8]
  }

  /// Writes the derivatives by all parameters.
  ///
  /// - Parameter rows: (3, count of the layout): of x, y and z, metres per unit.
  func write(_ chain: FitChain, to rows: UnsafeMutablePointer<Double>) {
    let model = chain.model
    let layout = model.layout
    let width = layout.count
    rows.update(repeating: 0, count: 3 * width)
    func put(_ column: Int, _ v: SIMD3<Double>) {
      rows[column] += v.x
      rows[width + column] += v.y
      rows[2 * width + column] += v.z
    }
    for k in 0..<3 { rows[k * width + layout.translation.lowerBound + k] = loads[0] }
    forEachBit(touched | corrected) { joint in
      let arm = moments[joint] - loads[joint] * chain.world[joint].position
      for k in 0..<3 {
        let v = chain.turns[3 * joint + k].cross(arm) + correctives[3 * joint + k]
        switch joint {
        case 0: put(k, v)
        case 1...FitLayout.bodyJointCount: put(3 + 3 * joint + k, v)
        case 22: put(layout.jaw.lowerBound + k, v)
        case 25..<40:
          for (row, column) in layout.leftHand.enumerated() {
            let number = row * HandPCA.width + 3 * (joint - 25) + k
            put(column, model.leftHandComponents[number] * v)
          }
        case 40..<55:
          for (row, column) in layout.rightHand.enumerated() {
            let number = row * HandPCA.width + 3 * (joint - 40) + k
            put(column, model.rightHandComponents[number] * v)
          }
        default: break
        }
      }
    }
    for (index, column) in layout.shape.enumerated() { put(column, shape[index]) }
  }
}

/// Calls `body` with the number of each bit that is set, lowest first.
@inline(__always)
private func forEachBit(_ bits: UInt64, _ body: (Int) -> Void) {
  var rest = bits
  while rest != 0 {
    body(rest.trailingZeroBitCount)
    rest &= rest &- 1
  }
}
