import Compute
import SMPLX

/// The texels of a texture that lie on a body's surface: which triangle each is on, and where.
///
/// In reading order of the texture, whose row 0 is v = 1; a texel is at its centre. Where islands
/// overlap the triangle of the largest number is taken.
final class AtlasTexels: Sendable {
  /// Texels along either side of the texture.
  let size: Int
  let count: Int
  /// Number in the texture, row x size + column.
  let places: Plane<Int32>
  let faces: Plane<Int32>
  /// Weights of the triangle's second and third corner.
  let weights: Plane<SIMD2<Float>>
  /// (F, 3)
  let corners: Plane<UInt32>

  /// Texels that one piece of work takes.
  static let chunk = 16384

  /// Of the body's own texture.
  ///
  /// - Throws: `dataError` for a body without texture coordinates.
  convenience init(model: BodyModel, size: Int, pool: WorkerPool) throws {
    self.init(try TextureAtlas(of: model), model: model, size: size, pool: pool)
  }

  /// - Parameter atlas: of the model's triangles.
  init(_ atlas: TextureAtlas, model: BodyModel, size: Int, pool: WorkerPool) {
    let (uv, uvFaces) = (atlas.coordinates, atlas.faces)
    self.size = size
    let points = Plane<SIMD2<Float>>(count: max(uv.count / 2, 1), filledWith: .zero)
    for index in 0..<uv.count / 2 {
      points[index] = [uv[2 * index] * Float(size), (1 - uv[2 * index + 1]) * Float(size)]
    }
    let uvCorners = Plane(uvFaces, orEmpty: 0)
    let faceCount = uvFaces.count / 3
    let ids = Plane<Int32>(count: size * size, filledWith: -1)
    let band = 64
    pool.run((size + band - 1) / band) { index, _ in
      let rows = index * band..<min((index + 1) * band, size)
      for face in 0..<faceCount {
        let corner = uvCorners.pointer + 3 * face
        scan(
          points[Int(corner[0])], points[Int(corner[1])], points[Int(corner[2])], rows: rows,
          size: size
        ) { ids[$0] = Int32(truncatingIfNeeded: face) }
      }
    }
    var count = 0
    for place in 0..<size * size where ids[place] >= 0 { count += 1 }
    self.count = count
    places = Plane(count: max(count, 1), filledWith: 0)
    faces = Plane(count: max(count, 1), filledWith: 0)
    weights = Plane(count: max(count, 1), filledWith: .zero)
    corners = Plane(model.faces, orEmpty: 0)
    var texel = 0
    for place in 0..<size * size where ids[place] >= 0 {
      places[texel] = Int32(truncatingIfNeeded: place)
      faces[texel] = ids[place]
      texel += 1
    }
    let (places, faces, weights) = (places, faces, weights)
    pool.inChunks(count, of: Self.chunk) { range in
      for texel in range {
        let corner = uvCorners.pointer + 3 * Int(faces[texel])
        let place = Int(places[texel])
        weights[texel] = barycentric(
          [Float(place % size) + 0.5, Float(place / size) + 0.5], points[Int(corner[0])],
          points[Int(corner[1])], points[Int(corner[2])])
      }
    }
  }

  /// A value of the vertices at a texel.
  @inline(__always)
  func interpolate<V: SIMD>(_ values: UnsafePointer<V>, _ texel: Int) -> V
  where V.Scalar == Float {
    let corner = corners.pointer + 3 * Int(faces.pointer[texel])
    let weight = weights.pointer[texel]
    let first = V(repeating: 1 - weight.x - weight.y)
    let (second, third) = (V(repeating: weight.x), V(repeating: weight.y))
    return values[Int(corner[0])] * first + values[Int(corner[1])] * second
      + values[Int(corner[2])] * third
  }

  @inline(__always)
  func interpolate(_ values: UnsafePointer<Float>, _ texel: Int) -> Float {
    let corner = corners.pointer + 3 * Int(faces.pointer[texel])
    let weight = weights.pointer[texel]
    return values[Int(corner[0])] * (1 - weight.x - weight.y) + values[Int(corner[1])] * weight.x
      + values[Int(corner[2])] * weight.y
  }

  /// Sums a texel's value over the vertices around it, each with its barycentric weight.
  ///
  /// - Parameter value: of a texel; the last of its entries is usually a weight.
  /// - Returns: (V)
  func gather(
    vertexCount: Int, pool: WorkerPool, _ value: @escaping @Sendable (Int) -> SIMD4<Float>
  ) -> Plane<SIMD4<Float>> {
    // As many sums as there are pieces, so that they are added in the same order by any threads.
    let pieces = 8
    let sums = Plane<SIMD4<Float>>(count: pieces * vertexCount, filledWith: .zero)
    let count = count
    pool.run(pieces) { [self] piece, _ in
      let sum = sums.pointer + piece * vertexCount
      for texel in count * piece / pieces..<count * (piece + 1) / pieces {
        let value = value(texel)
        if value == .zero { continue }
        let corner = corners.pointer + 3 * Int(faces.pointer[texel])
        let weight = weights.pointer[texel]
        sum[Int(corner[0])] += value * (1 - weight.x - weight.y)
        sum[Int(corner[1])] += value * weight.x
        sum[Int(corner[2])] += value * weight.y
      }
    }
    let result = Plane<SIMD4<Float>>(count: vertexCount, filledWith: .zero)
    for piece in 0..<pieces {
      for vertex in 0..<vertexCount { result[vertex] += sums[piece * vertexCount + vertex] }
    }
    return result
  }
}

/// Calls `body` with the number of every texel in some rows whose centre lies in the triangle.
@inline(__always)
private func scan(
  _ a: SIMD2<Float>, _ b: SIMD2<Float>, _ c: SIMD2<Float>, rows: Range<Int>, size: Int,
  _ body: (Int) -> Void
) {
  let low = pointwiseMin(pointwiseMin(a, b), c)
  let high = pointwiseMax(pointwiseMax(a, b), c)
  // Written so that what is not a number fails.
  guard high.y >= Float(rows.lowerBound), low.y <= Float(rows.upperBound) else { return }
  let limit = Float(size)
  guard high.x >= 0, low.x <= limit else { return }
  let firstRow = max(rows.lowerBound, Int(saturating: low.y - 0.5, .up))
  let lastRow = min(rows.upperBound - 1, Int(saturating: high.y - 0.5, .down))
  let firstColumn = max(0, Int(saturating: low.x - 0.5, .up))
  let lastColumn = min(size - 1, Int(saturating: high.x - 0.5, .down))
  guard firstRow <= lastRow, firstColumn <= lastColumn else { return }
  for row in firstRow...lastRow {
    for column in firstColumn...lastColumn {
      let weight = barycentric([Float(column) + 0.5, Float(row) + 0.5], a, b, c)
      if weight.x >= 0, weight.y >= 0, weight.x + weight.y <= 1 { body(row * size + column) }
    }
  }
}

/// Weights of b and c at a point; not numbers for a triangle without area.
@inline(__always)
private func barycentric(
  _ p: SIMD2<Float>, _ a: SIMD2<Float>, _ b: SIMD2<Float>, _ c: SIMD2<Float>
) -> SIMD2<Float> {
  let (u, v, w) = (b - a, c - a, p - a)
  let area = u.x * v.y - u.y * v.x
  return SIMD2(w.x * v.y - w.y * v.x, u.x * w.y - u.y * w.x) / area
}
