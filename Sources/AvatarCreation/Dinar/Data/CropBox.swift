import Compute

/// A box of whole pixels that may reach outside a picture; right and bottom lie one beyond it.
///
/// Source: DINAR's dataset. Its rules round by truncation and by floor division, and are kept.
struct CropBox: Equatable {
  var left: Int
  var top: Int
  var right: Int
  var bottom: Int

  var width: Int { right - left }
  var height: Int { bottom - top }

  /// Around points in pixels, ends truncated towards zero.
  init(around points: [SIMD2<Double>]) {
    let low = points.reduce(SIMD2(repeating: .infinity)) { pointwiseMin($0, $1) }
    let high = points.reduce(SIMD2(repeating: -.infinity)) { pointwiseMax($0, $1) }
    self.init(
      left: Int(saturating: low.x, .towardZero), top: Int(saturating: low.y, .towardZero),
      right: Int(saturating: high.x, .towardZero), bottom: Int(saturating: high.y, .towardZero))
  }

  /// From the first to the last row and column of a mask that hold something; nil if none does.
  ///
  /// - Parameter mask: (height, width) bytes.
  init?(around mask: [UInt8], width: Int, height: Int) {
    guard let box = PixelBox(around: mask.map { $0 > 0 }, width: width, height: height) else {
      return nil
    }
    self.init(
      left: box.left, top: box.top, right: box.left + box.width - 1,
      bottom: box.top + box.height - 1)
  }

  init(left: Int, top: Int, right: Int, bottom: Int) {
    (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
  }

  /// The shorter side made as long as the longer one, about the same middle.
  var squared: CropBox {
    var box = self
    if width > height {
      box.top = Self.half(top + bottom) - width / 2
      box.bottom = box.top + width
    } else {
      box.left = Self.half(left + right) - height / 2
      box.right = box.left + height
    }
    return box
  }

  /// Larger about the same middle.
  func scaled(by factor: Double) -> CropBox {
    let size = (
      width: Int(saturating: Double(width) * factor, .towardZero),
      height: Int(saturating: Double(height) * factor, .towardZero)
    )
    let x = Self.half(left + right) - size.width / 2
    let y = Self.half(top + bottom) - size.height / 2
    return CropBox(left: x, top: y, right: x + size.width, bottom: y + size.height)
  }

  func clipped(width: Int, height: Int) -> CropBox {
    CropBox(
      left: max(left, 0), top: max(top, 0), right: min(right, width), bottom: min(bottom, height))
  }

  func union(_ other: CropBox) -> CropBox {
    CropBox(
      left: min(left, other.left), top: min(top, other.top), right: max(right, other.right),
      bottom: max(bottom, other.bottom))
  }

  /// Half, rounded down.
  private static func half(_ sum: Int) -> Int { sum >> 1 }
}
