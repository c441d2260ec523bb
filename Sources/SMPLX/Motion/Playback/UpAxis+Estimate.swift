import Compute

// Which way is up in a motion, by what the body does over all of it.

extension Orientation {
  /// The up axis of `motion`: what the file says, what its layout defines, or what several signs say: where
  /// the trunk points, where the head is above the feet, and along which axis the body travels least.
  ///
  /// X and -Z are rare as up axes, and a body along them is more often one that lies down, so that they
  /// need the trajectory's support. The layout's usual axis wins where others fit no better, so that a
  /// short recording of somebody on the floor is not stood up. A definition stands unless the body would
  /// float up lying down.
  public static func upAxis(of motion: any Motion) throws -> UpEstimate {
    if let axis = motion.summary.upAxis { return UpEstimate(axis: axis, isCertain: true) }
    let signs = try UpSigns(motion)
    switch motion.summary.layout.up {
    case .definitely(let axis): return signs.defined(axis, by: motion.summary.layout.label)
    case .usually(let axis): return signs.best(usual: axis)
    }
  }
}

/// What a motion says of the vertical.
struct UpSigns {
  /// The mean direction of the trunk and from the feet to the head; at most of length 1.
  private let body: SIMD3<Double>
  /// What the body travels along each axis, metres.
  private let range: SIMD3<Double>
  /// From the first frame to the last.
  private let travel: SIMD3<Double>

  /// Metres of travel below which a trajectory says nothing.
  private static let leastTravel = 0.3

  init(_ motion: any Motion) throws {
    var (low, high) = (
      SIMD3<Double>(repeating: .infinity), SIMD3<Double>(repeating: -.infinity)
    )
    var (first, last): (SIMD3<Double>?, SIMD3<Double>) = (nil, .zero)
    body = try Orientation.meanOver(motion, 0...max(0, motion.frameCount - 1)) { frame in
      let t = frame + MotionFrame.translation
      let place = SIMD3(Double(t[0]), Double(t[1]), Double(t[2]))
      low = pointwiseMin(low, place)
      high = pointwiseMax(high, place)
      first = first ?? place
      last = place
      return Self.uprightness(frame)
    }
    range = high - low
    travel = last - (first ?? .zero)
  }

  /// Half the direction of the trunk and half that from the feet to the head.
  private static func uprightness(_ frame: UnsafePointer<Float>) -> SIMD3<Double> {
    func turn(_ joint: Int) -> RotationMatrix {
      RotationMatrix(axisAngle: Orientation.rotation(frame, joint))
    }
    let pelvis = turn(0)
    // Offsets of a grown body from joint to joint, metres; their proportions suffice.
    var foot = SIMD3<Double>.zero
    for (hip, knee, side) in [(1, 4, 0.06), (2, 5, -0.06)] {
      let thigh = pelvis * turn(hip)
      foot += 0.5 * (pelvis * SIMD3(side, -0.09, 0))
      foot += 0.5 * (thigh * SIMD3(0, -0.38, 0) + thigh * turn(knee) * SIMD3(0, -0.42, 0))
    }
    let spine = [3, 6, 9].reduce(pelvis) { $0 * turn($1) }
    let head = spine * SIMD3(0, 0.55, 0)
    let way = head - foot
    let trunk = spine * SIMD3(0, 1, 0)
    return 0.5 * trunk + 0.5 * way / max(way.length, 1e-6)
  }

  private func fit(_ axis: UpAxis) -> Double { body.dot(axis.direction) }

  /// 1 for the axis that the body does not travel along, -1 for the one it travels most along; 0 where it
  /// stays.
  private func level(_ axis: UpAxis) -> Double {
    let most = range.max()
    guard most > Self.leastTravel, most.isFinite else { return 0 }
    let along = (range * axis.direction).length
    return 1 - 2 * along / most
  }

  func best(usual: UpAxis) -> UpEstimate {
    func score(_ axis: UpAxis) -> Double {
      let habit =
        axis == usual ? 0.15 : [.y, .z, .minusY].contains(axis) ? 0 : -0.9
      return fit(axis) + 0.35 * level(axis) + habit
    }
    let best = UpAxis.allCases.reduce(usual) { score($1) > score($0) + 1e-9 ? $1 : $0 }
    let isCertain = fit(best) >= 0.5
    return UpEstimate(
      axis: best, isCertain: isCertain,
      notice: isCertain
        ? nil : "the up axis is uncertain (the body lies down or turns over); `up` sets it")
  }

  /// A layout's own axis, unless the body stands along another one and would rise along this one.
  func defined(_ axis: UpAxis, by label: String) -> UpEstimate {
    let other = UpAxis.allCases.reduce(axis) { fit($1) > fit($0) ? $1 : $0 }
    let rise = abs(travel.dot(axis.direction))
    guard other != axis, fit(other) >= 0.85 else {
      return UpEstimate(axis: axis, isCertain: true)
    }
    if rise >= Self.leastTravel, level(axis) <= -0.5, level(other) >= 0.5 {
      return UpEstimate(
        axis: other, isCertain: true,
        notice: "\(label) is \(axis.label), but this body would rise lying down: \(other.label) "
          + "taken; `up` \(axis.rawValue) keeps the layout's")
    }
    return UpEstimate(
      axis: axis, isCertain: true,
      notice: "the body lies along \(other.rawValue.uppercased()) all the time, as \(label) is "
        + "\(axis.label); `up` \(other.rawValue) stands it up")
  }
}
