import CSIMD
import Compute

/// A tile's memory of one worker: what is nearest at each sample so far.
///
/// While triangles are drawn, samples lie in blocks of 4 x 4, one vector each: the four blocks of a
/// group of 16 x 4 samples are where the group's four rows will be. A body's triangles are a few samples
/// wide and high, and touch fewer blocks than rows. `arrangeRows` puts them into reading order.
struct TileBuffers {
  /// Inverse depth, minus infinity where nothing is: whatever covers a sample is nearer than that, were
  /// its depth all rounding.
  let inverseDepth: UnsafeMutablePointer<Float>
  /// Record of the triangle, -1 where nothing is.
  let records: UnsafeMutablePointer<Int32>
  /// Attribute / depth, a plane each.
  let attributes: UnsafeMutablePointer<Float>
  /// From row to row.
  let stride: Int
  /// From plane to plane.
  let planeSize: Int
  /// Of each group of 16 x 16 samples, four to a row of groups, a depth that nothing drawn later needs
  /// to lie behind: no sample's inverse depth is less.
  let farthest: UnsafeMutablePointer<Float>

  /// Side of the groups that have a farthest depth.
  static let groupSide: Int32 = 16
  static let groups = 16

  func clear(rows: Int) {
    farthest.update(repeating: -.infinity, count: Self.groups)
    inverseDepth.update(repeating: -.infinity, count: rows * stride)
    records.update(repeating: -1, count: rows * stride)
  }

  /// From blocks to rows; groups where nothing is stay as they are.
  func arrangeRows(columns: Int, rows: Int, attributeCount: Int) {
    for y in Swift.stride(from: 0, to: rows, by: 4) {
      for x in Swift.stride(from: 0, to: columns, by: 16) {
        let group = y &* stride &+ x
        @inline(__always) func load(_ row: Int) -> Ints {
          UnsafeRawPointer(records + (group &+ row &* stride)).load(as: Ints.self)
        }
        let empty = load(0) & load(1) & load(2) & load(3)
        if csimd_sign_bits(empty) == 0xffff { continue }
        csimd_blocks_to_rows(records + group, stride)
        @inline(__always) func arrange(_ plane: UnsafeMutablePointer<Float>) {
          (plane + group).withMemoryRebound(to: Int32.self, capacity: 3 &* stride &+ 16) {
            csimd_blocks_to_rows($0, stride)
          }
        }
        arrange(inverseDepth)
        for index in 0..<attributeCount { arrange(attributes + index &* planeSize) }
      }
    }
  }
}
