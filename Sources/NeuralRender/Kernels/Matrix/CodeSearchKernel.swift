// The nearest code of each pixel, as a product of matrices whose results are compared as they come.

import CSIMD
import Compute

/// The index of the nearest of some codes by squared Euclidean distance, ties to the lowest index.
///
/// |x - e|^2 is |x|^2 + |e|^2 - 2 x e, whose first term is the same for all codes of a pixel. No table
/// of distances is ever written. A pixel none of whose distances is a finite number has index 0.
struct CodeSearchKernel: Sendable {
  let channels: Int
  let codes: Int
  private let panels: MatrixPanels

  /// Pixels of an item: a panel of codes is read for all of them.
  private static let pixelsPerItem = 8 * tilePixels

  init(channels: Int, codes: Int) {
    precondition(channels > 0 && codes > 0)
    self.channels = channels
    self.codes = codes
    panels = MatrixPanels(depth: channels, columns: codes)
  }

  /// Floats of a packed book: panels, then the codes' squared lengths.
  var bookFloats: Int { panels.floats + 32 * panels.count }

  /// Pieces of work for `pack`.
  var packItemCount: Int { panels.count }

  /// Packs 32 codes; code i is `channels` floats at source + i * stride.
  func pack(
    item: Int, from source: UnsafePointer<Float>, stride: Int,
    to book: UnsafeMutablePointer<Float>
  ) {
    panels.pack(panel: item, from: source, rowStride: 1, columnStride: stride, to: book)
    let lengths = book + (panels.floats + 32 * item)
    for column in 0..<32 {
      guard column < panels.columns(item) else {
        lengths[column] = .infinity
        continue
      }
      let code = source + (32 * item + column) * stride
      var sum = 0.0
      for c in 0..<channels { sum += Double(code[c]) * Double(code[c]) }
      lengths[column] = Float(sum)
    }
  }

  /// Bytes of scratch a worker needs, a multiple of 64 and aligned to 64.
  var scratchBytes: Int {
    Self.pixelsPerItem * 128 + tilePixels * 32 * 4
      + (Self.pixelsPerItem + 2 * tableRow) * MemoryLayout<Int>.stride
  }

  /// Pieces of work for `run`; they may run at the same time in any order.
  func itemCount(height: Int, width: Int) -> Int {
    (height * width + Self.pixelsPerItem - 1) / Self.pixelsPerItem
  }

  /// Computes an item: a run of pixels in row order.
  ///
  /// - Parameters:
  ///   - book: all codes, packed.
  ///   - target: of one channel, the index as a float.
  func run(
    item: Int, from source: FeatureMap, to target: FeatureMap, book: UnsafePointer<Float>,
    scratch: UnsafeMutableRawPointer
  ) {
    let first = item * Self.pixelsPerItem
    let count = min(Self.pixelsPerItem, source.height * source.width - first)
    var scratch = ScratchPieces(scratch)
    let distances = scratch.take(Float.self, Self.pixelsPerItem * 16)
    let vectors = scratch.take(Int32.self, Self.pixelsPerItem * 16)
    let sums = scratch.take(Float.self, tilePixels * 32)
    let pixels = scratch.take(Int.self, Self.pixelsPerItem + tableRow)
    let steps = scratch.take(Int.self, 1)
    steps[0] = channels
    for index in 0..<(count + tilePixels - 1) / tilePixels * tilePixels {
      let place = first + min(index, count - 1)
      pixels[index] = Int(bitPattern: source.pixel(place / source.width, place % source.width))
    }
    for index in 0..<16 * count {
      distances[index] = .infinity
      vectors[index] = 0
    }
    for panel in 0..<panels.count {
      let width = panels.width(panel)
      var index = 0
      while index < count {
        let tile = min(tilePixels, count - index)
        multiplyTile(
          TileOperands(
            table: pixels + index, channels: steps, segments: 1,
            weights: book + panels.offset(panel)),
          pixels: tile, width: width, target: sums, stride: 32)
        for column in Swift.stride(from: 0, to: width, by: 16) {
          let code = 32 * panel + column
          compare(
            sums + column, tile, lengths: load16(book + (panels.floats + code)),
            vector: Int32(code / 16), distances + 16 * index, vectors + 16 * index)
        }
        index += tile
      }
    }
    for index in 0..<count {
      let place = first + index
      target.pixel(place / source.width, place % source.width)[0] = Float(
        nearest(distances + 16 * index, vectors + 16 * index))
    }
  }

  /// Keeps what is nearer than what came before, lane by lane.
  @inline(__always)
  private func compare(
    _ sums: UnsafePointer<Float>, _ count: Int, lengths: SIMD16<Float>, vector: Int32,
    _ distances: UnsafeMutablePointer<Float>, _ vectors: UnsafeMutablePointer<Int32>
  ) {
    for row in 0..<count {
      let distance = multiplyAdd(
        load16(sums + row &* 32), SIMD16<Float>(repeating: -2), lengths)
      let before = load16(distances + row &* 16)
      let isNearer = distance .< before
      store16(before.replacing(with: distance, where: isNearer), distances + row &* 16)
      let place = vectors + row &* 16
      let chosen = loadWords16(place).replacing(
        with: SIMD16<Int32>(repeating: vector), where: isNearer)
      UnsafeMutableRawPointer(place).storeBytes(of: chosen, as: SIMD16<Int32>.self)
    }
  }

  /// The lowest index of the least distance.
  @inline(__always)
  private func nearest(
    _ distances: UnsafePointer<Float>, _ vectors: UnsafePointer<Int32>
  ) -> Int {
    var best = (distance: Float.infinity, code: 0)
    for lane in 0..<16 {
      let code = Int(vectors[lane]) * 16 + lane
      if distances[lane] < best.distance
        || distances[lane] == best.distance && distances[lane] < .infinity && code < best.code
      {
        best = (distances[lane], code)
      }
    }
    return best.code
  }
}
