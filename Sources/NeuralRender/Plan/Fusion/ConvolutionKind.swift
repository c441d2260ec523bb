import Compute

/// The kernels of convolutions, and which of them costs least.
enum ConvolutionKind: Equatable, Sendable {
  /// Products of pixels and weights as they are.
  case direct
  /// F(4 x 4, 3 x 3), in stages over all tiles.
  case threeTapWinograd
  /// The same with weights that are transformed where they are multiplied.
  case compactWinograd
  /// F(4 x 4, k x k) of 5 to 8 taps, in blocks of tiles.
  case longWinograd
  /// F(4, 2) along rows of stride 2.
  case stridedWinograd
  /// Of a doubled image, as products at the low size.
  case upsampled
  /// The same with transforms along rows.
  case transformedUpsampling

  /// Multiplications in whose time a weight is read from memory: 4 bytes at about 10 GB/s against 16 to 40
  /// thousand million multiplications a second. Weights are larger than caches where it matters.
  private static let weightCost = 16

  /// Transformed weights that no cache holds: 9 MB.
  private static let manyWeights = 9 << 18
  /// Tiles up to which reading transformed weights costs more than transforming them in every run, or no less: then
  /// the memory tells.
  private static let mostCompactTiles = 64
  /// The same where products of transformed weights are of 16 bits.
  private static let mostCompactTilesOfShorts = 16

  /// The kind for a convolution in floats.
  ///
  /// Transforms save multiplications by the pixel and cost weights: a 3 x 3 filter becomes four times its
  /// size, which 8 x 8 pixels with a thousand channels do not pay for unless they are transformed in the
  /// cache. Where few channels are summed or
  /// made, transforming costs more than it saves.
  ///
  /// - Parameters:
  ///   - output: pixels of one image.
  ///   - parts: channels of the inputs.
  ///   - isUpsampled: the input is doubled first.
  ///   - hasShortProducts: transformed weights may be of 16 bits.
  init(
    _ shape: ConvolutionShape, output: ImageSize, outputs: Int, parts: (Int, Int),
    isUpsampled: Bool, hasShortProducts: Bool = false
  ) {
    let channels = parts.0 + parts.1
    if isUpsampled {
      self = channels >= 32 ? .transformedUpsampling : .upsampled
      return
    }
    if StridedWinograd.supports(shape) {
      self = parts.1 == 0 && channels >= 128 ? .stridedWinograd : .direct
      return
    }
    let isThreeTap = ThreeTapWinograd.supports(shape)
    // Long filters save so much that half of a vector of outputs may be empty.
    let fewest = isThreeTap ? 16 : 8
    guard isThreeTap || LongWinograd.supports(shape), channels >= 24, outputs >= fewest,
      channels * outputs >= 64 * fewest || !isThreeTap
    else {
      self = .direct
      return
    }
    let points = (shape.kernelHeight + 3) * (shape.kernelWidth + 3)
    let tiles = (output.height + 3) / 4 * ((output.width + 3) / 4)
    let compactTiles = hasShortProducts ? Self.mostCompactTilesOfShorts : Self.mostCompactTiles
    if isThreeTap, (2...compactTiles).contains(tiles),
      channels * outputs * points >= Self.manyWeights
    {
      self = .compactWinograd
      return
    }
    let transformed = points * (tiles + Self.weightCost)
    let plain = shape.taps * (output.height * output.width + Self.weightCost)
    self = transformed < plain ? isThreeTap ? .threeTapWinograd : .longWinograd : .direct
  }
}
