// The linear maps from coefficients to vertex offsets: shape, expression, pose correctives.
//
// Differs from the files, which hold (V, 3, columns) row by row: sixteen vertices make a block, and
// a block keeps only the columns in which any of its vertices moves. One layout serves the 1 % dense
// correctives of the free bodies and the fully dense ones of the official files: a block's entries
// (93 kB at most for pose correctives) stay in the cache while every frame of a batch is computed.

import Compute

/// Vertices of a block: the lanes of one vector.
let blockWidth = 16

/// A (V, 3, columns) map, by blocks of sixteen vertices and, in each, by columns that are not zero.
final class BlockColumns: @unchecked Sendable {
  // Sendable: nothing changes after init.

  /// What a kernel needs, without the class: entries `starts[b] ..< starts[b + 1]` belong to block
  /// b; entry e is column `columns[e]` with coefficients `values[48 e ..< 48 e + 48]`: 16 x, 16 y,
  /// 16 z, metres per unit.
  struct Pointers: @unchecked Sendable {
    // Sendable: read only; whoever keeps it keeps the owner.
    let starts: UnsafePointer<Int32>
    let columns: UnsafePointer<Int32>
    let values: UnsafePointer<Float>
  }

  let columnCount: Int
  let blockCount: Int
  let entryCount: Int
  private let starts: AlignedBuffer<Int32>
  private let columns: AlignedBuffer<Int32>
  private let values: AlignedBuffer<Float>

  var pointers: Pointers {
    Pointers(
      starts: UnsafePointer(starts.pointer), columns: UnsafePointer(columns.pointer),
      values: UnsafePointer(values.pointer))
  }

  /// Bytes held.
  var byteCount: Int { values.count * 4 + columns.count * 4 + starts.count * 4 }

  init(_ builder: BlockColumnsBuilder) {
    columnCount = builder.columnRange.count
    blockCount = builder.blockCount
    entryCount = builder.entryCount
    // The builder reserved room for a dense map; of a sparse one it touched little.
    starts = AlignedBuffer(count: blockCount + 1)
    columns = AlignedBuffer(count: entryCount)
    starts.pointer.update(from: builder.starts.pointer, count: blockCount + 1)
    columns.pointer.update(from: builder.columns.pointer, count: entryCount)
    values = builder.takeValues()
  }
}

/// Makes a `BlockColumns` from rows as they stream in, so that the file's array is never whole.
final class BlockColumnsBuilder {
  let vertexCount: Int
  let blockCount: Int
  /// Columns in a row of the file, and those to keep; kept columns are numbered from 0.
  let rowLength: Int
  let columnRange: Range<Int>
  private(set) var entryCount = 0
  let starts: AlignedBuffer<Int32>
  let columns: AlignedBuffer<Int32>
  private var values: AlignedBuffer<Float>
  /// For each column the largest magnitude of the block, as bits.
  private let magnitudes: AlignedBuffer<UInt32>
  private var block = 0

  init(vertexCount: Int, rowLength: Int, columnRange: Range<Int>) {
    self.vertexCount = vertexCount
    self.rowLength = rowLength
    self.columnRange = columnRange
    blockCount = (vertexCount + blockWidth - 1) / blockWidth
    starts = AlignedBuffer(count: blockCount + 1, filledWith: 0)
    // Address space for a dense map; pages that are never written take no memory.
    columns = AlignedBuffer(count: blockCount * columnRange.count)
    values = AlignedBuffer(count: blockCount * columnRange.count * 48)
    magnitudes = AlignedBuffer(count: columnRange.count)
  }

  /// Floats that the next `appendBlock` wants: the rows of sixteen vertices, fewer in the last
  /// block, 0 when all are in.
  var nextBlockLength: Int {
    min(blockWidth, max(0, vertexCount - block * blockWidth)) * 3 * rowLength
  }

  /// Takes the rows of the next block: (vertices, 3, rowLength), `nextBlockLength` floats.
  ///
  /// - Returns: false if a value is infinite, not a number, or beyond `BodyLimits.column`.
  func appendBlock(_ rows: UnsafePointer<Float>) -> Bool {
    let rowCount = nextBlockLength / max(rowLength, 1)
    let largest = magnitudes.pointer
    largest.update(repeating: 0, count: columnRange.count)
    for row in 0..<rowCount {
      maximizeMagnitudes(
        UnsafeRawPointer(rows + row * rowLength + columnRange.lowerBound), columnRange.count,
        largest)
    }
    for column in 0..<columnRange.count where largest[column] != 0 {
      // As bits, infinities and NaNs are larger still.
      guard largest[column] <= BodyLimits.column.magnitude.bitPattern else { return false }
      let entry = values.pointer + entryCount * 48
      entry.update(repeating: 0, count: 48)
      for row in 0..<rowCount {
        // Row 3 v + c goes to plane c, lane v.
        entry[row % 3 * blockWidth + row / 3] =
          rows[row * rowLength + columnRange.lowerBound + column]
      }
      columns[entryCount] = Int32(truncatingIfNeeded: column)
      entryCount += 1
    }
    block += 1
    starts[block] = Int32(truncatingIfNeeded: entryCount)
    return true
  }

  /// The values: the builder's own memory if most of it is used, else a copy that fits.
  fileprivate func takeValues() -> AlignedBuffer<Float> {
    var taken = AlignedBuffer<Float>(count: 0)
    if entryCount * 48 > values.count / 10 * 9 {
      swap(&taken, &values)
    } else {
      taken = AlignedBuffer(count: entryCount * 48)
      taken.pointer.update(from: values.pointer, count: entryCount * 48)
    }
    return taken
  }
}

/// largest[i] = max(largest[i], |row[i]|), magnitudes compared as the bits of floats, so that
/// infinities and NaNs come out largest.
func maximizeMagnitudes(
  _ row: UnsafeRawPointer, _ count: Int, _ largest: UnsafeMutablePointer<UInt32>
) {
  for index in 0..<count {
    let bits = row.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self) & 0x7fff_ffff
    largest[index] = max(largest[index], bits)
  }
}

/// Adds `coefficients` x the columns of block `block` to the positions of its sixteen vertices.
@inline(__always)
func addColumns(
  _ map: BlockColumns.Pointers, block: Int, coefficients: UnsafePointer<Float>,
  x: inout SIMD16<Float>, y: inout SIMD16<Float>, z: inout SIMD16<Float>
) {
  var entry = Int(map.starts[block])
  let end = Int(map.starts[block + 1])
  while entry < end {
    let factor = coefficients[Int(map.columns[entry])]
    // A joint at rest has nine zeros, and its columns need not be read.
    if factor != 0 {
      let f = SIMD16<Float>(repeating: factor)
      let values = UnsafeRawPointer(map.values + entry * 48)
      x = multiplyAdd(values.load(as: SIMD16<Float>.self), f, x)
      y = multiplyAdd(values.load(fromByteOffset: 64, as: SIMD16<Float>.self), f, y)
      z = multiplyAdd(values.load(fromByteOffset: 128, as: SIMD16<Float>.self), f, z)
    }
    entry += 1
  }
}

/// Four frames' positions of a block's sixteen vertices.
struct FourFrames {
  var x0, x1, x2, x3: SIMD16<Float>
  var y0, y1, y2, y3: SIMD16<Float>
  var z0, z1, z2, z3: SIMD16<Float>

  @inline(__always)
  init(x: SIMD16<Float>, y: SIMD16<Float>, z: SIMD16<Float>) {
    (x0, x1, x2, x3) = (x, x, x, x)
    (y0, y1, y2, y3) = (y, y, y, y)
    (z0, z1, z2, z3) = (z, z, z, z)
  }
}

/// `addColumns` for four frames at once, each value read once.
///
/// Every frame's sum has the terms of `addColumns` in the same order and besides them products with
/// zero, which change nothing but the sign of a zero.
///
/// - Parameter coefficients: (columns, 4): four frames' coefficients side by side, 16-byte aligned.
@inline(__always)
func addColumns(
  _ map: BlockColumns.Pointers, block: Int, coefficients: UnsafePointer<Float>,
  _ p: inout FourFrames
) {
  typealias V = SIMD16<Float>
  var entry = Int(map.starts[block])
  let end = Int(map.starts[block + 1])
  while entry < end {
    let factors = UnsafeRawPointer(coefficients + 4 * Int(map.columns[entry]))
      .load(as: SIMD4<Float>.self)
    if factors != .zero {
      let values = UnsafeRawPointer(map.values + entry * 48)
      let x = values.load(as: V.self)
      let y = values.load(fromByteOffset: 64, as: V.self)
      let z = values.load(fromByteOffset: 128, as: V.self)
      let (f0, f1) = (V(repeating: factors.x), V(repeating: factors.y))
      let (f2, f3) = (V(repeating: factors.z), V(repeating: factors.w))
      p.x0 = multiplyAdd(x, f0, p.x0)
      p.y0 = multiplyAdd(y, f0, p.y0)
      p.z0 = multiplyAdd(z, f0, p.z0)
      p.x1 = multiplyAdd(x, f1, p.x1)
      p.y1 = multiplyAdd(y, f1, p.y1)
      p.z1 = multiplyAdd(z, f1, p.z1)
      p.x2 = multiplyAdd(x, f2, p.x2)
      p.y2 = multiplyAdd(y, f2, p.y2)
      p.z2 = multiplyAdd(z, f2, p.z2)
      p.x3 = multiplyAdd(x, f3, p.x3)
      p.y3 = multiplyAdd(y, f3, p.y3)
      p.z3 = multiplyAdd(z, f3, p.z3)
    }
    entry += 1
  }
}

/// The oracle of `addColumns`: the offset of one vertex in double precision.
func columnOffsetReference(
  _ map: BlockColumns, vertex: Int, coefficients: [Double]
) -> SIMD3<Double> {
  let pointers = map.pointers
  let (block, lane) = (vertex / blockWidth, vertex % blockWidth)
  var sum = SIMD3<Double>.zero
  for entry in Int(pointers.starts[block])..<Int(pointers.starts[block + 1]) {
    let value = pointers.values + entry * 48 + lane
    sum +=
      coefficients[Int(pointers.columns[entry])]
      * SIMD3(Double(value[0]), Double(value[16]), Double(value[32]))
  }
  return sum
}
