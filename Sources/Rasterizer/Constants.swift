/// Numbers that several stages of the rasterizer agree on.
enum RasterConstants {
  /// Fraction bits of a screen coordinate.
  static let subpixelBits: Int32 = 8
  static let subpixels: Float = 256
  /// Screen coordinates beyond this many pixels are clipped, so that edge functions of any triangle
  /// fit 32 bits inside a tile (`TriangleRecord`).
  static let guardBand: Float = 16384
  /// The largest picture side, in samples.
  static let largestSide = 16384
  /// Triangles whose extents stay below this many sub-pixels (64 pixels) are set up sixteen at a time
  /// in 32-bit arithmetic; larger ones one at a time in 64 bits.
  static let smallExtent: Int32 = 64 * 256
  /// Triangles per piece of set-up work. Chunks keep the file's order, so the order of drawing does
  /// not depend on the number of threads.
  static let chunk = 1024
  /// Clipping a triangle by five planes leaves at most a polygon of eight corners, six triangles.
  static let recordsPerTriangle = 6
  /// Columns behind a tile's width that a shader may read: its vectors may begin at any column.
  static let tilePadding = 16
}
