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
  /// Share of the light that is taken out: what is left hides what the model gets wrong.
  private static let strength: Float = 0.75
  private static let greatest: Float = 0.7
  /// What is nearly white is not made brighter than this: 1.2 of light.
  private static let greatestClippedGain: Float = 1.0864

  struct Sample {
    var basis: SIMD8<Double>
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
        basis: SIMD8<Double>(basis), luminance: log(Double(light) + 4e-3),
        material: material)
    }
    guard let found = Self.solve(rows, materials: materials.count),
      found.allSatisfy(\.isFinite)
    else { return nil }
    coefficients = found.map { Float($0) }
    let terms = SIMD8(found)
    let sum = rows.reduce(0.0) { $0 + Self.dot($1.basis, terms) }
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
    let count = Float(2 * (2 * reach + 1))
    pool.inChunks(height, of: 16) { rows in
      let down = AlignedBuffer<Float>(count: width)
      let across = AlignedBuffer<Float>(count: width + 2 * reach)
      for row in rows {
        // Means over a cross: its upright, then what lies left and right.
        down.pointer.update(repeating: 0, count: width)
        for step in -reach...reach {
          let line = terms.pointer + min(max(row + step, 0), height - 1) * width
          for column in 0..<width { down.pointer[column] += line[column].x }
        }
        let line = terms.pointer + row * width
        for column in -reach..<width + reach {
          across.pointer[column + reach] = line[min(max(column, 0), width - 1)].x
        }
        for step in 0...2 * reach {
          for column in 0..<width { down.pointer[column] += across.pointer[column + step] }
        }
        let colors = photo.colors.pointer + row * width
        for column in 0..<width {
          let color = colors[column]
          var gain = Self.gain(down.pointer[column] / count)
          if max(color.x, color.y, color.z) > 245 {
            gain = min(gain, Self.greatestClippedGain)
          }
          colors[column] = pointwiseMin(color * gain, SIMD4(255, 255, 255, color.w))
        }
      }
    }
  }

  /// What sRGB is multiplied by to take a logarithm of light out: sRGB is nearly the power 1 / 2.2 of light.
  ///
  /// The exponent is below a quarter, where seven terms of the series are exact to the last bit.
  @inline(__always)
  private static func gain(_ term: Float) -> Float {
    let x = -strength / 2.2 * term
    var sum: Float = 1 + x * (1 / 7)
    sum = 1 + x * (1 / 6) * sum
    sum = 1 + x * (1 / 5) * sum
    sum = 1 + x * (1 / 4) * sum
    sum = 1 + x * (1 / 3) * sum
    sum = 1 + x * (1 / 2) * sum
    return 1 + x * sum
  }
}
