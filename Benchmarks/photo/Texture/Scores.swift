import AvatarCreation
import Compute
import Foundation
import SMPLX

/// Which part of the body each texel of a texture is on.
struct PartMap {
  let size: Int
  /// Part number by texel; 255 beside the islands.
  var parts: [UInt8]
  let names: [String]

  init(_ model: BodyModel, size: Int) {
    self.size = size
    names = model.partNames
    parts = [UInt8](repeating: 255, count: size * size)
    guard let uv = model.uv, let uvFaces = model.uvFaces, let vertexParts = model.parts else {
      return
    }
    let side = Float(size)
    for face in 0..<uvFaces.count / 3 {
      let corners = (0..<3).map { k -> SIMD2<Float> in
        let at = 2 * Int(uvFaces[3 * face + k])
        return [uv[at] * side - 0.5, (1 - uv[at + 1]) * side - 0.5]
      }
      let part = (0..<3).map { vertexParts[Int(model.faces[3 * face + $0])] }.min() ?? 255
      let (a, b, c) = (corners[0], corners[1], corners[2])
      let area = (b - a).x * (c - a).y - (b - a).y * (c - a).x
      let xs = corners.map(\.x)
      let ys = corners.map(\.y)
      guard let left = xs.min(), let right = xs.max(), let top = ys.min(), let bottom = ys.max(),
        area != 0
      else { continue }
      for y in stride(
        from: max(0, Int(top.rounded(.up))), through: min(size - 1, Int(bottom)), by: 1)
      {
        for x in stride(
          from: max(0, Int(left.rounded(.up))), through: min(size - 1, Int(right)), by: 1)
        {
          let p = SIMD2(Float(x), Float(y)) - a
          let u = (p.x * (c - a).y - p.y * (c - a).x) / area
          let v = ((b - a).x * p.y - (b - a).y * p.x) / area
          if u >= 0, v >= 0, u + v <= 1 { parts[y * size + x] = part }
        }
      }
    }
  }

  func isIn(_ place: Int, _ wanted: Set<String>) -> Bool {
    let part = Int(parts[place])
    return part < names.count && wanted.contains(names[part])
  }
}

/// Sums of squared differences.
struct Difference {
  var sum = 0.0
  var count = 0

  mutating func add(_ a: SIMD3<Float>, _ b: SIMD3<Float>) {
    let d = a - b
    sum += Double((d * d).sum()) / 3
    count += 1
  }

  /// Decibels of peak signal to noise.
  var psnr: Double { count == 0 ? .nan : 10 * log10(255 * 255 / max(sum / Double(count), 1e-9)) }
}

struct Scores {
  var seen = Difference()
  var unseen = Difference()
  var limbs = Difference()
  var head = Difference()
  var seenShare = 0.0
  /// Of what is seen after the best common gain in linear light: exposure is free.
  var seenAfterGain = Difference()

  static let innards: Set = ["mouth_inside", "eye_socket", "eye_left", "eye_right"]
  static let headParts: Set = ["head", "scalp", "face"]
  static let extremities: Set = [
    "head", "scalp", "face", "neck", "hand_left", "hand_right", "foot_left", "foot_right",
  ]

  init(_ made: PhotoTexture, truth: Texture, parts: PartMap) {
    let (size, result) = (made.size, Texture(size: made.size, pixels: made.pixels))
    var count = 0
    for row in 0..<size {
      for column in 0..<size {
        let place = row * size + column
        guard parts.parts[place] != 255 else { continue }
        count += 1
        let isKnown = made.known[place] > 127
        if isKnown { seenShare += 1 }
        guard !parts.isIn(place, Self.innards) else { continue }
        let (a, b) = (result[row, column], truth[row, column])
        if isKnown {
          seen.add(a, b)
          continue
        }
        unseen.add(a, b)
        if parts.isIn(place, Self.headParts) { head.add(a, b) }
        if !parts.isIn(place, Self.extremities) { limbs.add(a, b) }
      }
    }
    seenShare /= Double(max(count, 1))
    let known = (0..<size * size).filter {
      parts.parts[$0] != 255 && made.known[$0] > 127 && !parts.isIn($0, Self.innards)
    }
    var (product, square) = (0.0, 0.0)
    for place in known {
      let a = decode(result[place / size, place % size])
      product += Double((a * decode(truth[place / size, place % size])).sum())
      square += Double((a * a).sum())
    }
    let gain = Float(product / max(square, 1e-9))
    for place in known {
      let (row, column) = (place / size, place % size)
      seenAfterGain.add(encode(decode(result[row, column]) * gain), truth[row, column])
    }
  }
}

/// Structural similarity of two pictures where both show something, mean; grey, Gaussian of 1.5 pixels.
func similarity(_ a: Renderer.Image, _ b: Renderer.Image) -> (psnr: Double, ssim: Double) {
  let (width, height) = (a.width, a.height)
  func grey(_ image: Renderer.Image) -> [Float] { image.pixels.map { ($0.x + $0.y + $0.z) / 3 } }
  let kernel: [Float] = {
    let raw = (-5...5).map { exp(-Float($0 * $0) / 4.5) }
    let sum = raw.reduce(0, +)
    return raw.map { $0 / sum }
  }()
  func blur(_ plane: [Float]) -> [Float] {
    var across = plane
    var result = plane
    for y in 0..<height {
      for x in 0..<width {
        var sum: Float = 0
        for k in -5...5 { sum += kernel[k + 5] * plane[y * width + min(max(x + k, 0), width - 1)] }
        across[y * width + x] = sum
      }
    }
    for y in 0..<height {
      for x in 0..<width {
        var sum: Float = 0
        for k in -5...5 {
          sum += kernel[k + 5] * across[min(max(y + k, 0), height - 1) * width + x]
        }
        result[y * width + x] = sum
      }
    }
    return result
  }
  let (ga, gb) = (grey(a), grey(b))
  let (ma, mb) = (blur(ga), blur(gb))
  let (saa, sbb, sab) = (
    blur(zip(ga, ga).map(*)), blur(zip(gb, gb).map(*)), blur(zip(ga, gb).map(*))
  )
  var (total, count) = (0.0, 0)
  var difference = Difference()
  for at in 0..<width * height where a.pixels[at].w > 0.5 && b.pixels[at].w > 0.5 {
    let (va, vb) = (saa[at] - ma[at] * ma[at], sbb[at] - mb[at] * mb[at])
    let cov = sab[at] - ma[at] * mb[at]
    let value =
      (2 * ma[at] * mb[at] + 6.5) * (2 * cov + 58.5)
      / ((ma[at] * ma[at] + mb[at] * mb[at] + 6.5) * (va + vb + 58.5))
    total += Double(value)
    count += 1
    let (p, q) = (a.pixels[at], b.pixels[at])
    difference.add(SIMD3(p.x, p.y, p.z), SIMD3(q.x, q.y, q.z))
  }
  return (difference.psnr, total / Double(max(count, 1)))
}
