/// What set-up leaves of a triangle: one cache line of 32-bit words.
///
/// Corners are ordered so that the area is positive with y down. Edge k has the function
/// E(p) = A p.x + B p.y + C in sub-pixels; at sample centres all coordinates are 128 mod 256, so with
/// i, j counted in samples from the record's origin E / 256 rounded down is q + A i + B j, and E >= 0
/// exactly when that is >= 0. Edges that are neither top nor left have 1 subtracted from E before:
/// that is the top-left rule. Everything is integer arithmetic, so a closed mesh covers each sample
/// exactly as often as it should.
///
/// Coordinates lie within 2^22 sub-pixels of the picture's middle, so |A|, |B| <= 2^23 and over a tile
/// of 64 x 64 samples the function changes by less than 2^30.
enum TriangleRecord {
  /// Words in a record.
  static let stride = 16
  /// Origin: first column (low half) and row (high half) of the bounding box, in samples.
  static let origin = 0
  /// Last column and row of the bounding box.
  static let end = 1
  /// A, B and q of the three edges.
  static let a = 2
  static let b = 5
  static let q = 8
  /// Number of the triangle in the frame.
  static let id = 11
  /// Inverse depth at the origin's centre and its steps along x and y (as bits of floats).
  static let depth = 12
  /// Place of the instance in the frame's list, above the bit that says that q is in
  /// `RecordList.wide` because it may need 64 bits.
  static let part = 15
  static let wideBit: Int32 = 1
  static let instanceShift: Int32 = 1
}

/// What set-up leaves beside each record when the frame has attributes: one more line of 32-bit words,
/// bits of floats.
enum AttributePlanes {
  /// Words in a row.
  static let stride = 16
  /// Attribute k / depth at the origin's centre and its steps along x and y at [3 * k].
  static let attribute = 0
  /// Level and long axis of a pixel's footprint (`textureFootprint`), where it was asked for.
  static let footprint = 12
}

/// What set-up leaves beside each record of an instance with a cut-out: texture coordinates u and v,
/// as the attributes in `AttributePlanes`.
enum CutOutPlanes {
  /// Words in a row.
  static let stride = 16
  /// Where u's three words begin, and v's.
  static let u = 0
  static let v = 3
}

/// Set-up's output for a chunk of triangles.
struct RecordList {
  let records: UnsafeMutablePointer<Int32>
  /// `AttributePlanes.stride` words a record.
  let planes: UnsafeMutablePointer<Int32>
  /// Three 64-bit q per record, written for large triangles only.
  let wide: UnsafeMutablePointer<Int64>
  /// `CutOutPlanes.stride` words a record, written for instances with a cut-out only.
  let cutOutPlanes: UnsafeMutablePointer<Int32>
  var count = 0

  /// Where the next record's words go.
  var next: UnsafeMutablePointer<Int32> { records + count * TriangleRecord.stride }
  var nextPlanes: UnsafeMutablePointer<Int32> { planes + count * AttributePlanes.stride }
  var nextCutOut: UnsafeMutablePointer<Int32> { cutOutPlanes + count * CutOutPlanes.stride }
}
