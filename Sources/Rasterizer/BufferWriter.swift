import Compute

/// Writes tiles out as whole pictures: triangle number, depth, mask, attributes, planar or
/// interleaved.
///
/// Set the destinations before `Rasterizer.render`; the memory stays the caller's.
public final class BufferWriter: TileShader, @unchecked Sendable {
  // Sendable: tiles write to disjoint samples.

  /// Triangle number of every sample, -1 where nothing is: (height, width).
  public var ids: UnsafeMutablePointer<Int32>?
  /// Depth in metres: (height, width).
  public var depth: UnsafeMutablePointer<Float>?
  /// Depth of a sample where nothing is.
  public var emptyDepth: Float = .infinity
  /// 1 where something is, else 0: (height, width).
  public var mask: UnsafeMutablePointer<Float>?
  /// Attribute k, scaled: (attribute, height, width) or, interleaved, (height, width, attribute).
  public var attributes: UnsafeMutablePointer<Float>?
  public var attributeCount = 0
  public var interleaved = false
  /// Written value = attribute * scale + offset.
  public var scale: Float = 1
  public var offset: Float = 0
  /// Value of attributes where nothing is.
  public var emptyAttribute: Float = 0

  public let width: Int
  public let height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  public func shade(_ tile: VisibleTile, worker: Int) {
    for y in 0..<tile.height {
      let start = (tile.y0 + y) * width + tile.x0
      if tile.isEmpty {
        ids.map { ($0 + start).update(repeating: -1, count: tile.width) }
        depth.map { ($0 + start).update(repeating: emptyDepth, count: tile.width) }
        mask.map { ($0 + start).update(repeating: 0, count: tile.width) }
        if let attributes {
          if interleaved {
            (attributes + start * attributeCount)
              .update(repeating: emptyAttribute, count: tile.width * attributeCount)
          } else {
            for k in 0..<attributeCount {
              (attributes + k * width * height + start)
                .update(repeating: emptyAttribute, count: tile.width)
            }
          }
        }
        continue
      }
      let row = y * tile.stride
      for x in stride(from: 0, to: tile.width, by: 16) {
        writeStamp(tile, row + x, start + x, min(16, tile.width - x))
      }
    }
  }

  @inline(__always)
  private func writeStamp(_ tile: VisibleTile, _ source: Int, _ target: Int, _ count: Int) {
    let record = UnsafeRawPointer(tile.records + source).loadUnaligned(as: SIMD16<Int32>.self)
    let inverse = UnsafeRawPointer(tile.inverseDepth + source)
      .loadUnaligned(as: SIMD16<Float>.self)
    let empty = record .< 0
    let distance = 1 / inverse
    if let ids { store(tile.triangles(record), ids + target, count) }
    if let depth {
      store(distance.replacing(with: emptyDepth, where: empty), depth + target, count)
    }
    if let mask {
      store(SIMD16<Float>(repeating: 1).replacing(with: 0, where: empty), mask + target, count)
    }
    guard let attributes else { return }
    let scaled = distance * scale
    for k in 0..<attributeCount {
      let over = UnsafeRawPointer(tile.attributes + k * tile.planeSize + source)
        .loadUnaligned(as: SIMD16<Float>.self)
      let value = multiplyAdd(over, scaled, SIMD16(repeating: offset))
        .replacing(with: emptyAttribute, where: empty)
      if interleaved {
        for lane in 0..<count { attributes[(target + lane) * attributeCount + k] = value[lane] }
      } else {
        store(value, attributes + k * width * height + target, count)
      }
    }
  }

  @inline(__always)
  private func store<T>(_ value: SIMD16<T>, _ target: UnsafeMutablePointer<T>, _ count: Int) {
    if count == 16 {
      UnsafeMutableRawPointer(target).storeBytes(of: value, as: SIMD16<T>.self)
    } else {
      for lane in 0..<count { target[lane] = value[lane] }
    }
  }
}
