// Row kernels run over images with gaps, whole and in pieces.

import Compute
import TestSupport

@testable import NeuralRender

/// An image in memory of its own, with gaps between pixels and rows that must stay as they are.
final class GappedImage {
  private let memory: AlignedBuffer<Float>
  let map: FeatureMap
  private let gap: Int

  /// - Parameter gap: floats between pixels; rows are a pixel further apart. 0 packs all.
  init(_ channels: Int, _ height: Int, _ width: Int, gap: Int = 0) {
    let pixelStride = channels + gap
    let rowStride = width * pixelStride + (gap > 0 ? pixelStride : 0)
    memory = AlignedBuffer(count: max(height * rowStride, 1), filledWith: untouched)
    map = FeatureMap(
      memory.pointer + gap / 2, height: height, width: width, channels: channels,
      pixelStride: pixelStride, rowStride: rowStride)
    self.gap = gap
  }

  /// - Parameter tensor: 1 x C x H x W.
  convenience init(_ tensor: Tensor, gap: Int = 0) {
    self.init(tensor.shape[1], tensor.shape[2], tensor.shape[3], gap: gap)
    forEach { pointer, index in pointer.pointee = tensor[index] }
  }

  /// 1 x C x H x W.
  var tensor: Tensor {
    var values = [Float](repeating: 0, count: map.channels * map.height * map.width)
    forEach { pointer, index in values[index] = pointer.pointee }
    return Tensor(shape: [1, map.channels, map.height, map.width], values)
  }

  var gapsAreUntouched: Bool {
    var isInside = [Bool](repeating: false, count: memory.count)
    forEach { pointer, _ in isInside[pointer - memory.pointer] = true }
    return isInside.indices.allSatisfy { isInside[$0] || memory[$0] == untouched }
  }

  private func forEach(_ body: (UnsafeMutablePointer<Float>, Int) -> Void) {
    for c in 0..<map.channels {
      for y in 0..<map.height {
        for x in 0..<map.width {
          body(map.pixel(y, x) + c, (c * map.height + y) * map.width + x)
        }
      }
    }
  }
}

/// Random images, 1 x C x H x W.
func randomImage(
  _ channels: Int, _ height: Int, _ width: Int, seed: UInt64 = 1,
  in range: ClosedRange<Float> = -2...2
) -> Tensor {
  var generator = SeededGenerator(state: seed)
  return Tensor(
    shape: [1, channels, height, width],
    (0..<channels * height * width).map { _ in .random(in: range, using: &generator) })
}

/// The largest difference divided by the largest expected magnitude; infinite where shapes, infinities
/// or what is not a number differ.
func largestError(_ found: Tensor, _ expected: Tensor) -> Float {
  guard found.shape == expected.shape else { return .infinity }
  var (worst, largest) = (Float(0), Float.leastNormalMagnitude)
  for (one, other) in zip(found.elements, expected.elements) {
    if one == other || (one.isNaN && other.isNaN) { continue }
    guard (one - other).isFinite else { return .infinity }
    worst = max(worst, abs(one - other))
  }
  for value in expected.elements where value.isFinite { largest = max(largest, abs(value)) }
  return worst / largest
}

/// Computes an image by rows: whole and in pieces, packed and with gaps. All ways must give the same
/// bits and leave the gaps alone.
///
/// - Returns: nil where they do not.
func computeRows(
  _ channels: Int, _ height: Int, _ width: Int,
  _ row: (_ y: Int, _ columns: Range<Int>, _ target: FeatureMap, _ gap: Int) -> Void
) -> Tensor? {
  var results: [Tensor] = []
  for (gap, piece) in [(0, max(width, 1)), (0, 1), (0, 5), (3, max(width, 1)), (6, 2)] {
    let target = GappedImage(channels, height, width, gap: gap)
    for y in 0..<height {
      for x in stride(from: 0, to: width, by: piece).reversed() {
        row(y, x..<min(x + piece, width), target.map, gap)
      }
    }
    guard target.gapsAreUntouched else { return nil }
    results.append(target.tensor)
  }
  let bits = results.map { $0.elements.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern } }
  return bits.allSatisfy { $0 == bits[0] } ? results[0] : nil
}

/// The same for a function of one image.
func computeRows(
  of source: Tensor, _ channels: Int? = nil,
  _ row: (_ y: Int, _ columns: Range<Int>, _ source: FeatureMap, _ target: FeatureMap) -> Void
) -> Tensor? {
  let images = [0, 3, 6].map { (gap: $0, image: GappedImage(source, gap: $0)) }
  return computeRows(channels ?? source.shape[1], source.shape[2], source.shape[3]) {
    y, columns, target, gap in
    for (own, image) in images where own == gap { row(y, columns, image.map, target) }
  }
}

let imageShapes = [
  [1, 1, 1], [1, 3, 29], [3, 7, 13], [5, 1, 40], [16, 4, 9], [17, 5, 6], [40, 3, 11], [64, 2, 5],
]

/// Of few channels, in all the ways in which these are transposed.
let fewChannelShapes = [2, 3, 4, 7, 8, 12, 15, 24].map { [$0, 2, 19] }
