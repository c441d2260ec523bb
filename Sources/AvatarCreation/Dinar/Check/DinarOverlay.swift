import Compute
import Media

/// A sample's square with the outlines of its fit and of its mask, and what is which.
enum DinarOverlay {
  /// Squares of fewer pixels are enlarged: letters and outlines need their room.
  static let leastSide = 384

  private static let fitColor: Canvas.Color = [230, 20, 40]
  private static let maskColor: Canvas.Color = [20, 220, 60]

  /// - Parameters:
  ///   - square: (side, side) colours.
  ///   - fit, mask: (side, side) where body and person are.
  static func picture(
    of square: Picture, fit: [Bool], mask: [Bool], pool: WorkerPool
  ) throws -> Picture {
    let from = square.width
    let factor = max(1, (leastSide + from - 1) / from)
    let side = from * factor
    func enlarged(_ values: [Bool]) -> [Bool] {
      (0..<side * side).map { values[$0 / side / factor * from + $0 % side / factor] }
    }
    var canvas = Canvas(width: side, height: side, color: .zero)
    canvas.draw(
      factor == 1
        ? square
        : try square.resampled(width: side, height: side, filter: .bilinear, pool: pool),
      x: 0, y: 0)
    // The wider line below: both are seen where they run together.
    canvas.outline(enlarged(fit), thickness: 3, color: fitColor)
    canvas.outline(enlarged(mask), thickness: 1, color: maskColor)
    canvas.legend([("fit", fitColor), ("mask", maskColor)], scale: 2)
    return try canvas.picture()
  }
}
