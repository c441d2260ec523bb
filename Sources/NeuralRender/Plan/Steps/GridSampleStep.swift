import CSIMD
import Compute

/// Bilinear sampling of an image at the points of a grid, channels last: whole pixels at a time.
///
/// Matches: `torch.nn.functional.grid_sample`, zeros or border outside. Differs: a point that is not a
/// number reads the lower corner, as `GridSample` does.
final class GridSampleStep: RowStep, @unchecked Sendable {
  // Sendable: as `RowStep`.
  private let operation: GridSample

  /// - Parameter grid: two channels, x then y, in [-1, 1].
  init(name: String, operation: GridSample, image: Place, grid: Place, output: Place) {
    self.operation = operation
    super.init(name: name, inputs: [image, grid], output: output)
  }

  override var kernel: String { "grid" }

  override var reach: StepReach {
    StepReach(
      height: output.height, width: output.width, output: .same, inputs: [.everything, .same])
  }

  override func row(_ y: Int, _ columns: Range<Int>, image: Int) {
    let (source, grid, target) = (sources[image][0], sources[image][1], targets[image])
    for x in columns {
      let point = grid.pixel(y, x)
      let taps = (
        axis(point[0], source.width), axis(point[1], source.height)
      )
      let pixel = target.pixel(y, x)
      sample(source, taps.0, taps.1, into: pixel)
    }
  }

  /// The two pixels along an axis, clamped to the image, with their weights.
  private typealias Taps = (first: Int, second: Int, weights: (Float, Float))

  @inline(__always)
  private func axis(_ coordinate: Float, _ extent: Int) -> Taps {
    let size = Float(extent)
    var pixel =
      operation.alignsCorners
      ? (coordinate + 1) / 2 * (size - 1) : ((coordinate + 1) * size - 1) / 2
    // The comparisons send what is not a number to the lower corner.
    let low: Float = operation.outside == .border ? 0 : -1
    let high: Float = operation.outside == .border ? size - 1 : size
    pixel = pixel > low ? min(pixel, high) : low
    let floor = pixel.rounded(.down)
    let first = Int(floor)
    let share = pixel - floor
    let last = extent - 1
    return (
      min(max(first, 0), last), min(max(first + 1, 0), last),
      (
        first >= 0 && first <= last ? 1 - share : 0,
        first + 1 >= 0 && first + 1 <= last ? share : 0
      )
    )
  }

  @inline(__always)
  private func sample(
    _ source: FeatureMap, _ x: Taps, _ y: Taps, into target: UnsafeMutablePointer<Float>
  ) {
    let (a, b) = (source.pixel(y.first, x.first), source.pixel(y.first, x.second))
    let (c, d) = (source.pixel(y.second, x.first), source.pixel(y.second, x.second))
    let upper = (y.weights.0 * x.weights.0, y.weights.0 * x.weights.1)
    let lower = (y.weights.1 * x.weights.0, y.weights.1 * x.weights.1)
    for first in stride(from: 0, to: output.channels, by: 16) {
      let count = min(16, output.channels - first)
      var sum = loadFirst16(a + first, count) * upper.0
      sum = multiplyAdd(
        loadFirst16(b + first, count), SIMD16(repeating: upper.1), sum)
      sum = multiplyAdd(
        loadFirst16(c + first, count), SIMD16(repeating: lower.0), sum)
      sum = multiplyAdd(
        loadFirst16(d + first, count), SIMD16(repeating: lower.1), sum)
      storeFirst16(sum, target + first, count)
    }
  }
}
