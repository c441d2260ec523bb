import Compute
import Foundation

/// Fills the head: skin and hair are continued apart from each other, so that no face comes round to the
/// back and hair ends where it should.
struct HeadFill: Sendable {
  let body: BodySurface
  let shape: HeadShape
  let colors: PersonColors
  /// (V) skin's and hair's colour where there is skin or hair.
  let skin: Plane<SIMD4<Float>>
  let hair: Plane<SIMD4<Float>>
  /// (V) x: how far there is hair; y: how far it is the head; z: how open it lies to light.
  private let membership: Plane<SIMD4<Float>>
  private let noise = HairNoise()
  /// How likely glasses are worn, 0 to 1.
  let glasses: Float

  /// Metres above and below the eyes where only what is surely skin is continued.
  private static let eyeZone: Float = 0.028

  init(
    _ seen: SeenTexels, atlas: AtlasTexels, body: BodySurface, colors: PersonColors,
    pool: WorkerPool
  ) {
    self.body = body
    self.colors = colors
    let shape = HeadShape(body)
    self.shape = shape
    let (groups, regions, rest) = (body.groups, body.regions, body.rest)
    let glasses = Self.glasses(seen, atlas, body, shape, colors)
    self.glasses = glasses
    /// Colour and weight of what is seen of the head, for hair (true) or skin.
    @Sendable func part(_ texel: Int, _ wantsHair: Bool) -> SIMD4<Float> {
      let color = seen.colors[texel]
      let corner = Int(atlas.corners[3 * Int(atlas.faces[texel])])
      guard color.w > 0, groups[corner][BodyGroup.head.rawValue] > 0.4 else { return .zero }
      let lab = PerceptualColor.lab(color)
      let share = colors.hairShare(lab)
      var weight = color.w
      if wantsHair {
        guard regions[corner] == .scalp || regions[corner] == .head else { return .zero }
        let distance = colors.distanceToHair(lab) / 30
        weight *= share * exp(-distance * distance)
      } else {
        // Glasses and their shadow, greyer than skin, would be spread over the temples.
        let isBesideEyes = abs(rest[corner].y - shape.eyes) < Self.eyeZone
        let distance = colors.distanceToSkin(lab) / (isBesideEyes ? 22 - 11 * glasses : 22)
        weight *= (1 - share) * exp(-distance * distance)
      }
      return SIMD4(color.x * weight, color.y * weight, color.z * weight, weight)
    }
    let scale = Float(atlas.size) / 1024
    func given(_ wantsHair: Bool, _ usual: SIMD4<Float>, _ stiffness: Float) -> Plane<SIMD4<Float>>
    {
      let sums = atlas.gather(vertexCount: body.vertexCount, pool: pool) { part($0, wantsHair) }
      for vertex in 0..<body.vertexCount {
        let sum = sums[vertex]
        let weight = min(sum.w / (scale * scale), 4)
        let color = sum / max(sum.w, 1e-9)
        let pulled = (color * weight + usual * 0.02) / (weight + 0.02)
        sums[vertex] = pulled
        sums[vertex].w = 2 * weight + stiffness
      }
      return sums
    }
    let members = Self.members(
      body, shape, seen: Self.seenHair(seen, atlas, body, shape, colors, pool))
    let spread = body.diffuse(
      [
        given(false, colors.skin, 0.004), given(true, colors.hair, 0.01), members.hair,
        members.head,
      ], pool: pool)
    (skin, hair) = (spread[0], spread[1])
    membership = spread[2]
    for vertex in 0..<body.vertexCount {
      membership[vertex].y = spread[3][vertex].x
      membership[vertex].z = shape.openness[vertex]
      if shape.isEar[vertex] { membership[vertex].x = min(membership[vertex].x, 0.1) }
    }
  }

  /// What is beside the eyes towards the ears is skin, or a frame and its shadow.
  private static func glasses(
    _ seen: SeenTexels, _ atlas: AtlasTexels, _ body: BodySurface, _ shape: HeadShape,
    _ colors: PersonColors
  ) -> Float {
    let side = abs(body.joints[23].x)
    var (sum, weight) = (Float(0), Float(0))
    for texel in 0..<atlas.count where seen.colors[texel].w > 0.3 {
      let corner = Int(atlas.corners[3 * Int(atlas.faces[texel])])
      let place = body.rest[corner]
      guard body.regions[corner] == .face, abs(place.y - shape.eyes) < 0.02,
        (side + 0.015...side + 0.035).contains(abs(place.x))
      else { continue }
      let color = seen.colors[texel]
      sum += color.w * colors.distanceToSkin(PerceptualColor.lab(color))
      weight += color.w
    }
    return weight > 0 ? smoothStep(sum / weight, 13, 20) : 0
  }

  /// By vertex: share of hair above the brows, where the photo shows it, and how surely. Below, beards and
  /// glasses look like hair.
  private static func seenHair(
    _ seen: SeenTexels, _ atlas: AtlasTexels, _ body: BodySurface, _ shape: HeadShape,
    _ colors: PersonColors, _ pool: WorkerPool
  ) -> Plane<SIMD4<Float>> {
    let (groups, rest) = (body.groups, body.rest)
    let least = shape.eyes + 0.03
    let sums = atlas.gather(vertexCount: body.vertexCount, pool: pool) { texel in
      let color = seen.colors[texel]
      let corner = Int(atlas.corners[3 * Int(atlas.faces[texel])])
      guard color.w > 0.3, groups[corner][BodyGroup.head.rawValue] > 0.9, rest[corner].y > least
      else { return .zero }
      return SIMD4(colors.hairShare(PerceptualColor.lab(color)) * color.w, color.w, 0, 0)
    }
    let scale = Float(atlas.size) / 1024
    for vertex in 0..<body.vertexCount {
      let sum = sums[vertex]
      sums[vertex] = SIMD4(sum.x / max(sum.y, 1e-9), min(sum.y / (scale * scale), 4), 0, 0)
    }
    return sums
  }

  /// What is known of where hair is, and of where the head is.
  private static func members(
    _ body: BodySurface, _ shape: HeadShape, seen: Plane<SIMD4<Float>>
  ) -> (hair: Plane<SIMD4<Float>>, head: Plane<SIMD4<Float>>) {
    let hair = Plane<SIMD4<Float>>(count: body.vertexCount, filledWith: .zero)
    let head = Plane<SIMD4<Float>>(count: body.vertexCount, filledWith: .zero)
    for vertex in 0..<body.vertexCount {
      let (usual, belief) = (max(shape.hair[vertex], 0), shape.belief[vertex])
      let shown = 0.5 * seen[vertex].y
      hair[vertex] = SIMD4(
        (usual * belief + seen[vertex].x * shown) / (belief + shown), 0, 0, belief + shown)
      head[vertex] = SIMD4(body.regions[vertex].isHead ? 1 : 0, 0, 0, 0.25)
    }
    return (hair, head)
  }

  /// Fills the head's texels over what charts gave, and down to where the neck is theirs.
  func fill(
    _ filled: Plane<SIMD4<Float>>, over limbs: ChartFill, atlas: AtlasTexels, pool: WorkerPool
  ) {
    let (rest, contrast, crown) = (body.rest, colors.hairContrast, shape.crown)
    let tint = colors.hair / max((colors.hair.x + colors.hair.y + colors.hair.z) / 3, 1)
    let strandTint = pointwiseMin(
      pointwiseMax(tint, SIMD4(repeating: 0.5)), SIMD4(repeating: 1.6))
    pool.inChunks(atlas.count, of: AtlasTexels.chunk) { range in
      for texel in range {
        let member = atlas.interpolate(membership.pointer, texel)
        let hairy = smoothStep(member.x, 0.36, 0.60)
        var share = max(smoothStep(member.y, 0.3, 0.7), hairy)
        if member.y > 0.005, share < 1 {
          share = max(share, limbs.bareNeck(atlas.interpolate(rest.pointer, texel)))
        }
        guard share > 0 else { continue }
        var color = atlas.interpolate(skin.pointer, texel) * member.z
        if hairy > 0 {
          let place = atlas.interpolate(rest.pointer, texel)
          let strands = noise.value(SIMD3(place.x, place.y, place.z) - crown) * contrast
          let lock = atlas.interpolate(hair.pointer, texel) + strands * strandTint
          color += (lock - color) * hairy
        }
        let old = filled[texel]
        var result = old.w > 0 ? old + (color - old) * share : color
        result.w = max(old.w, share)
        filled[texel] = result
      }
    }
  }
}
