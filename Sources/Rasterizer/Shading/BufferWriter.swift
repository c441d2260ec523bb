import CSIMD
import Compute

/// Writes tiles out as whole pictures: triangle number, depth, mask, attributes.
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
  /// Attribute k, scaled: (attribute, height, width).
  public var attributes: UnsafeMutablePointer<Float>?
  public var attributeCount = 0
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
    // Members are read once: every access to a member of a class is checked at run time.
    let streams = width * height >= PlaneStore.streamedSamples
    let rows = TileRows(tile: tile, pictureWidth: width, streams: streams)
    defer { if streams { csimd_stream_fence() } }
    if let ids {
      rows.write(ids, empty: -1) { record, _ in tile.triangles(record) }
    }
    if let depth {
      let empty = SIMD16<Float>(repeating: emptyDepth)
      rows.write(depth, empty: emptyDepth) { record, offset in
        tile.distance(offset).replacing(with: empty, where: record .< 0)
      }
    }
    if let mask {
      let one = SIMD16<Float>(repeating: 1)
      rows.write(mask, empty: 0) { record, _ in one.replacing(with: 0, where: record .< 0) }
    }
    guard let attributes else { return }
    let (count, scale, offset) = (attributeCount, scale, SIMD16<Float>(repeating: offset))
    let empty = SIMD16<Float>(repeating: emptyAttribute)
    for index in 0..<count {
      @inline(__always) func value(_ record: SIMD16<Int32>, _ source: Int) -> SIMD16<Float> {
        multiplyAdd(tile.attribute(index, source), tile.distance(source) * scale, offset)
          .replacing(with: empty, where: record .< 0)
      }
      rows.write(attributes + index * width * height, empty: empty[0], value)
    }
  }
}
