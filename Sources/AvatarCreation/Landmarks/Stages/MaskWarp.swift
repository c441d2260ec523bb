import Compute
import Foundation

/// The mask that a network gives for a region, as one of the whole picture.
struct MaskWarp: Sendable {
  let region: Region
  /// Cells of a side of the mask.
  let side: Int
  /// (side, side) probabilities with a border of two cells of 0 on all sides.
  private let cells: [Float]
  private var stride: Int { side + 4 }

  /// - Parameter logits: (side, side).
  init(_ logits: [Float], _ region: Region) {
    let side = Int(saturating: Double(logits.count).squareRoot(), .towardZero)
    var cells = [Float](repeating: 0, count: (side + 4) * (side + 4))
    for y in 0..<side {
      for x in 0..<side {
        cells[(y + 2) * (side + 4) + x + 2] = Detection.probability(logits[y * side + x])
      }
    }
    self.cells = cells
    self.side = side
    self.region = region
  }

  /// How much of each pixel is the person: bilinear between cells, 0 outside the region.
  func matte(width: Int, height: Int, on pool: WorkerPool) -> Matte {
    var coverage = [Float](repeating: 0, count: width * height)
    coverage.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let target = Target(base: base)
      let rows = 16
      pool.run((height + rows - 1) / rows) { item, _ in
        cells.withUnsafeBufferPointer { cells in
          guard let cells = cells.baseAddress else { return }
          for y in item * rows..<min((item + 1) * rows, height) {
            write(row: y, width: width, cells, to: target.base + y * width)
          }
        }
      }
    }
    return Matte(width: width, height: height, coverage: coverage)
  }

  private struct Target: @unchecked Sendable {
    // Sendable: items write disjoint rows.
    let base: UnsafeMutablePointer<Float>
  }

  private func write(
    row: Int, width: Int, _ cells: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>
  ) {
    let scale = Double(side) / region.side
    let step = SIMD2(cos(region.angle), -sin(region.angle)) * scale
    let down = SIMD2(sin(region.angle), cos(region.angle)) * scale
    // Of pixel 0.
    let start =
      down * (Double(row) - region.centre.y) - step * region.centre.x + Double(side) / 2
    let (startX, startY, stepX, stepY) = (start.x, start.y, step.x, step.y)
    let (end, stride) = (Double(side), self.stride)
    for x in columns(start, step, width) {
      let (placeX, placeY) = (startX + stepX * Double(x), startY + stepY * Double(x))
      let (wholeX, wholeY) = (placeX.rounded(.down), placeY.rounded(.down))
      guard wholeX >= -1, wholeY >= -1, wholeX < end, wholeY < end else { continue }
      let (right, low) = (Float(placeX - wholeX), Float(placeY - wholeY))
      let cell = cells + ((Int(wholeY) &+ 2) &* stride &+ Int(wholeX) &+ 2)
      let above = cell[0] * (1 - right) + cell[1] * right
      let below = cell[stride] * (1 - right) + cell[stride &+ 1] * right
      target[x] = above * (1 - low) + below * low
    }
  }

  /// Columns of a row outside which the mask is 0.
  private func columns(_ start: SIMD2<Double>, _ step: SIMD2<Double>, _ width: Int) -> Range<Int> {
    var (first, last) = (0.0, Double(width))
    for axis in 0..<2 where abs(step[axis]) > 1e-9 {
      let ends = [(-1 - start[axis]) / step[axis], (Double(side) - start[axis]) / step[axis]]
      first = max(first, min(ends[0], ends[1]) - 1)
      last = min(last, max(ends[0], ends[1]) + 2)
    }
    guard first < last else { return 0..<0 }
    return Int(saturating: first, .down)..<min(Int(saturating: last, .up), width)
  }
}
