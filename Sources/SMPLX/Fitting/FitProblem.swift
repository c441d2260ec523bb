import Compute

/// A point of the body that terms refer to by number: a joint or a blend of vertices, and a vector in
/// the frame of a joint added to it.
package struct FollowedPoint: Sendable {
  package enum Base: Sendable {
    case joint(Int)
    /// Vertices of the model and their weights.
    case vertices([(vertex: Int, weight: Double)])
  }

  package var base: Base
  /// Metres.
  package var lever = SIMD3<Double>.zero
  package var leverJoint = 0

  package init(_ base: Base, lever: SIMD3<Double> = .zero, leverJoint: Int = 0) {
    self.base = base
    self.lever = lever
    self.leverJoint = leverJoint
  }
}

/// What residual terms read: parameters, the chain, the followed points and their derivatives.
package final class FitState {
  let chain: FitChain
  package let parameters: [Double]
  package let wantsDerivatives: Bool
  /// Axes of the camera, metres.
  package private(set) var positions: [SIMD3<Double>] = []
  /// (points, 3, parameters).
  private var derivatives: [Double] = []

  init(
    _ model: FitModel, parameters: [Double], start: RotationMatrix, points: FitPoints,
    wantsDerivatives: Bool
  ) {
    self.parameters = parameters
    self.wantsDerivatives = wantsDerivatives
    let chain = FitChain(model, parameters: parameters, start: start)
    self.chain = chain
    let width = model.layout.count
    var point = PointDerivative(shapeCount: model.shapeCount, wantsDerivatives: wantsDerivatives)
    positions.reserveCapacity(points.list.count)
    if wantsDerivatives {
      derivatives = [Double](repeating: 0, count: points.list.count * 3 * width)
    }
    derivatives.withUnsafeMutableBufferPointer { derivatives in
      for (index, followed) in points.list.enumerated() {
        point.reset()
        switch followed.base {
        case .joint(let joint): point.add(joint: joint, chain)
        case .slots(let slots):
          for slot in slots {
            point.add(vertex: slot.index, of: points.vertices, weight: slot.weight, chain)
          }
        }
        if followed.lever != .zero {
          point.add(lever: followed.lever, joint: followed.leverJoint, chain)
        }
        positions.append(point.position)
        if let all = derivatives.baseAddress, wantsDerivatives {
          point.write(chain, to: all + index * 3 * width)
        }
      }
    }
  }

  /// Adds `factor` . derivative of a point's position to a row of derivatives.
  package func accumulate(
    _ point: Int, _ factor: SIMD3<Double>, to row: UnsafeMutablePointer<Double>
  ) {
    let width = parameters.count
    derivatives.withUnsafeBufferPointer { all in
      guard let base = all.baseAddress else { return }
      let x = base + point * 3 * width
      let (y, z) = (x + width, x + 2 * width)
      for i in 0..<width { row[i] += factor.x * x[i] + factor.y * y[i] + factor.z * z[i] }
    }
  }
}

/// Followed points with their vertices taken out of the model.
struct FitPoints: Sendable {
  enum Base: Sendable {
    case joint(Int)
    case slots([(index: Int, weight: Double)])
  }
  struct Point: Sendable {
    var base: Base
    var lever: SIMD3<Double>
    var leverJoint: Int
  }
  let list: [Point]
  let vertices: FittedVertices

  init(_ points: [FollowedPoint], _ model: FitModel) {
    var slots: [Int: Int] = [:]
    var ids: [Int] = []
    list = points.map { point in
      let base: Base
      switch point.base {
      case .joint(let joint): base = .joint(joint)
      case .vertices(let blend):
        base = .slots(
          blend.map { vertex, weight in
            if let slot = slots[vertex] { return (slot, weight) }
            slots[vertex] = ids.count
            ids.append(vertex)
            return (ids.count - 1, weight)
          })
      }
      return Point(base: base, lever: point.lever, leverJoint: point.leverJoint)
    }
    vertices = FittedVertices(ids, of: model)
  }
}

/// One kind of residuals of a fit.
package protocol FitTerm: Sendable {
  /// Adds its squares to the cost and, if wanted, its derivatives to the system.
  func add(_ state: FitState, to system: inout NormalEquations)
}

/// A sum of terms over the parameters of a model.
package struct FitProblem: Sendable {
  package let model: FitModel
  /// The root's rotation at an increment of zero, in the axes of the camera.
  package var start: RotationMatrix
  package var terms: [any FitTerm]
  private let points: FitPoints

  package init(
    _ model: FitModel, points: [FollowedPoint], start: RotationMatrix, terms: [any FitTerm] = []
  ) {
    self.model = model
    self.start = start
    self.terms = terms
    self.points = FitPoints(points, model)
  }

  package func state(_ parameters: [Double], wantsDerivatives: Bool = false) -> FitState {
    FitState(
      model, parameters: parameters, start: start, points: points,
      wantsDerivatives: wantsDerivatives)
  }

  package func system(_ parameters: [Double], wantsDerivatives: Bool) -> NormalEquations {
    let state = state(parameters, wantsDerivatives: wantsDerivatives)
    var system = NormalEquations(count: parameters.count, wantsDerivatives: wantsDerivatives)
    for term in terms { term.add(state, to: &system) }
    return system
  }
}
