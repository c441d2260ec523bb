import CSIMD
import Compute

/// What is interpolated over sixteen candidates.
struct CandidatePlanes {
  let candidates: CandidateTriangles
  /// Of the sixteen, the first that are there.
  let number: Int
  /// Second and third corner from the first one, samples.
  let d1: (x: SIMD16<Float>, y: SIMD16<Float>)
  let d2: (x: SIMD16<Float>, y: SIMD16<Float>)
  /// The two sides that planes are made from, and one over their doubled area.
  let e1: (x: SIMD16<Float>, y: SIMD16<Float>)
  let e2: (x: SIMD16<Float>, y: SIMD16<Float>)
  let inverseArea: SIMD16<Float>
  /// The origin's centre from the first corner, samples.
  let offset: (x: SIMD16<Float>, y: SIMD16<Float>)

  /// A value that is linear on the screen: at the origin's centre, and its steps along x and y.
  struct Plane {
    let start, dx, dy: SIMD16<Float>

    @inline(__always)
    func store(_ work: UnsafeMutablePointer<Int32>, _ first: Int) {
      start.store(work, first)
      dx.store(work, first + 1)
      dy.store(work, first + 2)
    }
  }

  /// From the values at the corners.
  @inline(__always)
  private func plane(_ a0: Floats, _ a1: Floats, _ a2: Floats) -> Plane {
    let (s1, s2) = (a1 - a0, a2 - a0)
    let dx = (s1 * e2.y - s2 * e1.y) * inverseArea
    let dy = (s2 * e1.x - s1 * e2.x) * inverseArea
    return Plane(start: a0 + dx * offset.x + dy * offset.y, dx: dx, dy: dy)
  }

  @inline(__always)
  private func inverseDepth(_ corner: Int) -> Floats {
    unsafeBitCast(candidates.load(6 &+ corner), to: Floats.self)
  }

  @inline(__always)
  var depth: Plane { plane(inverseDepth(0), inverseDepth(1), inverseDepth(2)) }

  /// An attribute divided by depth.
  @inline(__always)
  private func plane(_ attribute: VertexAttribute, _ input: SetupInput) -> Plane {
    // Lanes past `number` hold whatever was there before: their numbers must not be followed.
    let used =
      Ints(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
      .< Int32(truncatingIfNeeded: number)
    let first = input.usesTextureCorners(attribute) ? 13 : 10
    @inline(__always) func value(_ corner: Int) -> Floats {
      csimd_gather_f32(
        attribute.values,
        Ints.zero.replacing(with: candidates.load(first &+ corner), where: used))
    }
    return plane(
      value(0) * inverseDepth(0), value(1) * inverseDepth(1), value(2) * inverseDepth(2))
  }

  /// Puts down `AttributePlanes`.
  @inline(__always)
  func storeAttributes(_ input: SetupInput, depth: Plane) {
    let work = candidates.planeWork
    var (u, v) = (depth, depth)
    for index in 0..<input.attributeCount {
      guard let attribute = input.attribute(index) else { continue }
      let over = plane(attribute, input)
      over.store(work, AttributePlanes.attribute + 3 * index)
      if index == 0 { u = over } else if index == 1 { v = over }
    }
    if let request = input.footprintRequest {
      storeFootprints(u, v, depth: depth, request)
    }
  }

  /// Puts down `CutOutPlanes`.
  @inline(__always)
  func storeCutOut(_ cutOut: SetupInput.CutOutCoordinates, _ input: SetupInput) {
    plane(cutOut.u, input).store(candidates.planeWork, CutOutPlanes.u)
    plane(cutOut.v, input).store(candidates.planeWork, CutOutPlanes.v)
  }

  @inline(__always)
  private func storeFootprints(_ u: Plane, _ v: Plane, depth: Plane, _ request: FootprintRequest) {
    // At the centroid, as steps from the origin's centre.
    let third = Float(1) / 3
    let centre = (
      x: (d1.x + d2.x) * third - offset.x, y: (d1.y + d2.y) * third - offset.y
    )
    @inline(__always) func at(_ p: Plane) -> Floats {
      p.start + p.dx * centre.x + p.dy * centre.y
    }
    let z = 1 / at(depth)
    let (cu, cv) = (at(u) * z, at(v) * z)
    let footprint = textureFootprint(
      ux: (u.dx - cu * depth.dx) * z, uy: (u.dy - cu * depth.dy) * z,
      vx: (v.dx - cv * depth.dx) * z, vy: (v.dy - cv * depth.dy) * z,
      request: request)
    let work = candidates.planeWork
    footprint.level.store(work, AttributePlanes.footprint)
    footprint.du.store(work, AttributePlanes.footprint + 1)
    footprint.dv.store(work, AttributePlanes.footprint + 2)
  }
}

extension SIMD16 {
  /// Puts the lanes down as plane number `plane` of sixteen words each.
  @inline(__always)
  func store(_ work: UnsafeMutablePointer<Int32>, _ plane: Int) {
    UnsafeMutableRawPointer(work + 16 * plane).storeBytes(of: self, as: Self.self)
  }
}
