import CSIMD
import Compute
import TestSupport

@testable import Rasterizer

/// A part of a test frame with memory of its own, in camera axes (x right, y down, z forward).
final class TestPart {
  let vertices: [SIMD3<Float>]
  let triangles: [UInt32]
  /// Texture coordinates of the vertices.
  let uv: [SIMD2<Float>]
  let cull: CullMode
  var cutOut: TestOpacity?
  /// Whether the coordinates are found by texture triangles of their own, in another order.
  let hasTextureTriangles: Bool
  private let mesh: Mesh
  private let planes: VertexPlanes
  private let coordinates: AlignedBuffer<Float>
  private let stride: Int

  init(
    _ vertices: [SIMD3<Float>], _ triangles: [UInt32], uv: [SIMD2<Float>]? = nil,
    cull: CullMode = .none, cutOut: TestOpacity? = nil, textureTriangles: Bool = false
  ) throws {
    let uv = uv ?? vertices.map { SIMD2($0.x, $0.y) }
    (self.vertices, self.triangles, self.uv) = (vertices, triangles, uv)
    (self.cull, self.cutOut, hasTextureTriangles) = (cull, cutOut, textureTriangles)
    let last = UInt32(vertices.count) &- 1
    mesh = try Mesh(
      vertexCount: vertices.count, triangles: triangles,
      uv: textureTriangles ? uv.reversed().flatMap { [$0.x, $0.y] } : [],
      uvTriangles: textureTriangles ? triangles.map { last - $0 } : [])
    planes = VertexPlanes(vertices)
    stride = (vertices.count + 15) & ~15
    coordinates = AlignedBuffer(count: 2 * max(stride, 1), filledWith: 0)
    for (index, point) in (textureTriangles ? uv.reversed() : uv).enumerated() {
      coordinates[index] = point.x
      coordinates[stride + index] = point.y
    }
  }

  var texture: [VertexAttribute] {
    (0..<2).map {
      VertexAttribute(
        values: coordinates.pointer + $0 * stride,
        indexing: hasTextureTriangles ? .texture : .vertex)
    }
  }

  /// - Parameter attributeCount: 0, or 2 for the texture coordinates.
  func instance(attributeCount: Int = 0) throws -> MeshInstance {
    MeshInstance(
      mesh: mesh, x: planes.x, y: planes.y, z: planes.z, cull: cull,
      attributes: attributeCount == 0 ? [] : texture,
      cutOut: try cutOut.map {
        try CutOut(texture: $0.texture, u: texture[0], v: texture[1], threshold: $0.threshold)
      })
  }

  /// One triangle of the part, without holes.
  func triangle(_ number: Int) throws -> TestPart {
    try TestPart(
      vertices, Array(triangles[3 * number..<3 * number + 3]), uv: uv, cull: cull,
      textureTriangles: hasTextureTriangles)
  }
}

/// What is seen at every sample of a frame, as bits.
struct PartDrawing: Equatable {
  var instances: [Int32]
  var triangles: [Int32]
  /// Numbers of the triangles in the frame.
  var numbers: [Int32]
  /// 0 where nothing is.
  var inverseDepth: [Float]
  /// (attribute, height, width), divided by depth; 0 where nothing is.
  var attributes: [Float]

  static func == (a: PartDrawing, b: PartDrawing) -> Bool {
    a.instances == b.instances && a.triangles == b.triangles && a.numbers == b.numbers
      && bits(a.inverseDepth) == bits(b.inverseDepth) && bits(a.attributes) == bits(b.attributes)
  }
}

/// The shader that records a `PartDrawing`.
final class PartWriter: TileShader, @unchecked Sendable {
  // Sendable: tiles write to disjoint samples.
  private let width: Int
  private let size: Int
  private let attributeCount: Int
  private let numbers: AlignedBuffer<Int32>
  private let values: AlignedBuffer<Float>

  init(width: Int, height: Int, attributeCount: Int) {
    (self.width, size, self.attributeCount) = (width, width * height, attributeCount)
    numbers = AlignedBuffer(count: 3 * size, filledWith: -7)
    values = AlignedBuffer(count: (1 + attributeCount) * size, filledWith: -7)
  }

  func shade(_ tile: VisibleTile, worker: Int) {
    let rows = TileRows(tile: tile, pictureWidth: width, streams: false)
    rows.write(numbers.pointer, empty: -1) { record, _ in tile.parts(record).instance }
    rows.write(numbers.pointer + size, empty: -1) { record, _ in tile.parts(record).triangle }
    rows.write(numbers.pointer + 2 * size, empty: -1) { record, _ in tile.triangles(record) }
    for plane in 0..<1 + attributeCount {
      rows.write(values.pointer + plane * size, empty: 0) { record, offset in
        let value =
          plane > 0
          ? tile.attribute(plane - 1, offset)
          : UnsafeRawPointer(tile.inverseDepth + offset).loadUnaligned(as: SIMD16<Float>.self)
        return value.replacing(with: 0, where: record .< 0)
      }
    }
  }

  var drawing: PartDrawing {
    func plane(_ index: Int) -> [Int32] { (0..<size).map { numbers[index * size + $0] } }
    return PartDrawing(
      instances: plane(0), triangles: plane(1), numbers: plane(2),
      inverseDepth: (0..<size).map { values[$0] },
      attributes: (size..<(1 + attributeCount) * size).map { values[$0] })
  }
}

/// A frame of parts and how it is drawn.
struct PartScene {
  var parts: [TestPart]
  var width = 64
  var height = 48
  var near: Float = 0.01

  var camera: PinholeCamera {
    .aligned(
      focalLength: [Float(width), Float(width)],
      principalPoint: [Float(width) / 2, Float(height) / 2], near: near)
  }

  /// - Parameter copies: frames drawn one after the other with the same memory.
  func draw(
    attributeCount: Int = 0, tile: (Int, Int) = (48, 48), threads: Int = 1, copies: Int = 1
  ) throws -> PartDrawing {
    let rasterizer = Rasterizer(
      pool: WorkerPool(threads: threads), tileWidth: tile.0, tileHeight: tile.1)
    let writer = PartWriter(width: width, height: height, attributeCount: attributeCount)
    let instances = try parts.map { try $0.instance(attributeCount: attributeCount) }
    for _ in 0..<copies {
      rasterizer.render(instances, camera: camera, width: width, height: height, shader: writer)
    }
    return writer.drawing
  }

  /// The frame one triangle and one sample at a time: each triangle is drawn alone and without holes,
  /// its samples are decided by the scalar twin of the cut-out, and of those the nearest wins, the first
  /// of equals.
  func reference() throws -> PartDrawing {
    let size = width * height
    var result = PartDrawing(
      instances: [Int32](repeating: -1, count: size),
      triangles: [Int32](repeating: -1, count: size), numbers: [Int32](repeating: -1, count: size),
      inverseDepth: [Float](repeating: 0, count: size),
      attributes: [Float](repeating: 0, count: 2 * size))
    var number: Int32 = 0
    for (instance, part) in parts.enumerated() {
      for triangle in 0..<part.triangles.count / 3 {
        var alone = self
        alone.parts = [try part.triangle(triangle)]
        let layer = try alone.draw(attributeCount: 2, tile: (16, 16))
        for sample in 0..<size where layer.numbers[sample] >= 0 {
          let inverse = layer.inverseDepth[sample]
          let (u, v) = (layer.attributes[sample], layer.attributes[size + sample])
          let depth = 1 / inverse
          if let cutOut = part.cutOut, !cutOut.keeps(u: u * depth, v: v * depth) { continue }
          if result.instances[sample] >= 0, !(inverse > result.inverseDepth[sample]) { continue }
          result.instances[sample] = Int32(instance)
          result.triangles[sample] = Int32(triangle)
          result.numbers[sample] = number
          result.inverseDepth[sample] = inverse
          (result.attributes[sample], result.attributes[size + sample]) = (u, v)
        }
        number += 1
      }
    }
    return result
  }
}

extension PartScene {
  /// Triangles with corners within `reach` of centres that fill the picture, at depths around `depth`.
  static func soup(
    _ count: Int, reach: Float, depth: ClosedRange<Float>, cull: CullMode = .none,
    cutOut: TestOpacity? = nil, textureTriangles: Bool = false,
    _ generator: inout SeededGenerator
  ) throws -> TestPart {
    var vertices: [SIMD3<Float>] = []
    for _ in 0..<count {
      let centre = SIMD2<Float>(
        .random(in: -0.5...0.5, using: &generator), .random(in: -0.4...0.4, using: &generator))
      for _ in 0..<3 {
        let x = centre.x + .random(in: -reach...reach, using: &generator)
        let y = centre.y + .random(in: -reach...reach, using: &generator)
        vertices.append(SIMD3(x, y, 1) * Float.random(in: depth, using: &generator))
      }
    }
    let uv = vertices.map { _ in
      SIMD2<Float>(.random(in: -2...3, using: &generator), .random(in: -2...3, using: &generator))
    }
    return try TestPart(
      vertices, (0..<UInt32(vertices.count)).map { $0 }, uv: uv, cull: cull, cutOut: cutOut,
      textureTriangles: textureTriangles)
  }

  /// A rectangle across the optical axis, u to the right and v up, both 0 to 1.
  static func card(
    halfWidth: Float, halfHeight: Float, depth: Float, cutOut: TestOpacity? = nil
  ) throws -> TestPart {
    let corners: [SIMD2<Float>] = [[-1, -1], [1, -1], [1, 1], [-1, 1]]
    return try TestPart(
      corners.map { SIMD3($0.x * halfWidth, $0.y * halfHeight, depth) }, [0, 1, 2, 0, 2, 3],
      uv: corners.map { SIMD2(($0.x + 1) / 2, (1 - $0.y) / 2) }, cutOut: cutOut)
  }
}
