import Compute

/// What is interpolated over one triangle of any extent, in double precision: values at corners far off
/// the screen cancel at the ones on it. What `CandidatePlanes` is for sixteen small ones.
struct WidePlanes {
  private let corners: (ScreenCorner, ScreenCorner, ScreenCorner)
  /// Second and third corner from the first one, samples.
  private let d1: SIMD2<Double>
  private let d2: SIMD2<Double>
  /// The two sides that planes are made from, and one over their doubled area.
  private let e1: SIMD2<Double>
  private let e2: SIMD2<Double>
  private let inverseArea: Double
  /// The origin's centre from the first corner, samples.
  private let offset: SIMD2<Double>

  /// - Parameters:
  ///   - isSliver: values run along the first side, as if the third corner lay across from the first
  ///     one, with the first one's value.
  ///   - origin: the centre of the record's first sample, sub-pixels.
  init(
    _ c0: ScreenCorner, _ c1: ScreenCorner, _ c2: ScreenCorner, isSliver: Bool,
    origin: SIMD2<Int64>
  ) {
    corners = (c0, c1, c2)
    let unit = 1 / Double(RasterConstants.subpixels)
    d1 = SIMD2(Double(c1.x - c0.x), Double(c1.y - c0.y)) * unit
    d2 = SIMD2(Double(c2.x - c0.x), Double(c2.y - c0.y)) * unit
    (e1, e2) = isSliver ? (.zero, SIMD2(-d1.y, d1.x)) : (d1, d2)
    inverseArea = 1 / (isSliver ? (d1 * d1).sum() : d1.x * d2.y - d2.x * d1.y)
    offset = SIMD2(Double(origin.x - c0.x), Double(origin.y - c0.y)) * unit
  }

  /// Puts down the record's depth and what the instance has beside its records.
  func store(
    _ input: SetupInput, record: UnsafeMutablePointer<Int32>,
    attributes: UnsafeMutablePointer<Int32>, cutOut: UnsafeMutablePointer<Int32>
  ) {
    let (c0, c1, c2) = corners
    let depth = plane(c0.inverseDepth, c1.inverseDepth, c2.inverseDepth)
    store(depth, record + TriangleRecord.depth)
    var (u, v) = (depth, depth)
    for index in 0..<input.attributeCount {
      let over = overDepth(c0.attributes[index], c1.attributes[index], c2.attributes[index])
      store(over, attributes + (AttributePlanes.attribute + 3 * index))
      if index == 0 { u = over } else if index == 1 { v = over }
    }
    if let request = input.footprintRequest, input.attributeCount >= 2 {
      store(
        footprint(u, v, depth: depth, request), attributes + AttributePlanes.footprint)
    }
    if input.cutOut != nil {
      let (t0, t1, t2) = (c0.coordinates, c1.coordinates, c2.coordinates)
      store(overDepth(t0.x, t1.x, t2.x), cutOut + CutOutPlanes.u)
      store(overDepth(t0.y, t1.y, t2.y), cutOut + CutOutPlanes.v)
    }
  }

  /// A value that is linear on the screen, from its values at the corners: at the origin's centre, and
  /// its steps along x and y.
  private func plane(_ v0: Float, _ v1: Float, _ v2: Float) -> SIMD3<Float> {
    let a0 = Double(v0)
    let (s1, s2) = (Double(v1) - a0, Double(v2) - a0)
    let dx = (s1 * e2.y - s2 * e1.y) * inverseArea
    let dy = (s2 * e1.x - s1 * e2.x) * inverseArea
    return SIMD3(Float(a0 + dx * offset.x + dy * offset.y), Float(dx), Float(dy))
  }

  /// The same, of a value divided by depth.
  private func overDepth(_ v0: Float, _ v1: Float, _ v2: Float) -> SIMD3<Float> {
    plane(
      v0 * corners.0.inverseDepth, v1 * corners.1.inverseDepth, v2 * corners.2.inverseDepth)
  }

  private func store(_ plane: SIMD3<Float>, _ target: UnsafeMutablePointer<Int32>) {
    for k in 0..<3 { target[k] = Int32(bitPattern: plane[k].bitPattern) }
  }

  /// Level and long axis of a pixel's footprint at the centroid.
  private func footprint(
    _ u: SIMD3<Float>, _ v: SIMD3<Float>, depth: SIMD3<Float>, _ request: FootprintRequest
  ) -> SIMD3<Float> {
    let centre = (d1 + d2) / 3 - offset
    func at(_ p: SIMD3<Float>) -> Float { p.x + p.y * Float(centre.x) + p.z * Float(centre.y) }
    let z = 1 / at(depth)
    let (cu, cv) = (at(u) * z, at(v) * z)
    func lanes(_ value: Float) -> SIMD16<Float> { SIMD16(repeating: value) }
    let footprint = textureFootprint(
      ux: lanes((u.y - cu * depth.y) * z), uy: lanes((u.z - cu * depth.z) * z),
      vx: lanes((v.y - cv * depth.y) * z), vy: lanes((v.z - cv * depth.z) * z),
      request: request)
    return SIMD3(footprint.level[0], footprint.du[0], footprint.dv[0])
  }
}
