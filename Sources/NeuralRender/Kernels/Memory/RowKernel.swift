/// A kernel that makes rows of an image from rows of another.
protocol RowKernel: WindowReader, Sendable {
  /// Bytes of scratch a worker needs, 64-byte aligned.
  var scratchBytes: Int { get }

  /// Computes all channels of pixels `columns` of row `y` of the output. A pixel's bits do not depend on the
  /// range.
  ///
  /// - Parameter residual: of the output's size, for kernels that add one.
  func row(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, residual: FeatureMap?,
    to target: FeatureMap, scratch: UnsafeMutableRawPointer)

  /// Whether two rows are computed faster together.
  var pairsRows: Bool { get }

  /// Computes the same pixels of rows y and y + 1, to the same bits.
  func twoRows(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, residual: FeatureMap?,
    to target: FeatureMap, scratch: UnsafeMutableRawPointer)
}

extension RowKernel {
  var scratchBytes: Int { 0 }
  var pairsRows: Bool { false }

  func twoRows(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, residual: FeatureMap?,
    to target: FeatureMap, scratch: UnsafeMutableRawPointer
  ) {
    for y in y..<y &+ 2 {
      row(y, columns, from: source, residual: residual, to: target, scratch: scratch)
    }
  }
}

/// A row kernel that needs nothing but its input.
protocol PlainRowKernel: RowKernel {
  func row(_ y: Int, _ columns: Range<Int>, from source: FeatureMap, to target: FeatureMap)
}

extension PlainRowKernel {
  func row(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, residual: FeatureMap?,
    to target: FeatureMap, scratch: UnsafeMutableRawPointer
  ) {
    row(y, columns, from: source, to: target)
  }
}

extension PoolingKernel: PlainRowKernel {}
extension NearestResizeKernel: PlainRowKernel {}
extension BilinearResizeKernel: PlainRowKernel {}
extension PadKernel: PlainRowKernel {}
extension DepthToSpaceKernel: PlainRowKernel {}
extension BlockToSpaceKernel: PlainRowKernel {}
extension SpaceToDepthKernel: PlainRowKernel {}
extension PReLURows: PlainRowKernel {}
extension PixelNormalizationRows: PlainRowKernel {}
extension LayerNormalizationRows: PlainRowKernel {}
extension ChannelReductionRows: PlainRowKernel {}

extension DepthwiseConvolution: RowKernel {
  var border: BorderMode { shape.border }

  func row(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, residual: FeatureMap?,
    to target: FeatureMap, scratch: UnsafeMutableRawPointer
  ) {
    row(y, columns, from: source, to: target, residual: residual)
  }

  func twoRows(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, residual: FeatureMap?,
    to target: FeatureMap, scratch: UnsafeMutableRawPointer
  ) {
    twoRows(y, columns, from: source, to: target, residual: residual)
  }
}

extension NarrowConvolution: RowKernel {}
extension SingleConvolution: RowKernel {}

extension UpFIRDownKernel: RowKernel {
  func row(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, residual: FeatureMap?,
    to target: FeatureMap, scratch: UnsafeMutableRawPointer
  ) {
    row(y, columns, from: source, to: target, scratch: scratch)
  }
}

extension ChannelSoftmax: RowKernel {
  func row(
    _ y: Int, _ columns: Range<Int>, from source: FeatureMap, residual: FeatureMap?,
    to target: FeatureMap, scratch: UnsafeMutableRawPointer
  ) {
    row(y, columns, from: source, to: target, scratch: scratch)
  }
}
