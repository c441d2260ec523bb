// The memory of a poser and what its workers do with it.

import CSIMD
import Compute

/// Buffers for a batch of frames; workers write to disjoint parts of them.
final class PosingWork: @unchecked Sendable {
  // Sendable: only the poser's thread writes `frameCount` and takes poses, and only while no worker
  // runs; workers write to the frame or the blocks whose number they were given.

  /// Blocks of sixteen vertices a worker takes at a time.
  static let blocksPerPiece = 16

  /// Frames whose sums a kernel holds at a time. Four read every corrective once for all of them;
  /// without the registers of newer processors the sums would live in memory, several times slower.
  static var framesAtOnce: Int { csimd_fuses_multiply_add() ? 4 : 1 }

  let body: ShapedBody
  var frameCount = 0
  let translations: AlignedBuffer<SIMD3<Float>>
  private let model: BodyModel
  private let jointCount: Int
  private let featureCount: Int
  private let expressionCount: Int
  private let blockCount: Int
  private let planeLength: Int
  /// The inputs: (batch, J) axis-angle, (batch, E) differences to the body's own expression.
  private let axisAngles: AlignedBuffer<SIMD3<Float>>
  private let expressions: AlignedBuffer<Float>
  private let hasExpression: AlignedBuffer<Bool>
  /// (batch, J)
  private let rotations: AlignedBuffer<RotationMatrix>
  private let restJoints: AlignedBuffer<SIMD3<Double>>
  private let worldTransforms: AlignedBuffer<RigidTransform>
  private let parents: AlignedBuffer<Int>
  private let skinningTransforms: AlignedBuffer<Float>
  /// Coefficients of the correctives and of the expression, four frames side by side:
  /// (batch / 4, columns, 4).
  private let features: AlignedBuffer<Float>
  private let faces: AlignedBuffer<Float>
  /// The same, one frame: what a lone frame's kernel reads.
  private let loneFeatures: AlignedBuffer<Float>
  private let loneFace: AlignedBuffer<Float>
  /// (batch, 3, paddedCount)
  private let output: AlignedBuffer<Float>

  init(body: ShapedBody, batch: Int) {
    self.body = body
    model = body.model
    jointCount = model.jointCount
    featureCount = model.poseColumns.columnCount
    expressionCount = model.expressionCount
    blockCount = model.paddedCount / blockWidth
    planeLength = model.paddedCount
    let groups = (batch + 3) / 4
    translations = AlignedBuffer(count: batch, filledWith: .zero)
    axisAngles = AlignedBuffer(count: batch * jointCount, filledWith: .zero)
    expressions = AlignedBuffer(count: batch * expressionCount, filledWith: 0)
    hasExpression = AlignedBuffer(count: batch, filledWith: false)
    rotations = AlignedBuffer(count: batch * jointCount)
    restJoints = AlignedBuffer(count: batch * jointCount)
    worldTransforms = AlignedBuffer(count: batch * jointCount)
    parents = AlignedBuffer(count: jointCount)
    parents.pointer.update(from: model.parents, count: jointCount)
    skinningTransforms = AlignedBuffer(count: batch * jointCount * 12)
    features = AlignedBuffer(count: groups * featureCount * 4, filledWith: 0)
    faces = AlignedBuffer(count: groups * expressionCount * 4, filledWith: 0)
    loneFeatures = AlignedBuffer(count: batch * featureCount)
    loneFace = AlignedBuffer(count: batch * expressionCount, filledWith: 0)
    output = AlignedBuffer(count: batch * 3 * planeLength, filledWith: 0)
  }

  /// Whether posing `count` frames is worth waking other threads for.
  ///
  /// By measurement (Zen 5, one thread): about 30 ns a block and 1.5 ns an entry of the correctives
  /// for each frame, and 15 ns more an entry, once, if they do not fit the cache. A wake-up and its
  /// wait cost some 20 us, and as much again in caches that the other core must fill.
  func isWorthSharing(_ count: Int) -> Bool {
    let entries = Double(model.poseColumns.entryCount)
    let reading = entries * 192 > 4e6 ? entries * 15 : 0
    return Double(count) * (Double(blockCount) * 30 + entries * 1.5) + reading > 150_000
  }

  var pieceCount: Int { (blockCount + Self.blocksPerPiece - 1) / Self.blocksPerPiece }

  func planes(_ frame: Int) -> UnsafeMutablePointer<Float> {
    output.pointer + frame * 3 * planeLength
  }

  func world(_ frame: Int) -> UnsafeMutablePointer<RigidTransform> {
    worldTransforms.pointer + frame * jointCount
  }

  func transforms(_ frame: Int) -> UnsafeMutablePointer<Float> {
    skinningTransforms.pointer + frame * jointCount * 12
  }

  /// Checks a pose and copies it.
  func take(_ pose: BodyPose, frame: Int) throws {
    try pose.check(jointCount: jointCount, expressionCount: expressionCount)
    let target = axisAngles.pointer + frame * jointCount
    pose.rotations.withUnsafeBufferPointer { source in
      for joint in 0..<jointCount { target[joint] = source[joint] }
    }
    translations[frame] = pose.translation
    let face = expressions.pointer + frame * expressionCount
    hasExpression[frame] = false
    for column in 0..<expressionCount { face[column] = 0 }
    guard let expression = pose.expression else { return }
    for column in 0..<expressionCount {
      let value = column < expression.count ? expression[column] : 0
      face[column] = value - body.expression[column]
      if face[column] != 0 { hasExpression[frame] = true }
    }
  }

  /// Features, expression and joint transforms of a frame.
  func poseJoints(_ frame: Int) {
    let turned = axisAngles.pointer + frame * jointCount
    let local = rotations.pointer + frame * jointCount
    let lone = loneFeatures.pointer + frame * featureCount
    for joint in 0..<jointCount {
      let rotation = RotationMatrix(smplxAxisAngle: SIMD3<Double>(turned[joint]))
      local[joint] = rotation
      if joint > 0 {
        writeFeatures(
          rotation, UnsafeMutableBufferPointer(start: lone + (joint - 1) * 9, count: 9))
      }
    }
    // Float by float: other frames of the group are written by other threads meanwhile, and a lane of a
    // vector is set by writing all of it.
    let group = features.pointer + frame / 4 * featureCount * 4 + frame % 4
    body.heldFeatures.withUnsafeBufferPointer { held in
      for column in 0..<featureCount {
        lone[column] -= held[column]
        group[column * 4] = lone[column]
      }
    }
    let face = expressions.pointer + frame * expressionCount
    let loneFace = loneFace.pointer + frame * expressionCount
    let faceGroup = faces.pointer + frame / 4 * expressionCount * 4 + frame % 4
    for column in 0..<expressionCount {
      loneFace[column] = face[column]
      faceGroup[column * 4] = face[column]
    }
    let rest = restJoints.pointer + frame * jointCount
    body.joints.withUnsafeBufferPointer { joints in
      for joint in 0..<jointCount { rest[joint] = joints[joint] }
    }
    if hasExpression[frame] {
      model.expressionJoints.withUnsafeBufferPointer { offsets in
        for column in 0..<expressionCount where face[column] != 0 {
          let factor = Double(face[column])
          for joint in 0..<jointCount {
            rest[joint] += factor * offsets[column * jointCount + joint]
          }
        }
      }
    }
    let world = world(frame)
    chainJoints(local, rest, parents.pointer, jointCount, world)
    let transforms = transforms(frame)
    for joint in 0..<jointCount {
      writeSkinningTransform(world[joint], rest: rest[joint], transforms + joint * 12)
    }
  }

  /// All frames of the blocks of one piece: a block's columns are read once and stay in the cache.
  func poseVertices(_ piece: Int) {
    let rest = body.restVertices
    let context = PosingContext(
      template: rest.x, planeLength: planeLength, columns: model.poseColumns.pointers,
      expression: model.expressionColumns.pointers, weights: model.weights.pointers)
    let first = piece * Self.blocksPerPiece
    let frames = frameCount
    let hasExpression = (0..<frames).contains { self.hasExpression[$0] }
    // Frames of a group that are not posed keep old coefficients, which cost time but no harm:
    // their positions are not written.
    for block in first..<min(first + Self.blocksPerPiece, blockCount) {
      // Lanes behind the last vertex are kept zero.
      let lanes = min(blockWidth, model.vertexCount - block * blockWidth)
      var frame = 0
      while frame < frames {
        let count = min(Self.framesAtOnce, frames - frame)
        if count == 1 {
          poseBlock(
            context, block: block, lanes: lanes,
            features: loneFeatures.pointer + frame * featureCount,
            face: hasExpression ? loneFace.pointer + frame * expressionCount : nil,
            transforms: transforms(frame), translation: translations[frame],
            output: planes(frame))
        } else {
          poseBlock(
            context, block: block, lanes: lanes, count: count,
            features: features.pointer + frame / 4 * featureCount * 4,
            face: hasExpression ? faces.pointer + frame / 4 * expressionCount * 4 : nil,
            transforms: transforms(frame), transformStride: jointCount * 12,
            translations: translations.pointer + frame, output: planes(frame))
        }
        frame += count
      }
    }
  }
}
