/// Numbers that several stages of the rasterizer agree on.
enum RasterConstants {
  /// Fraction bits of a screen coordinate.
  static let subpixelBits: Int32 = 8
  static let subpixels: Float = 256
  /// Screen coordinates lie within so many samples of the picture's middle, so that edge functions of
  /// any triangle fit 32 bits inside a tile (`TriangleRecord`). Half of it is the largest picture; the
  /// rest is what a triangle may reach out of one before it is clipped (`VertexProjection`).
  static let guardBand: Float = 16384
  /// The largest picture side, in samples.
  static let largestSide = 16384
  /// The least distance of the near plane, metres: 1 / depth and its products with attributes stay
  /// finite.
  static let leastNear: Float = 1e-6
  /// Triangles whose extents stay below this many sub-pixels (64 pixels) are set up sixteen at a time
  /// in 32-bit arithmetic; larger ones one at a time in 64 bits.
  static let smallExtent: Int32 = 64 * 256
  /// A triangle whose longest side squared is more than so many times its doubled area is a sliver: it
  /// is narrower than a 16384th of its length, and a plane through its corners would be mostly
  /// rounding. Values run along its longest side instead.
  static let sliverRatioBits = 14
  static let sliverRatio: Float = 16384
  /// Triangles per piece of set-up work, at least; a multiple of sixteen. Chunks keep the file's order,
  /// so the order of drawing does not depend on the number of threads.
  static let chunk = 1024
  /// Chunks of a frame, about, at most: every one counts the triangles in every tile.
  static let mostChunks = 128
  /// Clipping a triangle by five planes leaves at most a polygon of eight corners, six triangles.
  static let recordsPerTriangle = 6
  /// Entries of the tiles' lists that are held at once (64 MiB); tiles beyond are listed when these
  /// have been drawn.
  static let mostBinEntries = 1 << 24
  /// Triangles of a frame, and vertices and texture coordinates of a mesh, at most: six records a
  /// triangle still have 32-bit word numbers.
  static let mostTriangles = 1 << 24
  /// Columns behind a tile's width that a shader may read: its vectors may begin at any column.
  static let tilePadding = 16
}

/// Sixteen samples, vertices or triangles at a time.
typealias Ints = SIMD16<Int32>
typealias Floats = SIMD16<Float>
