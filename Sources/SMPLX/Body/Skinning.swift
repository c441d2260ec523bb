// The kernels of posing: rest block plus expression plus correctives, blended joint transforms.
//
// Matches: the `smplx` package, lbs.lbs. Lanes are sixteen neighbouring vertices.

import Compute

/// What every block of a body shares.
struct PosingContext {
  /// Three planes of `planeLength`.
  let template: UnsafePointer<Float>
  let planeLength: Int
  let columns: BlockColumns.Pointers
  let expression: BlockColumns.Pointers
  let weights: SkinningWeights.Pointers
}

/// Poses sixteen vertices in one frame.
///
/// - Parameters:
///   - lanes: vertices of the block; lanes behind them are written as zeros.
///   - features: R - I of joints 1 and up, minus the held ones.
///   - face: expression coefficients minus the body's own; nil if all are zero.
///   - transforms: (J, 12).
///   - output: the frame's three planes.
@inline(never)
func poseBlock(
  _ context: PosingContext, block: Int, lanes: Int, features: UnsafePointer<Float>,
  face: UnsafePointer<Float>?, transforms: UnsafePointer<Float>, translation: SIMD3<Float>,
  output: UnsafeMutablePointer<Float>
) {
  let start = block * blockWidth
  var (x, y, z) = loadBlock(context, start)
  if let face {
    addColumns(context.expression, block: block, coefficients: face, x: &x, y: &y, z: &z)
  }
  addColumns(context.columns, block: block, coefficients: features, x: &x, y: &y, z: &z)
  finishBlock(
    context, block: block, lanes: lanes, x, y, z, transforms: transforms,
    translation: translation, output: output)
}

/// Poses sixteen vertices in up to four frames, whose coefficients lie side by side.
@inline(never)
func poseBlock(
  _ context: PosingContext, block: Int, lanes: Int, count: Int,
  features: UnsafePointer<Float>, face: UnsafePointer<Float>?,
  transforms: UnsafePointer<Float>, transformStride: Int,
  translations: UnsafePointer<SIMD3<Float>>, output: UnsafeMutablePointer<Float>
) {
  let (x, y, z) = loadBlock(context, block * blockWidth)
  var p = FourFrames(x: x, y: y, z: z)
  if let face { addColumns(context.expression, block: block, coefficients: face, &p) }
  addColumns(context.columns, block: block, coefficients: features, &p)
  let frameLength = 3 * context.planeLength
  @inline(__always)
  func finish(_ frame: Int, _ x: SIMD16<Float>, _ y: SIMD16<Float>, _ z: SIMD16<Float>) {
    finishBlock(
      context, block: block, lanes: lanes, x, y, z,
      transforms: transforms + frame * transformStride, translation: translations[frame],
      output: output + frame * frameLength)
  }
  finish(0, p.x0, p.y0, p.z0)
  if count > 1 { finish(1, p.x1, p.y1, p.z1) }
  if count > 2 { finish(2, p.x2, p.y2, p.z2) }
  if count > 3 { finish(3, p.x3, p.y3, p.z3) }
}

@inline(__always)
private func loadBlock(
  _ context: PosingContext, _ start: Int
) -> (SIMD16<Float>, SIMD16<Float>, SIMD16<Float>) {
  let x = UnsafeRawPointer(context.template + start)
  return (
    x.load(as: SIMD16<Float>.self),
    x.load(fromByteOffset: 4 * context.planeLength, as: SIMD16<Float>.self),
    x.load(fromByteOffset: 8 * context.planeLength, as: SIMD16<Float>.self)
  )
}

/// Skins the sixteen positions, moves them by the translation and stores them.
@inline(__always)
private func finishBlock(
  _ context: PosingContext, block: Int, lanes: Int, _ restX: SIMD16<Float>, _ restY: SIMD16<Float>,
  _ restZ: SIMD16<Float>, transforms: UnsafePointer<Float>, translation: SIMD3<Float>,
  output: UnsafeMutablePointer<Float>
) {
  // Adding +0 turns -0 into +0, so that a term that was skipped and one that was zero agree.
  var (x, y, z) = (restX + 0, restY + 0, restZ + 0)
  skin(context.weights, block: block, transforms: transforms, x: &x, y: &y, z: &z)
  x += translation.x
  y += translation.y
  z += translation.z
  if lanes < blockWidth {
    for lane in lanes..<blockWidth {
      x[lane] = 0
      y[lane] = 0
      z[lane] = 0
    }
  }
  let target = UnsafeMutableRawPointer(output + block * blockWidth)
  target.storeBytes(of: x, as: SIMD16<Float>.self)
  target.storeBytes(of: y, toByteOffset: 4 * context.planeLength, as: SIMD16<Float>.self)
  target.storeBytes(of: z, toByteOffset: 8 * context.planeLength, as: SIMD16<Float>.self)
}
