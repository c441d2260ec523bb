import CSIMD
import Compute

/// Writes out what is given once a triangle, as whole pictures: part colours, face normals, labels.
///
/// Set the source and the destination before `Rasterizer.render`; the memory stays the caller's.
public final class TriangleValueWriter: TileShader, @unchecked Sendable {
  // Sendable: tiles write to disjoint samples.

  /// (triangle, channel), all instances of the frame one after the other in their order.
  public var values: UnsafePointer<Float>?
  /// (channel, height, width) or, channels last, (height, width, channel).
  public var output: UnsafeMutablePointer<Float>?
  public var layout = ChannelLayout.planar
  /// Value of every channel where nothing is.
  public var empty: Float = 0

  public let width: Int
  public let height: Int
  public let channels: Int

  public init(width: Int, height: Int, channels: Int) {
    self.width = width
    self.height = height
    self.channels = channels
  }

  public func shade(_ tile: VisibleTile, worker: Int) {
    guard let values, let output else { return }
    let streams = width * height >= PlaneStore.streamedSamples && layout == .planar
    let rows = TileRows(tile: tile, pictureWidth: width, streams: streams)
    defer { if streams { csimd_stream_fence() } }
    let (channels, background) = (Int32(channels), SIMD16<Float>(repeating: empty))
    for channel in 0..<self.channels {
      let source = values + channel
      @inline(__always) func value(_ record: SIMD16<Int32>, _: Int) -> SIMD16<Float> {
        let triangle = csimd_max_i32(tile.triangles(record), .zero)
        return csimd_gather_f32(source, triangle &* channels)
          .replacing(with: background, where: record .< 0)
      }
      switch layout {
      case .planar: rows.write(output + channel * width * height, empty: background[0], value)
      case .channelsLast:
        rows.write(output + channel, step: self.channels, empty: background[0], value)
      }
    }
  }
}

extension MeshInstance {
  /// Unit normals of the triangles, outwards from fronts, for `TriangleValueWriter`: (triangle, 3) in
  /// world axes; zero for a triangle without an area.
  ///
  /// - Parameter output: `3 * mesh.triangleCount` floats.
  public func faceNormals(into output: UnsafeMutablePointer<Float>) {
    mesh.triangles.withUnsafeBufferPointer { corners in
      for triangle in 0..<mesh.triangleCount {
        @inline(__always) func corner(_ index: Int) -> SIMD3<Float> {
          let vertex = Int(corners[3 &* triangle &+ index])
          return [x[vertex], y[vertex], z[vertex]]
        }
        let origin = corner(0)
        let unit = (corner(1) - origin).cross(corner(2) - origin).normalized
        output[3 &* triangle] = unit.x
        output[3 &* triangle &+ 1] = unit.y
        output[3 &* triangle &+ 2] = unit.z
      }
    }
  }
}

extension Mesh {
  /// Values of the triangles' parts, for `TriangleValueWriter`: (triangle, channel).
  ///
  /// - Parameters:
  ///   - table: (part, channel), for example a colour a part.
  ///   - channels: numbers per part.
  /// - Throws: `ProgramError` when the mesh has no parts or one that is not in the table.
  public func partValues(_ table: [Float], channels: Int) throws -> [Float] {
    guard !triangleParts.isEmpty else {
      throw ProgramError(.dataError, "the mesh has no part numbers", key: "parts")
    }
    let count = table.count / channels
    if let part = triangleParts.first(where: { Int($0) >= count }) {
      throw ProgramError(
        .dataError, "a part has no values", key: "parts", expected: "0 to \(count - 1)",
        found: "\(part)")
    }
    return triangleParts.flatMap { table[Int($0) * channels..<(Int($0) + 1) * channels] }
  }
}
