import Compute
import SMPLX

/// Where a body's ears are, by its rest shape.
struct Ears: Sendable {
  /// (V) of the outer ear.
  let isEar: [Bool]
  /// Heights of the upper end and the lobe, metres.
  let top: Float
  let bottom: Float
  /// z of the middle, and of the ear's own landmark, metres.
  let middle: Float
  let front: Float

  init(_ body: ShapedBody, _ regions: [BodyRegion]) {
    let (model, rest) = (body.model, body.restVertices)
    let eyes = (body.restJoints[23] + body.restJoints[24]) / 2
    // The order of `BodyModel.vertexJointIDs`: nose, eyes, right ear, left ear.
    let ear =
      model.vertexJointIDs.count > 4
      ? rest[Int(model.vertexJointIDs[4])] : SIMD3(0.085, eyes.y, body.restJoints[15].z)
    let side = abs(ear.x)
    var isEar = [Bool](repeating: false, count: model.vertexCount)
    var (top, bottom, sum, count) = (ear.y, ear.y, Float(0), Float(0))
    for vertex in regions.indices where regions[vertex] == .head {
      let place = rest[vertex]
      guard abs(place.y - ear.y) < 0.06, abs(place.z - ear.z) < 0.045 else { continue }
      if abs(place.x) > 0.78 * side {
        (top, bottom) = (max(top, place.y), min(bottom, place.y))
        sum += place.z
        count += 1
      }
      isEar[vertex] = abs(place.x) > 0.87 * side
    }
    self.isEar = isEar
    (self.top, self.bottom) = (top, bottom)
    middle = count > 0 ? sum / count : ear.z
    front = ear.z
  }
}
