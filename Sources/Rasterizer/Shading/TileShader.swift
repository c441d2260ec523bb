import CSIMD
import Compute

/// A tile whose visible surface is known, still in the cache.
public struct VisibleTile {
  /// Number of the tile, and of tiles, in reading order.
  public let index: Int
  /// First column and row of the tile in the picture.
  public let x0: Int
  public let y0: Int
  /// Samples of the tile that lie in the picture.
  public let width: Int
  public let height: Int
  /// Nothing is visible: the other members must not be read.
  public let isEmpty: Bool
  /// Samples from row to row of all planes.
  public let stride: Int
  /// Record of the visible triangle, -1 where nothing is. Rows are readable sixteen samples past the
  /// tile's width; what lies there means nothing.
  public let records: UnsafePointer<Int32>
  /// 1 / depth in 1 / metres; means nothing where nothing is.
  public let inverseDepth: UnsafePointer<Float>
  /// Attribute k divided by depth at [k * planeSize + ...]; undefined where nothing is.
  public let attributes: UnsafePointer<Float>
  public let planeSize: Int
  let recordWords: UnsafePointer<Int32>
  /// `AttributePlanes` by record.
  let attributePlanes: UnsafePointer<Int32>
  /// Number of each instance's first triangle in the frame.
  let firstTriangles: UnsafePointer<Int32>

  /// Depth in metres of the sixteen samples from `offset` on; means nothing where nothing is.
  @inline(__always)
  public func distance(_ offset: Int) -> SIMD16<Float> {
    1 / UnsafeRawPointer(inverseDepth + offset).loadUnaligned(as: SIMD16<Float>.self)
  }

  /// Attribute k divided by depth of the sixteen samples from `offset` on.
  @inline(__always)
  public func attribute(_ index: Int, _ offset: Int) -> SIMD16<Float> {
    UnsafeRawPointer(attributes + (index &* planeSize &+ offset))
      .loadUnaligned(as: SIMD16<Float>.self)
  }

  /// Footprints of a pixel in the texture on sixteen records (`FootprintRequest`, which the frame must
  /// have been drawn with); a record of -1 gives a footprint that means nothing.
  @inline(__always)
  public func footprint(
    _ records: SIMD16<Int32>
  ) -> (level: SIMD16<Float>, du: SIMD16<Float>, dv: SIMD16<Float>) {
    let index =
      csimd_max_i32(records, .zero) &* Int32(AttributePlanes.stride)
      &+ Int32(AttributePlanes.footprint)
    @inline(__always) func gather(_ word: Int) -> SIMD16<Float> {
      unsafeBitCast(csimd_gather_i32(attributePlanes + word, index), to: SIMD16<Float>.self)
    }
    return (gather(0), gather(1), gather(2))
  }

  /// Triangle numbers of sixteen records; -1 where a record is -1.
  ///
  /// Triangles are numbered through the instances of the frame in their order.
  @inline(__always)
  public func triangles(_ records: SIMD16<Int32>) -> SIMD16<Int32> {
    let empty = records .< 0
    return word(TriangleRecord.id, of: records.replacing(with: 0, where: empty))
      .replacing(with: -1, where: empty)
  }

  /// Parts of sixteen records: the instance's place in the frame's list and the triangle's number in
  /// the instance's mesh; both -1 where a record is -1.
  @inline(__always)
  public func parts(
    _ records: SIMD16<Int32>
  ) -> (instance: SIMD16<Int32>, triangle: SIMD16<Int32>) {
    let empty = records .< 0
    let there = records.replacing(with: 0, where: empty)
    let instance = csimd_shift_right_i32(
      word(TriangleRecord.part, of: there), SIMD16(repeating: TriangleRecord.instanceShift))
    let first = csimd_gather_i32(firstTriangles, instance)
    let triangle = word(TriangleRecord.id, of: there) &- first
    return (
      instance.replacing(with: -1, where: empty), triangle.replacing(with: -1, where: empty)
    )
  }

  /// A word of sixteen records, all of which are there.
  @inline(__always)
  private func word(_ index: Int, of records: SIMD16<Int32>) -> SIMD16<Int32> {
    csimd_gather_i32(recordWords + index, records &* Int32(TriangleRecord.stride))
  }
}

/// Turns visible tiles into whatever a frame is to hold.
///
/// `shade` is called once per tile, on any worker and in any order; tiles do not overlap. Scratch is
/// chosen by the worker's number.
public protocol TileShader: AnyObject, Sendable {
  func shade(_ tile: VisibleTile, worker: Int)
}
