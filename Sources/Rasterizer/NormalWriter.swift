import CSIMD
import Compute

/// Writes out smooth normals: three attributes, interpolated and made unit length, as a whole picture.
///
/// Set the destination before `Rasterizer.render`; the memory stays the caller's.
public final class NormalWriter: TileShader, @unchecked Sendable {
  // Sendable: tiles write to disjoint samples.

  /// The attribute that holds x; y and z are the next two.
  public var firstAttribute = 0
  /// (3, height, width) or, channels last, (height, width, 3); zero where nothing is. The axes are
  /// those of the attributes.
  public var output: UnsafeMutablePointer<Float>?
  public var layout = ChannelLayout.planar

  public let width: Int
  public let height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  public func shade(_ tile: VisibleTile, worker: Int) {
    guard let output else { return }
    let streams = width * height >= PlaneStore.streamedSamples && layout == .planar
    let rows = TileRows(tile: tile, pictureWidth: width, streams: streams)
    defer { if streams { csimd_stream_fence() } }
    let first = firstAttribute
    for axis in 0..<3 {
      @inline(__always) func value(_ record: SIMD16<Int32>, _ source: Int) -> SIMD16<Float> {
        // Depth cancels: the attributes divided by it have the normal's direction.
        let x = tile.attribute(first, source)
        let y = tile.attribute(first + 1, source)
        let z = tile.attribute(first + 2, source)
        let length = csimd_sqrt_f32(x * x + y * y + z * z)
        let missing = (record .< 0) .| (length .== 0)
        return csimd_divide_f32(tile.attribute(first + axis, source), length)
          .replacing(with: 0, where: missing)
      }
      switch layout {
      case .planar: rows.write(output + axis * width * height, empty: 0, value)
      case .channelsLast: rows.write(output + axis, step: 3, empty: 0, value)
      }
    }
  }
}

/// Hands every tile to several writers, so that one frame gives several pictures.
public final class ShaderGroup: TileShader {
  public let shaders: [any TileShader]

  public init(_ shaders: [any TileShader]) { self.shaders = shaders }

  public func shade(_ tile: VisibleTile, worker: Int) {
    for shader in shaders { shader.shade(tile, worker: worker) }
  }
}
