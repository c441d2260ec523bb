import Avatar
import AvatarCreation
import Compute
import Foundation
import SMPLX
import TensorFiles

/// Where on a body the 468 points of the face network lie: looks for them in drawings of the bundled avatar
/// and goes back to its surface.
struct FacePointStudio {
  let truth: GroundTruth
  let detector: LandmarkDetector
  let pool: WorkerPool

  /// Drawings, and by how much the person turns and nods in them at most, degrees.
  private static let count = 60
  private static let turn = 18.0
  private static let nod = 10.0

  init(_ truth: GroundTruth, assets: Assets, pool: WorkerPool) throws {
    (self.truth, self.pool) = (truth, pool)
    detector = try LandmarkDetector(models: assets.root + "/models", pool: pool)
  }

  /// Places of the points and of the body's own landmarks, metres, of the unshaped body at rest.
  struct Found {
    var points: [SIMD3<Float>]
    var landmarks: [SIMD3<Float>]

    func write(to path: String) throws {
      func tensor(_ values: [SIMD3<Float>]) -> TensorData {
        TensorData(shape: [values.count, 3], floats: values.flatMap { [$0.x, $0.y, $0.z] })
      }
      try NPZ.write([("points", tensor(points)), ("landmarks", tensor(landmarks))], to: path)
    }
  }

  func measure() throws -> Found {
    let model = truth.model
    let unshaped = try ShapedBody(model: model)
    let rest = (0..<model.vertexCount).map { unshaped.restVertices[$0] }
    var hits = [[SIMD3<Float>]](repeating: [], count: 468)
    var looks = 0
    for number in 0..<Self.count {
      let random = PhiloxRandom(seed: 5, use: "face points", index: UInt64(number))
      let shares = (0..<14).map { Double(random.uniform(at: UInt64($0))) * 2 - 1 }
      var pose = standing(model, yaw: shares[0] * Self.turn)
      pose.rotations[15].x = Float(shares[1] * Self.nod * .pi / 180)
      pose.rotations[15].z = Float(shares[2] * 0.1)
      let betas = (0..<10).map { Float(shares[3 + $0]) * 1.2 }
      let shaped = try ShapedBody(model: model, betas: betas)
      let poser = BodyPoser(body: shaped, pool: pool)
      try poser.pose(pose)
      let (low, high) = rangeY(poser.vertices())
      let (width, height) = (1200, 1800)
      let distance: Float = 4
      pose.translation = [0, -(low + high) / 2, distance]
      try poser.pose(pose)
      let focal = 0.9 * Float(height) * distance / (high - low)
      let camera = PinholeCamera.aligned(
        focalLength: [focal, focal], principalPoint: [Float(width) / 2, Float(height) / 2])
      let light = SIMD3<Float>(Float(shares[13]) * 0.5, -0.5, -0.8)
      let image = try truth.renderer.draw(
        poser.vertices(), camera: camera, width: width, height: height, texture: truth.texture,
        background: [140, 150, 160], shade: { 0.6 + 0.5 * max(0, ($0 * light).sum()) }, samples: 1)
      let picture = Photo(
        width: width, height: height,
        pixels: image.pixels.flatMap { p in (0..<3).map { UInt8(saturating: p[$0]) } })
      guard let person = try detector.persons(in: picture).first,
        let face = try detector.landmarks(of: person, in: picture).landmarks.face
      else { continue }
      looks += 1
      let surface = Surface(poser.vertices(), camera, model, top: face.points.map(\.y).min() ?? 0)
      for (index, point) in face.points.enumerated() where index < hits.count {
        guard let hit = surface.hit(SIMD2(point.x, point.y)) else { continue }
        var place = SIMD3<Float>.zero
        for k in 0..<3 { place += rest[Int(model.faces[3 * hit.face + k])] * hit.weights[k] }
        hits[index].append(place)
      }
    }
    print("faces,\(looks)")
    let points = hits.map { places -> SIMD3<Float> in
      guard !places.isEmpty else { return .zero }
      return SIMD3((0..<3).map { axis in places.map { $0[axis] }.sorted()[places.count / 2] })
    }
    let spread = hits.indices.reduce(Float(0)) { sum, index in
      let steps = hits[index].reduce(0) { $0 + ($1 - points[index]).length }
      return sum + steps / Float(max(hits[index].count, 1)) / Float(hits.count)
    }
    print("spread_mm,\(1000 * spread)")
    let landmarks = model.landmarks.map { point in
      (0..<3).reduce(SIMD3<Float>.zero) { $0 + rest[Int(point.vertices[$1])] * point.weights[$1] }
    }
    return Found(
      points: Self.withOwnBrows(Self.symmetric(points), landmarks), landmarks: landmarks)
  }

  /// The brows as high as the body's own landmarks have them: painted ones are not where its forehead is bent.
  private static func withOwnBrows(
    _ points: [SIMD3<Float>], _ landmarks: [SIMD3<Float>]
  ) -> [SIMD3<Float>] {
    // Without the outermost: those lie elsewhere by name.
    let inner = (1..<9).map { ($0, LandmarkTable.face[$0]) }
    let step = inner.reduce(Float(0)) { $0 + landmarks[$1.0].y - points[$1.1].y } / 8
    var result = points
    for number in brows { result[number].y += step }
    return result
  }

  private static let brows = [
    70, 63, 105, 66, 107, 55, 65, 52, 53, 46, 300, 293, 334, 296, 336, 285, 295, 282, 283, 276,
  ]

  /// Each point and its twin at mirrored places. Twins are the nearest to each other's mirror image.
  static func symmetric(_ points: [SIMD3<Float>]) -> [SIMD3<Float>] {
    let middle = points.map(\.x).reduce(0, +) / Float(points.count)
    func mirrored(_ p: SIMD3<Float>) -> SIMD3<Float> { SIMD3(2 * middle - p.x, p.y, p.z) }
    func nearest(_ place: SIMD3<Float>) -> Int {
      points.indices.min { (points[$0] - place).length < (points[$1] - place).length } ?? 0
    }
    let twins = points.map { nearest(mirrored($0)) }
    return points.indices.map { index in
      let twin = twins[index]
      // Where it is not mutual the neighbours are nearer than the noise.
      let other = twins[twin] == index ? points[twin] : mirrored(points[index])
      let mean = (points[index] + SIMD3(2 * middle - other.x, other.y, other.z)) / 2
      return SIMD3(mean.x - middle, mean.y, mean.z)
    }
  }

  /// The triangles of a head before a camera.
  private struct Surface {
    struct Triangle {
      var face: Int
      var corners: [SIMD2<Float>]
      var depth: [Float]
    }
    var triangles: [Triangle] = []

    init(
      _ vertices: PlanarVertices, _ camera: PinholeCamera, _ model: BodyModel, top: Float
    ) {
      let joints = model.dominantJoints()
      for face in 0..<model.faces.count / 3 {
        let numbers = (0..<3).map { Int(model.faces[3 * face + $0]) }
        guard numbers.allSatisfy({ [12, 15, 22].contains(Int(joints[$0])) }) else { continue }
        let places = numbers.map { camera.transform(vertices[$0]) }
        let corners = places.map {
          SIMD2($0.x, $0.y) / $0.z * camera.focalLength + camera.principalPoint
        }
        triangles.append(Triangle(face: face, corners: corners, depth: places.map(\.z)))
      }
    }

    func hit(_ p: SIMD2<Float>) -> (face: Int, weights: SIMD3<Float>)? {
      var best: (face: Int, weights: SIMD3<Float>)?
      var nearest = Float.infinity
      for triangle in triangles {
        let (a, b, c) = (triangle.corners[0], triangle.corners[1], triangle.corners[2])
        let (u, v, w) = (b - a, c - a, p - a)
        let area = u.x * v.y - u.y * v.x
        guard area != 0 else { continue }
        let s = (w.x * v.y - w.y * v.x) / area
        let t = (u.x * w.y - u.y * w.x) / area
        guard s >= 0, t >= 0, s + t <= 1 else { continue }
        let weights = SIMD3(1 - s - t, s, t)
        let depth = (0..<3).reduce(Float(0)) { $0 + triangle.depth[$1] * weights[$1] }
        if depth < nearest { (nearest, best) = (depth, (triangle.face, weights)) }
      }
      return best
    }
  }
}
