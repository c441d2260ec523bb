import Compute

/// Which pixel of a photo each texel of the atlas shows, as DensePose says it.
public struct AtlasCoordinates: Sendable {
  /// Texels along a side.
  public let size: Int
  /// (size, size): x and y, pixels of the IUV picture from the centre of the top left one; zeros outside of
  /// the mask.
  public let pixels: [SIMD2<Double>]
  /// (size, size)
  public let mask: [Bool]
  /// (size, size): known from the other side of the body alone.
  public let mirrored: [Bool]

  /// Matches: the authors' `getSymXYcoordinates`.
  ///
  /// - Parameter isSymmetric: whether what is not seen is taken from the other side of the body.
  /// - Throws: `dataError` where the table has no place for any pixel.
  public init(
    _ iuv: IUVPicture, lookup: SurfaceLookup, size: Int, isSymmetric: Bool = true, pool: WorkerPool
  ) throws {
    guard (2...ScatteredInterpolation.largestSize).contains(size) else {
      throw ProgramError(
        .usage, "the atlas's size is out of range",
        expected: "2 to \(ScatteredInterpolation.largestSize)", found: "\(size)")
    }
    // Places, values, the triangulation's edges and the points' table, of each side.
    try MemoryBudget.require(
      MemoryBudget.product(iuv.width, iuv.height, 512), for: "the points of the IUV picture")
    let pictures = isSymmetric ? [iuv, iuv.flipped] : [iuv]
    let sides = try pool.map(pictures.count) { Self.side(pictures[$0], lookup, size) }
    guard sides[0].mask.contains(true) else {
      throw ProgramError(
        .dataError, "the lookup table has no place for any part of the IUV picture")
    }
    self.size = size
    guard isSymmetric else {
      (pixels, mask) = sides[0]
      mirrored = mask.map { _ in false }
      return
    }
    let (direct, flipped) = (sides[0], sides[1])
    mirrored = zip(direct.mask, flipped.mask).map { !$0 && $1 }
    mask = zip(direct.mask, flipped.mask).map { $0 || $1 }
    let isMirrored = mirrored
    pixels = direct.pixels.indices.map {
      isMirrored[$0] ? flipped.pixels[$0] : direct.pixels[$0]
    }
  }

  private static func side(
    _ iuv: IUVPicture, _ lookup: SurfaceLookup, _ size: Int
  ) -> (pixels: [SIMD2<Double>], mask: [Bool]) {
    var (places, values) = ([SIMD2<Double>](), [SIMD2<Double>]())
    var mask = [Bool](repeating: false, count: size * size)
    for pixel in iuv.parts.indices where iuv.parts[pixel] > 0 {
      guard
        let place = lookup.place(
          part: iuv.parts[pixel], u: iuv.u[pixel], v: iuv.v[pixel], size: size)
      else { continue }
      places.append(place)
      values.append(SIMD2(Double(pixel % iuv.width), Double(pixel / iuv.width)))
      for row in [Int(saturating: place.y, .down), Int(saturating: place.y, .up)] {
        for column in [Int(saturating: place.x, .down), Int(saturating: place.x, .up)] {
          mask[row * size + column] = true
        }
      }
    }
    mask = dilated(mask, size)
    let pixels = ScatteredInterpolation(places, values: values, size: size).grid(where: mask)
    return (pixels, mask)
  }

  /// Grown by one texel each way, corners included.
  private static func dilated(_ mask: [Bool], _ size: Int) -> [Bool] {
    func grown(_ mask: [Bool], _ step: Int, _ position: (Int) -> Int) -> [Bool] {
      mask.indices.map { index in
        mask[index] || position(index) > 0 && mask[index - step]
          || position(index) < size - 1 && mask[index + step]
      }
    }
    return grown(grown(mask, 1) { $0 % size }, size) { $0 / size }
  }
}
