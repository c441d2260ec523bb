import Compute
import SMPLX

/// Draws the body, pulls its outline to the person's, and again.
struct SilhouetteStage {
  let shape: PersonShape
  let distance: SignedDistance
  let silhouette: BodySilhouette

  init(_ shape: PersonShape, silhouette: BodySilhouette, pool: WorkerPool) {
    self.shape = shape
    self.silhouette = silhouette
    distance = SignedDistance(
      shape.isPerson, width: shape.width, height: shape.height, pool: pool)
  }

  func run(_ fit: inout LandmarkFit, rounds: Int = 6) throws {
    for _ in 0..<rounds {
      fit.refine(with: try term(fit), iterations: 4)
    }
  }

  private func view(_ fit: LandmarkFit) throws -> BodySilhouette.View {
    try silhouette.view(
      betas: fit.betas(), pose: fit.pose(), camera: fit.camera, scale: shape.scale,
      width: shape.width, height: shape.height)
  }

  /// Outline vertices at most.
  private static let mostVertices = 500

  private func term(_ fit: LandmarkFit) throws -> ContourTerm {
    var outline = try view(fit).outline
    if outline.count > Self.mostVertices {
      let count = outline.count
      outline = (0..<Self.mostVertices).map { outline[$0 * count / Self.mostVertices] }
    }
    var vertices: [Int] = []
    var samples: [ContourTerm.Sample] = []
    // As if there were sixty of them, each off by so much.
    let unit = 0.008 * fit.size
    let share = (60 / Double(max(1, outline.count))).squareRoot()
    for (vertex, position, part) in outline {
      guard let (distance, gradient) = distance.sample(position) else { continue }
      let cloth = cloth(part, fit)
      let pixels = distance / shape.scale
      let worn = pixels + (cloth.map { $0.factor * fit.parameters[$0.index] } ?? 0)
      var weight =
        switch part {
        case _ where worn > 0: 1.0
        case .head: 0.05
        default: 0.8
        }
      // Beyond 4 % of the height something else is wrong.
      weight *= min(1, (0.04 * fit.size / max(abs(worn), 1e-6)).squareRoot())
      vertices.append(vertex)
      samples.append(
        ContourTerm.Sample(
          position: position / shape.scale, distance: pixels, gradient: gradient,
          weight: weight * share / unit, cloth: cloth))
    }
    return ContourTerm(
      vertices: FittedVertices(vertices, of: fit.model), samples: samples, camera: fit.camera)
  }

  /// The unknown that says how thick clothes are at a part, and pixels of the photo a metre of it.
  private func cloth(
    _ part: BodySilhouette.OutlinePart, _ fit: LandmarkFit
  ) -> (index: Int, factor: Double)? {
    let depth = max(0.1, fit.parameters[fit.model.layout.translation.upperBound - 1])
    let scale = fit.camera.focalLength / depth
    let first = fit.model.layout.cloth.lowerBound
    switch part {
    case .trunk(let share): return (first, share * scale)
    case .leg: return (first + 1, scale)
    default: return nil
    }
  }

  /// Intersection over union of the body's silhouette and the person, and the share of the body that
  /// lies outside of the person.
  func overlap(_ fit: LandmarkFit) throws -> (iou: Double, outside: Double) {
    let body = try view(fit).isBody
    var (both, either, outside, count) = (0, 0, 0, 0)
    for pixel in body.indices {
      if body[pixel] && shape.isPerson[pixel] { both += 1 }
      if body[pixel] || shape.isPerson[pixel] { either += 1 }
      if body[pixel] && !shape.isPerson[pixel] { outside += 1 }
      if body[pixel] { count += 1 }
    }
    return (Double(both) / Double(max(1, either)), Double(outside) / Double(max(1, count)))
  }
}
