// Skinning weights by blocks of sixteen vertices: which joints a block follows, and how much.

import Compute

/// For every block of sixteen vertices the joints any of them follows, with sixteen weights each.
///
/// Neighbours follow the same few joints (three a block in the free bodies, where a vertex follows
/// two), so that one load of a joint's transform serves sixteen vertices and nothing is gathered.
final class SkinningWeights: @unchecked Sendable {
  // Sendable: nothing changes after init.

  /// Entries `starts[b] ..< starts[b + 1]` belong to block b; entry e is joint `joints[e]` with
  /// weights `values[16 e ..< 16 e + 16]`.
  struct Pointers: @unchecked Sendable {
    // Sendable: read only; whoever keeps it keeps the owner.
    let starts: UnsafePointer<Int32>
    let joints: UnsafePointer<Int32>
    let values: UnsafePointer<Float>
  }

  let blockCount: Int
  private let starts: AlignedBuffer<Int32>
  private let joints: AlignedBuffer<Int32>
  private let values: AlignedBuffer<Float>

  var pointers: Pointers {
    Pointers(
      starts: UnsafePointer(starts.pointer), joints: UnsafePointer(joints.pointer),
      values: UnsafePointer(values.pointer))
  }

  /// - Parameter weights: (V, J) row by row.
  init(_ weights: [Float], vertexCount: Int, jointCount: Int) {
    blockCount = (vertexCount + blockWidth - 1) / blockWidth
    var ends: [Int32] = [0]
    var followed: [Int32] = []
    weights.withUnsafeBufferPointer { weights in
      for first in stride(from: 0, to: vertexCount, by: blockWidth) {
        let rows = first..<min(first + blockWidth, vertexCount)
        for joint in 0..<jointCount
        where rows.contains(where: { weights[$0 * jointCount + joint] != 0 }) {
          followed.append(Int32(truncatingIfNeeded: joint))
        }
        ends.append(Int32(truncatingIfNeeded: followed.count))
      }
    }
    starts = AlignedBuffer(count: ends.count)
    joints = AlignedBuffer(count: followed.count)
    values = AlignedBuffer(count: followed.count * blockWidth, filledWith: 0)
    starts.pointer.update(from: ends, count: ends.count)
    joints.pointer.update(from: followed, count: followed.count)
    for block in 0..<blockCount {
      let first = block * blockWidth
      for entry in Int(ends[block])..<Int(ends[block + 1]) {
        for lane in 0..<min(blockWidth, vertexCount - first) {
          values[entry * blockWidth + lane] =
            weights[(first + lane) * jointCount + Int(followed[entry])]
        }
      }
    }
  }
}

/// Moves the sixteen positions of a block by the blended transforms of its joints.
///
/// - Parameter transforms: (J, 12): the upper three rows of each joint's 4 x 4, row by row.
@inline(__always)
func skin(
  _ weights: SkinningWeights.Pointers, block: Int, transforms: UnsafePointer<Float>,
  x: inout SIMD16<Float>, y: inout SIMD16<Float>, z: inout SIMD16<Float>
) {
  typealias V = SIMD16<Float>
  var (a0, a1, a2, a3) = (V.zero, V.zero, V.zero, V.zero)
  var (b0, b1, b2, b3) = (V.zero, V.zero, V.zero, V.zero)
  var (c0, c1, c2, c3) = (V.zero, V.zero, V.zero, V.zero)
  var entry = Int(weights.starts[block])
  let end = Int(weights.starts[block + 1])
  while entry < end {
    let w = UnsafeRawPointer(weights.values + entry * blockWidth).load(as: V.self)
    let t = transforms + Int(weights.joints[entry]) * 12
    a0 = multiplyAdd(w, V(repeating: t[0]), a0)
    a1 = multiplyAdd(w, V(repeating: t[1]), a1)
    a2 = multiplyAdd(w, V(repeating: t[2]), a2)
    a3 = multiplyAdd(w, V(repeating: t[3]), a3)
    b0 = multiplyAdd(w, V(repeating: t[4]), b0)
    b1 = multiplyAdd(w, V(repeating: t[5]), b1)
    b2 = multiplyAdd(w, V(repeating: t[6]), b2)
    b3 = multiplyAdd(w, V(repeating: t[7]), b3)
    c0 = multiplyAdd(w, V(repeating: t[8]), c0)
    c1 = multiplyAdd(w, V(repeating: t[9]), c1)
    c2 = multiplyAdd(w, V(repeating: t[10]), c2)
    c3 = multiplyAdd(w, V(repeating: t[11]), c3)
    entry += 1
  }
  let (px, py, pz) = (x, y, z)
  x = multiplyAdd(a0, px, multiplyAdd(a1, py, multiplyAdd(a2, pz, a3)))
  y = multiplyAdd(b0, px, multiplyAdd(b1, py, multiplyAdd(b2, pz, b3)))
  z = multiplyAdd(c0, px, multiplyAdd(c1, py, multiplyAdd(c2, pz, c3)))
}
