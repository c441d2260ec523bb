/// What tells which part of its input it reads for each unit that it computes at once: a pixel, a tile, a low
/// pixel of a doubled image.
protocol WindowReader {
  /// The positions that unit `y` along the rows, and unit `x` along the columns, read of the input, before the
  /// border says what lies outside. All of a unit's bits depend on all of them, whether a tap meets them or not.
  func rowsRead(_ y: Int) -> Range<Int>
  func columnsRead(_ x: Int) -> Range<Int>
  var border: BorderMode { get }
}

extension WindowReader {
  var border: BorderMode { .zero }
}
