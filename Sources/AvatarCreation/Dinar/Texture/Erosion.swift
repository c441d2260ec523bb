/// The smallest value around each pixel; what lies outside of a picture takes nothing away.
///
/// Matches: `cv2.erode` with a box and kornia's erosion, with their usual borders.
enum Erosion {
  /// - Parameters:
  ///   - values: (height, width).
  ///   - reach: pixels to either side; 1 for a box of 3 x 3.
  static func minimum<Value: Comparable>(
    _ values: [Value], width: Int, height: Int, reach: Int
  ) -> [Value] {
    var rows = values
    for y in 0..<height {
      for x in 0..<width {
        for other in max(x - reach, 0)...min(x + reach, width - 1) {
          rows[y * width + x] = min(rows[y * width + x], values[y * width + other])
        }
      }
    }
    var result = rows
    for y in 0..<height {
      for other in max(y - reach, 0)...min(y + reach, height - 1) {
        for x in 0..<width {
          result[y * width + x] = min(result[y * width + x], rows[other * width + x])
        }
      }
    }
    return result
  }
}
