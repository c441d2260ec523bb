import CSIMD
import Compute

/// What the tile pass needs to know of a part's `CutOut`.
struct CutOutView: BitwiseCopyable {
  let opacity: OpacityView
  /// Least opacity of a sample that is there, of 255.
  let limit: Float

  init(_ cutOut: CutOut) {
    opacity = cutOut.texture.view
    limit = cutOut.threshold * 255
  }
}

/// Takes the samples at which a part is not cut out.
struct CutOutTest: SampleTest {
  let view: CutOutView
  /// `CutOutPlanes` by record.
  let planes: UnsafePointer<Int32>

  static var takesAll: Bool { false }

  @inline(__always)
  func taken(
    _ nearer: Mask16, record: Int32, inverseDepth: SIMD16<Float>, x: SIMD16<Float>,
    y: SIMD16<Float>
  ) -> Mask16 {
    if csimd_sign_bits(unsafeBitCast(nearer, to: SIMD16<Int32>.self)) == 0 { return nearer }
    let row = planes + Int(record) &* CutOutPlanes.stride
    let depth = 1 / inverseDepth
    @inline(__always) func value(_ plane: Int) -> SIMD16<Float> {
      planeValue(row + plane, x: x, y: y) * depth
    }
    let opacity = view.opacity.opacity(u: value(CutOutPlanes.u), v: value(CutOutPlanes.v))
    return nearer .& (opacity .>= SIMD16(repeating: view.limit))
  }
}

/// Draws the triangles of a tile's bin, in order, in frames with cut-outs: instances follow each other,
/// and each run of one is drawn by its kind.
///
/// - Parameters:
///   - cutOuts: by instance.
///   - cutOutPlanes: by record.
func coverParts(
  _ bin: UnsafePointer<UInt32>, count: Int, _ frame: TileRecords,
  cutOuts: UnsafePointer<CutOutView?>, cutOutPlanes: UnsafePointer<Int32>, _ tile: TileBuffers
) {
  func instance(_ index: Int) -> Int {
    let record = frame.records + Int(bin[index]) &* TriangleRecord.stride
    return Int(record[TriangleRecord.part] &>> TriangleRecord.instanceShift)
  }
  var first = 0
  while first < count {
    let part = instance(first)
    var end = first &+ 1
    while end < count && instance(end) == part { end &+= 1 }
    if let view = cutOuts[part] {
      coverBin(
        bin + first, count: end &- first, frame,
        test: CutOutTest(view: view, planes: cutOutPlanes), tile)
    } else {
      coverBin(bin + first, count: end &- first, frame, test: EverySample(), tile)
    }
    first = end
  }
}
