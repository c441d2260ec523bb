import CSIMD
import Compute
import Rasterizer
import SMPLX

/// Decodes everything but colour: mask, depth, normals, texture coordinates, parts; one sample per
/// pixel except for the mask, whose edges are smooth.
///
/// | pass | bytes |
/// |---|---|
/// | mask | coverage times 255, grey |
/// | depth | millimetres from the camera, 16 bits: high byte in red, low byte in green |
/// | normals, face-normals | (n + 1) / 2 times 255, camera axes x right, y up, z to the viewer |
/// | uv | u and v times 255 in red and green |
/// | parts | a colour a part |
final class PassDecoder: FrameDecoder, @unchecked Sendable {
  // Sendable: as `PlainDecoder`.

  let samples: Int
  let footprints: FootprintRequest? = nil
  let attributes: [VertexAttribute]
  private let part: PersonPart
  private let pass: RenderPass
  private let normals: VertexNormals
  private let partColors: AlignedBuffer<Int32>
  private var target: FrameTarget?
  private var vertices: PlanarVertices?
  private var rotation: (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>) = (.zero, .zero, .zero)

  init(part: PersonPart, settings: RenderSettings, pool: WorkerPool) {
    self.part = part
    pass = settings.pass
    samples = settings.pass == .mask ? settings.supersample : 1
    normals = VertexNormals(topology: part.normalTopology, pool: pool)
    partColors = AlignedBuffer(count: 256)
    for part in 0..<256 {
      // Hues by the golden ratio, so that neighbouring numbers differ.
      let hue = (Float(part) * 0.618034).truncatingRemainder(dividingBy: 1) * 6
      func channel(_ shift: Float) -> Int32 {
        let distance = abs((hue + shift).truncatingRemainder(dividingBy: 6) - 3)
        return Int32(60 + 180 * max(0, min(1, distance - 1)))
      }
      partColors[part] = channel(0) | channel(4) &<< 8 | channel(2) &<< 16
    }
    switch settings.pass {
    case .normals:
      let planes = normals.vertices
      attributes = [planes.x, planes.y, planes.z].map {
        VertexAttribute(values: $0, indexing: .vertex)
      }
    case .uv:
      attributes = (0..<2).map {
        VertexAttribute(
          values: part.coordinates.pointer + $0 * part.coordinates.stride, indexing: .texture)
      }
    default: attributes = []
    }
  }

  func prepare(_ frame: FrameGeometry, target: FrameTarget) {
    self.target = target
    rotation = frame.camera.rotation
    vertices = frame.vertices
    if pass == .normals { normals.update(frame.vertices) }
  }

  func shade(_ tile: VisibleTile, worker: Int) {
    guard let target else { return }
    let width = tile.width / samples
    let height = tile.height / samples
    for y in 0..<height {
      let row =
        target.pixels + (tile.y0 / samples + y) * target.bytesPerRow
        + tile.x0 / samples * target.channels
      if tile.isEmpty {
        row.update(repeating: 0, count: width * 3)
        continue
      }
      for x in stride(from: 0, to: width, by: 16) {
        let offset = y * samples * tile.stride + x * samples
        let color = pass == .mask ? coverage(tile, offset) : value(tile, offset)
        storePixels3(color, row + 3 * x, min(16, width - x))
      }
    }
  }

  private func coverage(_ tile: VisibleTile, _ offset: Int) -> SIMD16<Int32> {
    let lanes = SIMD16<Int32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    var covered = SIMD16<Float>.zero
    for sy in 0..<samples {
      for sx in 0..<samples {
        let record = csimd_gather_i32(
          tile.records + offset + sy * tile.stride + sx, lanes &* Int32(samples))
        covered += SIMD16<Float>.zero.replacing(with: 1, where: record .>= 0)
      }
    }
    let byte = csimd_round_i32(covered * (255 / Float(samples * samples)))
    return byte | byte &<< 8 | byte &<< 16
  }

  private func value(_ tile: VisibleTile, _ offset: Int) -> SIMD16<Int32> {
    typealias V = SIMD16<Float>
    let record = UnsafeRawPointer(tile.records + offset).loadUnaligned(as: SIMD16<Int32>.self)
    let empty = record .< 0
    let depth = 1 / UnsafeRawPointer(tile.inverseDepth + offset).loadUnaligned(as: V.self)
    func attribute(_ index: Int) -> V {
      UnsafeRawPointer(tile.attributes + index * tile.planeSize + offset)
        .loadUnaligned(as: V.self) * depth
    }
    let result: SIMD16<Int32>
    switch pass {
    case .depth:
      let millimetres = csimd_round_i32(
        (depth * 1000).clamped(
          lowerBound: .zero, upperBound: V(repeating: 65535)))
      result = millimetres &>> 8 | (millimetres & 255) &<< 8
    case .uv:
      result = bytes(attribute(0), attribute(1), V.zero)
    case .normals:
      result = encoded(attribute(0), attribute(1), attribute(2))
    case .faceNormals:
      var normal = (V.zero, V.zero, V.zero)
      let triangle = tile.triangles(record)
      for lane in 0..<16 where triangle[lane] >= 0 {
        let one = faceNormal(Int(triangle[lane]))
        normal.0[lane] = one.x
        normal.1[lane] = one.y
        normal.2[lane] = one.z
      }
      result = encoded(normal.0, normal.1, normal.2)
    case .parts:
      let triangle = tile.triangles(record)
      var colors = SIMD16<Int32>.zero
      for lane in 0..<16 where triangle[lane] >= 0 {
        let parts = part.mesh.triangleParts
        colors[lane] = parts.isEmpty ? 0xffffff : partColors[Int(parts[Int(triangle[lane])])]
      }
      result = colors
    case .color, .mask: result = .zero
    }
    return result.replacing(with: 0, where: empty)
  }

  /// Normal of a triangle in world axes, twice its area long.
  private func faceNormal(_ triangle: Int) -> SIMD3<Float> {
    guard let vertices else { return .zero }
    let corners = part.mesh.triangles
    func vertex(_ k: Int) -> SIMD3<Float> { vertices[Int(corners[3 * triangle + k])] }
    return (vertex(1) - vertex(0)).cross(vertex(2) - vertex(0))
  }

  private func bytes(
    _ r: SIMD16<Float>, _ g: SIMD16<Float>, _ b: SIMD16<Float>
  ) -> SIMD16<Int32> {
    func byte(_ value: SIMD16<Float>) -> SIMD16<Int32> {
      csimd_round_i32(value.clamped(lowerBound: .zero, upperBound: .one) * 255)
    }
    return byte(r) | byte(g) &<< 8 | byte(b) &<< 16
  }

  /// World normal (any length) to camera axes with y up and z to the viewer, to bytes.
  private func encoded(
    _ x: SIMD16<Float>, _ y: SIMD16<Float>, _ z: SIMD16<Float>
  ) -> SIMD16<Int32> {
    let length = (x * x + y * y + z * z).squareRoot()
    let scale = 0.5 / length.replacing(with: 1, where: length .== 0)
    func axis(_ r: SIMD3<Float>, _ sign: Float) -> SIMD16<Float> {
      (x * r.x + y * r.y + z * r.z) * scale * sign + 0.5
    }
    return bytes(axis(rotation.0, 1), axis(rotation.1, -1), axis(rotation.2, -1))
  }
}
