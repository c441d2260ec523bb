import Compute
import Foundation

/// The photo's light of low order, as far as the body's shape explains it, and the photo without it.
///
/// Log luminance of what is seen = the level of its material + spherical harmonics of order 2 of the normal;
/// materials are a body part's few usual colours. Method: Ramamoorthi and Hanrahan, "An Efficient
/// Representation for Irradiance Environment Maps" (2001), by reweighted least squares.
struct PhotoLight: Sendable {
  /// Of x, y, z, xy, yz, 3 z^2 - 1, xz, x^2 - y^2 of a normal in the camera's axes; natural logarithms.
  let coefficients: [Float]
  /// The mean over what is seen.
  let mean: Float

  static let terms = 8
  private static let mostSamples = 40000
  private static let materials = 3
  private static let rounds = 6
  /// Pulls the light to none, in samples.
  private static let ridge = 0.02
  /// Share of the light that is taken out: what is left hides what the model gets wrong.
  private static let strength: Float = 0.75
  private static let greatest: Float = 0.7
  /// What is nearly white is not made brighter than this.
  private static let greatestClippedGain: Float = 1.2

  private struct Sample {
    var basis: [Double]
    var luminance: Double
    var material: Int
  }

  @inline(__always)
  private static func basis(_ n: SIMD3<Float>) -> SIMD8<Float> {
    SIMD8(
      n.x, n.y, n.z, n.x * n.y, n.y * n.z, 3 * n.z * n.z - 1, n.x * n.z, n.x * n.x - n.y * n.y)
  }

  /// Nil where too little is seen.
  init?(_ posed: PosedSurface, photo: WorkingPhoto, body: BodySurface) {
    let count = posed.width * posed.height
    let seen = (0..<count).filter {
      posed.triangles[$0] >= 0 && photo.trust[$0] > 0.7
        && Self.facing(posed, $0) > 0.3
    }
    guard seen.count > 500 else { return nil }
    let step = max(1, seen.count / Self.mostSamples)
    let pixels = stride(from: 0, to: seen.count, by: step).map { seen[$0] }
    let materials = Self.materials(pixels, posed, photo, body)
    let rows = zip(pixels, materials.numbers).map { pixel, material in
      let basis = Self.basis(Self.normal(posed, pixel))
      let color = photo.colors[pixel]
      let table = PerceptualColor.linear
      let light =
        0.2126 * table[Int(UInt8(saturating: color.x))]
        + 0.7152 * table[Int(UInt8(saturating: color.y))]
        + 0.0722 * table[Int(UInt8(saturating: color.z))]
      return Sample(
        basis: (0..<Self.terms).map { Double(basis[$0]) }, luminance: log(Double(light) + 4e-3),
        material: material)
    }
    guard let found = Self.solve(rows, materials: materials.count),
      found.allSatisfy(\.isFinite)
    else { return nil }
    coefficients = found.map { Float($0) }
    let sum = rows.reduce(0.0) { $0 + zip($1.basis, found).map(*).reduce(0, +) }
    mean = Float(sum / Double(rows.count))
  }

  private static func normal(_ posed: PosedSurface, _ pixel: Int) -> SIMD3<Float> {
    let count = posed.width * posed.height
    let plane = posed.pixelNormals
    return SIMD3(plane[pixel], plane[count + pixel], plane[2 * count + pixel]).normalized
  }

  /// The cosine to the camera's axis.
  private static func facing(_ posed: PosedSurface, _ pixel: Int) -> Float {
    -normal(posed, pixel).z
  }

  /// A few usual colours of each body part, by k-means from the quantiles of lightness.
  private static func materials(
    _ pixels: [Int], _ posed: PosedSurface, _ photo: WorkingPhoto, _ body: BodySurface
  ) -> (numbers: [Int], count: Int) {
    var numbers = [Int](repeating: 0, count: pixels.count)
    let colors = pixels.map {
      PerceptualColor.lab(photo.colors[$0]) * SIMD3<Float>(0.35, 1, 1)
    }
    let groups = pixels.map { pixel -> Int in
      let weights = body.groups[Int(body.model.faces[3 * Int(posed.triangles[pixel])])]
      return BodyGroup.allCases.max { weights[$0.rawValue] < weights[$1.rawValue] }?.rawValue ?? 0
    }
    var total = 0
    for group in BodyGroup.allCases {
      let members = pixels.indices.filter { groups[$0] == group.rawValue }
      guard !members.isEmpty else { continue }
      let count = min(materials, max(1, members.count / 300))
      let sorted = members.sorted { (colors[$0].x, $0) < (colors[$1].x, $1) }
      var centres = (0..<count).map { colors[sorted[sorted.count * (2 * $0 + 1) / (2 * count)]] }
      for _ in 0..<12 {
        var sums = [SIMD4<Float>](repeating: .zero, count: count)
        for member in members {
          let color = colors[member]
          let nearest = centres.indices.min {
            (centres[$0] - color).length < (centres[$1] - color).length
          }
          numbers[member] = total + (nearest ?? 0)
          sums[nearest ?? 0] += SIMD4(color, 1)
        }
        for k in 0..<count where sums[k].w > 0 {
          centres[k] = SIMD3(sums[k].x, sums[k].y, sums[k].z) / sums[k].w
        }
      }
      total += count
    }
    return (numbers, total)
  }

  private static func solve(_ samples: [Sample], materials: Int) -> [Double]? {
    let size = terms + materials
    var weights = [Double](repeating: 1, count: samples.count)
    var solution = [Double](repeating: 0, count: size)
    for _ in 0..<rounds {
      var matrix = [Double](repeating: 0, count: size * size)
      var right = [Double](repeating: 0, count: size)
      for (sample, weight) in zip(samples, weights) {
        let column = terms + sample.material
        for i in 0..<terms {
          let value = weight * sample.basis[i]
          for j in 0...i { matrix[i * size + j] += value * sample.basis[j] }
          matrix[column * size + i] += value
          right[i] += value * sample.luminance
        }
        matrix[column * size + column] += weight
        right[column] += weight * sample.luminance
      }
      for i in 0..<size {
        matrix[i * size + i] += i < terms ? ridge * Double(samples.count) : 1e-3
      }
      guard solveCholesky(&matrix, &right, size) else { return nil }
      solution = right
      let residuals = samples.map { sample in
        abs(
          sample.luminance - zip(sample.basis, solution).map(*).reduce(0, +)
            - solution[terms + sample.material])
      }
      let scale = 1.5 * residuals.sorted()[residuals.count / 2] + 1e-3
      for index in weights.indices { weights[index] = 1 / max(1, residuals[index] / scale) }
    }
    return Array(solution[..<terms])
  }

  /// Takes the light out of the photo's colours.
  func remove(from photo: WorkingPhoto, _ posed: PosedSurface, pool: WorkerPool) {
    let (width, height) = (photo.width, photo.height)
    let terms = Plane<SIMD4<Float>>(count: width * height, filledWith: .zero)
    let weights = coefficients.indices.reduce(into: SIMD8<Float>.zero) { $0[$1] = coefficients[$1] }
    let mean = mean
    pool.inChunks(height, of: 16) { rows in
      for pixel in rows.lowerBound * width..<rows.upperBound * width
      where posed.triangles[pixel] >= 0 {
        let term = (Self.basis(Self.normal(posed, pixel)) * weights).sum() - mean
        terms[pixel] = SIMD4(term.limited(to: -Self.greatest...Self.greatest), 0, 0, 1)
      }
    }
    PushPull.fill(terms, width: width, height: height, pool: pool)
    let reach = max(1, Int(saturating: 2 * posed.unit))
    pool.inChunks(height, of: 16) { rows in
      for row in rows {
        for column in 0..<width {
          var (sum, count) = (Float(0), Float(0))
          for step in -reach...reach {
            let x = min(max(column + step, 0), width - 1)
            let y = min(max(row + step, 0), height - 1)
            sum += terms[row * width + x].x + terms[y * width + column].x
            count += 2
          }
          let pixel = row * width + column
          let color = photo.colors[pixel]
          var gain = exp(-Self.strength * sum / count)
          if max(color.x, color.y, color.z) > 245 { gain = min(gain, Self.greatestClippedGain) }
          // sRGB is nearly the power 1 / 2.2 of light.
          photo.colors[pixel] = pointwiseMin(
            color * pow(gain, 1 / 2.2), SIMD4(255, 255, 255, color.w))
        }
      }
    }
  }
}
