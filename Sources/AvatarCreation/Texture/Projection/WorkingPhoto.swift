import Compute

/// The part of a photo where the person is, at the size that its texture can use, with the person's
/// colours continued over the background.
struct WorkingPhoto: Sendable {
  let width: Int
  let height: Int
  /// Of the whole photo in pixels of this one: x = scale * photo.x - origin.x.
  let scale: Float
  let origin: SIMD2<Float>
  /// (height, width): sRGB of 0 to 255. What is not surely the person's is filled from what is.
  var colors: Plane<SIMD4<Float>>
  /// (height, width) 0 background to 1 person.
  let coverage: Plane<Float>
  /// (height, width) how much a pixel is surely the person's, 0 to 1: far enough inside.
  let trust: Plane<Float>

  /// Persons higher than this are shrunk: no texel would see the difference.
  static let greatestHeight: Float = 1800

  /// - Parameters:
  ///   - box: where the body is, pixels of the photo; taken with a margin.
  ///   - height: of persons, pixels, beyond which they are shrunk.
  init(
    _ photo: Photo, matte: Matte, box: (low: SIMD2<Float>, high: SIMD2<Float>),
    height greatestHeight: Float = WorkingPhoto.greatestHeight, pool: WorkerPool
  ) {
    let bodyHeight = max(box.high.y - box.low.y, 1)
    let margin = 0.06 * bodyHeight + 8
    func clip(_ value: Float, _ limit: Int) -> Int {
      Int(saturating: value.limited(to: 0...Float(limit)))
    }
    var (left, right) = (
      clip(box.low.x - margin, photo.width), clip(box.high.x + margin, photo.width)
    )
    var (top, bottom) = (
      clip(box.low.y - margin, photo.height), clip(box.high.y + margin, photo.height)
    )
    if right - left < 1 { (left, right) = (0, photo.width) }
    if bottom - top < 1 { (top, bottom) = (0, photo.height) }
    let scale = min(1, greatestHeight / bodyHeight)
    // At least four pixels, as bicubic samples want.
    let width = max(4, Int(saturating: Float(right - left) * scale, .up))
    let height = max(4, Int(saturating: Float(bottom - top) * scale, .up))
    self.width = width
    self.height = height
    self.scale = scale
    origin = SIMD2(Float(left), Float(top)) * scale
    let colors = Plane<SIMD4<Float>>(count: width * height, filledWith: .zero)
    let coverage = Plane<Float>(count: width * height, filledWith: 0)
    let (x0, y0) = (left, top)
    pool.inChunks(height, of: 16) { rows in
      for row in rows {
        for column in 0..<width {
          let mean = areaMean(
            photo, matte, x: (Float(column) / scale, Float(column + 1) / scale),
            y: (Float(row) / scale, Float(row + 1) / scale), left: x0, top: y0)
          colors[row * width + column] = SIMD4(mean.x, mean.y, mean.z, 1)
          coverage[row * width + column] = mean.w
        }
      }
    }
    let unit = bodyHeight * scale / 1000
    let edge = EdgeTrust(
      colors, coverage, width: width, height: height, unit: unit, pool: pool)
    trust = edge.trust
    ColorBleed.remove(
      from: colors, inwards: edge.inwards, background: edge.background, width: width,
      height: height, scale: scale, unit: unit, pool: pool)
    for index in 0..<width * height { colors[index] *= trust[index] }
    PushPull.fill(colors, width: width, height: height, pool: pool)
    self.colors = colors
    self.coverage = coverage
  }

  /// A place in the photo as one in this picture, pixels.
  @inline(__always)
  func place(_ photo: SIMD2<Float>) -> SIMD2<Float> { photo * scale - origin }

  /// The camera of the photo as one of this picture.
  func camera(_ camera: PinholeCamera) -> PinholeCamera {
    var result = camera.scaled(by: scale)
    result.principalPoint -= origin
    return result
  }

  /// A plane's value at a place in pixels, bilinear.
  @inline(__always)
  func sample(_ plane: Plane<Float>, _ place: SIMD2<Float>) -> Float {
    let x = (place.x - 0.5).limited(to: 0...Float(width - 1))
    let y = (place.y - 0.5).limited(to: 0...Float(height - 1))
    let (column, row) = (min(Int(x), width - 2), min(Int(y), height - 2))
    let (fx, fy) = (x - Float(column), y - Float(row))
    let base = plane.pointer + (row * width + column)
    let upper = base[0] + (base[1] - base[0]) * fx
    let lower = base[width] + (base[width + 1] - base[width]) * fx
    return upper + (lower - upper) * fy
  }
}

/// Mean of red, green, blue and coverage over a rectangle of the photo, pixels from (left, top) on.
private func areaMean(
  _ photo: Photo, _ matte: Matte, x: (Float, Float), y: (Float, Float), left: Int, top: Int
) -> SIMD4<Float> {
  var (sum, total) = (SIMD4<Float>.zero, Float(0))
  let lastRow = max(Int(y.0), min(Int(saturating: y.1, .up) - 1, photo.height - 1 - top))
  let lastColumn = max(Int(x.0), min(Int(saturating: x.1, .up) - 1, photo.width - 1 - left))
  for row in Int(y.0)...lastRow {
    let wy = min(Float(row + 1), y.1) - max(Float(row), y.0)
    for column in Int(x.0)...lastColumn {
      let weight = max(wy * (min(Float(column + 1), x.1) - max(Float(column), x.0)), 1e-6)
      let place =
        min(row + top, photo.height - 1) * photo.width + min(column + left, photo.width - 1)
      let covered = place < matte.coverage.count ? matte.coverage[place] : 0
      sum +=
        weight
        * SIMD4(
          Float(photo.pixels[3 * place]), Float(photo.pixels[3 * place + 1]),
          Float(photo.pixels[3 * place + 2]), covered)
      total += weight
    }
  }
  return sum / total
}
