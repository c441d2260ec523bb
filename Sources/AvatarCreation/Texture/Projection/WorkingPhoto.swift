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
    let reduction = PhotoReduction(
      photo, matte, left: left, top: top, width: width, height: height, scale: scale)
    pool.inChunks(height, of: 16) { rows in
      for row in rows {
        reduction.row(row, colors.pointer + row * width, coverage.pointer + row * width)
      }
    }
    let unit = bodyHeight * scale / 1000
    let reach = ColorBleed.reach(scale: scale, unit: unit)
    let edge = EdgeTrust(
      colors, coverage, width: width, height: height, unit: unit, reach: reach, pool: pool)
    trust = edge.trust
    ColorBleed.remove(
      from: colors, edge, width: width, height: height, reach: reach, pool: pool)
    let trust = trust
    pool.inChunks(width * height, of: 65536) { range in
      for index in range { colors[index] *= trust[index] }
    }
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
