import Compute
import Foundation

/// Where down is, in the axes of the camera, as the tilt of the camera says.
struct PlumbLine {
  /// Unit vectors: down, and its derivatives by pitch and roll.
  let down, byPitch, byRoll: SIMD3<Double>

  init(pitch: Double, roll: Double) {
    let (sp, cp, sr, cr) = (sin(pitch), cos(pitch), sin(roll), cos(roll))
    down = SIMD3(sr, cr * cp, cr * sp)
    byPitch = SIMD3(0, -cr * sp, cr * cp)
    byRoll = SIMD3(cr, -sr * cp, -sr * sp)
  }
}

/// How lines between points of the body stand to gravity.
///
/// A picture shows little of its depth. But who stands has both feet on the floor and the weight above
/// them, which ties depth to the tilt of the camera, and that to what soles look like from it.
package struct PlumbTerm: FitTerm {
  package enum Measure: Sendable {
    /// Along gravity, metres; downwards.
    case height
    /// The level part towards the camera's depth or to its right, metres.
    case depth, side
    /// The same as a share of the line's length.
    case depthShare
  }

  package struct Row: Sendable {
    package var measure: Measure
    /// Sum of factor times position: the line as a vector.
    package var points: [(point: Int, factor: Double)]
    package var target: Double
    package var sigma: Double
    var huber: Huber

    package init(
      _ measure: Measure, _ points: [(point: Int, factor: Double)], target: Double = 0,
      sigma: Double, huber: Double = .infinity
    ) {
      self.measure = measure
      self.points = points
      self.target = target
      self.sigma = sigma
      self.huber = Huber(limit: huber)
    }
  }

  var rows: [Row]
  /// The parameters of pitch and roll.
  let tilt: Range<Int>

  package func add(_ state: FitState, to system: inout NormalEquations) {
    let width = state.parameters.count
    let (pitch, roll) = (tilt.lowerBound, tilt.lowerBound + 1)
    let plumb = PlumbLine(pitch: state.parameters[pitch], roll: state.parameters[roll])
    withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { derivatives in
      guard let derivative = derivatives.baseAddress else { return }
      for row in rows {
        var line = SIMD3<Double>.zero
        for (point, factor) in row.points { line += factor * state.positions[point] }
        let length = line.length
        guard length > 1e-6 else { continue }
        let isShare = row.measure == .depthShare
        let vector = isShare ? line / length : line
        let (value, byVector, byDown) = Self.measure(row.measure, vector, plumb.down)
        let residual = (value - row.target) / row.sigma
        let (cost, weight) = row.huber(abs(residual))
        system.add(cost: cost)
        guard system.wantsDerivatives else { continue }
        let byLine = isShare ? (byVector - byVector.dot(vector) * vector) / length : byVector
        derivative.update(repeating: 0, count: width)
        for (point, factor) in row.points {
          state.accumulate(point, byLine * (factor / row.sigma), to: derivative)
        }
        derivative[pitch] += byDown.dot(plumb.byPitch) / row.sigma
        derivative[roll] += byDown.dot(plumb.byRoll) / row.sigma
        system.add(residual: residual, weight: weight, row: derivative)
      }
    }
  }

  /// The value and its derivatives by the vector and by the direction of gravity.
  private static func measure(
    _ measure: Measure, _ v: SIMD3<Double>, _ down: SIMD3<Double>
  ) -> (value: Double, byVector: SIMD3<Double>, byDown: SIMD3<Double>) {
    let fall = down.dot(v)
    func level(_ axis: SIMD3<Double>) -> (Double, SIMD3<Double>, SIMD3<Double>) {
      let share = axis.dot(down)
      return (axis.dot(v) - share * fall, axis - share * down, -fall * axis - share * v)
    }
    return switch measure {
    case .height: (fall, down, v)
    case .side: level(SIMD3(1, 0, 0))
    case .depth, .depthShare: level(SIMD3(0, 0, 1))
    }
  }
}
