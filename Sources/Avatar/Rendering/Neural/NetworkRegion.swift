import NeuralRender
import Rasterizer

/// The pixels of a frame at which a neural avatar's network is asked for a picture.
///
/// Every frame begins at the same margin, `start`, whatever frames came before it.
struct NetworkRegion {
  /// Where the body is.
  private(set) var changed: PixelSet
  /// Where outputs are to be right.
  private(set) var wanted: PixelSet
  /// The outermost pixels of `wanted`; anything drawn there may go on beyond it.
  private(set) var edge: PixelSet
  private var inner: PixelSet
  /// Pixels around the body, of this frame; nil is everywhere.
  private(set) var margin: Int?
  /// Where each frame begins.
  var start: Int?
  let isAutomatic: Bool

  /// Pixels of the edge.
  private static let edgeWidth = 2

  init(height: Int, width: Int, reach: NetworkReach) {
    changed = PixelSet(height: height, width: width)
    wanted = .all(height: height, width: width)
    edge = changed
    inner = changed
    isAutomatic = reach == .automatic
    switch reach {
    case .automatic: margin = max(8, max(height, width) / 32)
    case .pixels(let pixels): margin = pixels
    case .everywhere: margin = nil
    }
    start = margin
  }

  /// Takes over where the body is in a new frame: where `mask` is not 0.
  mutating func take(mask: FeatureMap) {
    changed.assign(pixelsOf: mask, differingFrom: [0])
    margin = start
    place()
  }

  private mutating func place() {
    guard let margin else {
      wanted.insertAll()
      edge.removeAll()
      return
    }
    wanted.removeAll()
    wanted.formUnion(changed, grownBy: margin)
    edge.removeAll()
    guard isAutomatic else { return }
    inner.removeAll()
    inner.formUnion(changed, grownBy: max(0, margin - Self.edgeWidth))
    edge.assign(wanted)
    edge.subtract(inner)
  }

  /// Reaches twice as far in this frame.
  mutating func grow() {
    if let old = margin {
      margin = 2 * old < max(changed.height, changed.width) / 2 ? 2 * old : nil
    }
    place()
  }
}
