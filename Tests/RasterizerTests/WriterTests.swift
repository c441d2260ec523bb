import Compute
import Foundation
import TestSupport
import Testing

@testable import Rasterizer

/// Face normals, smooth normals and part colours, against closed forms on a tetrahedron and a ball.
@Suite struct WriterTests {
  static let width = 150
  static let height = 70

  /// A picture in either layout as (channel, sample).
  func planar(_ buffer: borrowing AlignedBuffer<Float>, _ channels: Int, _ layout: ChannelLayout)
    -> [Float]
  {
    let values = (0..<channels * Self.width * Self.height).map { buffer[$0] }
    return layout == .planar ? values : exchanged(values, rows: Self.width * Self.height)
  }

  /// Points of a unit ball 3 m ahead, in rings, each with its triangles; the ball's parts are its rings.
  func ball(_ rings: Int = 24) -> (vertices: [SIMD3<Float>], triangles: [UInt32]) {
    var vertices: [SIMD3<Float>] = []
    for ring in 0...rings {
      let polar = Double.pi * Double(ring) / Double(rings)
      for step in 0..<2 * rings {
        let angle = Double.pi * Double(step) / Double(rings)
        let direction = SIMD3(sin(polar) * cos(angle), cos(polar), sin(polar) * sin(angle))
        vertices.append(SIMD3<Float>(direction) + [0, 0, 3])
      }
    }
    var triangles: [UInt32] = []
    let count = UInt32(2 * rings)
    for ring in 0..<UInt32(rings) {
      for step in 0..<count {
        let (a, b) = (ring * count + step, ring * count + (step + 1) % count)
        triangles += [a, b, a + count, b, b + count, a + count]
      }
    }
    return (vertices, triangles)
  }

  @Test(arguments: ChannelLayout.allCases) func normalsOfABall(layout: ChannelLayout) throws {
    let (vertices, triangles) = ball()
    let mesh = try Mesh(vertexCount: vertices.count, triangles: triangles)
    let padded = (vertices.count + 15) & ~15
    let planes = AlignedBuffer<Float>(count: 6 * padded, filledWith: 0)
    for (index, vertex) in vertices.enumerated() {
      for axis in 0..<3 {
        planes[axis * padded + index] = vertex[axis]
        // Lengths that differ: the writer makes them one.
        planes[(3 + axis) * padded + index] =
          (vertex[axis] - (axis == 2 ? 3 : 0)) * Float(1 + index % 3)
      }
    }
    let base = planes.pointer
    let instance = MeshInstance(
      mesh: mesh, x: base, y: base + padded, z: base + 2 * padded, cull: .none,
      attributes: (3..<6).map { VertexAttribute(values: base + $0 * padded, indexing: .vertex) })
    let size = Self.width * Self.height
    let faces = AlignedBuffer<Float>(count: 3 * mesh.triangleCount)
    instance.faceNormals(into: faces.pointer)
    let flat = AlignedBuffer<Float>(count: 3 * size, filledWith: -7)
    let smooth = AlignedBuffer<Float>(count: 3 * size, filledWith: -7)
    let ids = AlignedBuffer<Int32>(count: size)
    let depth = AlignedBuffer<Float>(count: size)
    let writer = BufferWriter(width: Self.width, height: Self.height)
    (writer.ids, writer.depth) = (ids.pointer, depth.pointer)
    let faceWriter = TriangleValueWriter(width: Self.width, height: Self.height, channels: 3)
    (faceWriter.values, faceWriter.output) = (UnsafePointer(faces.pointer), flat.pointer)
    faceWriter.layout = layout
    let normalWriter = NormalWriter(width: Self.width, height: Self.height)
    normalWriter.output = smooth.pointer
    normalWriter.layout = layout
    let camera = PinholeCamera.aligned(
      focalLength: [80, 80], principalPoint: [Float(Self.width) / 2, Float(Self.height) / 2])
    Rasterizer(pool: WorkerPool(threads: 2)).render(
      [instance], camera: camera, width: Self.width, height: Self.height,
      shader: ShaderGroup([writer, faceWriter, normalWriter]))

    let (flatValues, smoothValues) = (planar(flat, 3, layout), planar(smooth, 3, layout))
    var covered = 0
    for y in 0..<Self.height {
      for x in 0..<Self.width {
        let sample = y * Self.width + x
        func normal(_ values: [Float]) -> SIMD3<Float> {
          [values[sample], values[size + sample], values[2 * size + sample]]
        }
        let (face, blended) = (normal(flatValues), normal(smoothValues))
        guard ids[sample] >= 0 else {
          #expect(face == .zero && blended == .zero)
          continue
        }
        covered += 1
        // Where the sample's ray meets the surface, the ball's normal is the direction from its centre.
        let ray = SIMD3(
          (Float(x) + 0.5 - Float(Self.width) / 2) / 80,
          (Float(y) + 0.5 - Float(Self.height) / 2) / 80, 1)
        var exact = ray * depth[sample] - SIMD3(0, 0, 3)
        exact /= (exact * exact).sum().squareRoot()
        // Flat within half a triangle's angle; smooth within what lengths of 1 to 3 can turn it.
        #expect((face * exact).sum() > 0.98, "\(x), \(y): \(face)")
        #expect((blended * exact).sum() > 0.99, "\(x), \(y): \(blended)")
        #expect(abs((face * face).sum() - 1) < 1e-5)
        #expect(abs((blended * blended).sum() - 1) < 1e-5)
        let triangle = 3 * Int(ids[sample])
        #expect(face == [faces[triangle], faces[triangle + 1], faces[triangle + 2]])
      }
    }
    #expect(covered > 1500)
  }

  @Test func faceNormalsOfAPyramid() throws {
    let vertices: [SIMD3<Float>] = [[0, 0, 0], [2, 0, 0], [0, 3, 0], [0, 0, 5], [1, 0, 0]]
    let mesh = try Mesh(
      vertexCount: 5, triangles: [0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3, 0, 1, 4])
    let planes = AlignedBuffer<Float>(count: 48, filledWith: 0)
    for (index, vertex) in vertices.enumerated() {
      for axis in 0..<3 { planes[16 * axis + index] = vertex[axis] }
    }
    let instance = MeshInstance(
      mesh: mesh, x: planes.pointer, y: planes.pointer + 16, z: planes.pointer + 32)
    let normals = AlignedBuffer<Float>(count: 15)
    instance.faceNormals(into: normals.pointer)
    // The slanted side is x/2 + y/3 + z/5 = 1; the last triangle has no area.
    let length = (Float(1) / 4 + 1 / 9 + 1 / 25).squareRoot()
    let expected: [Float] = [
      0, 0, -1, 0, -1, 0, -1, 0, 0, 0.5 / length, 1 / 3 / length, 0.2 / length, 0, 0, 0,
    ]
    for index in 0..<15 { #expect(abs(normals[index] - expected[index]) < 1e-6, "\(index)") }
  }

  @Test(arguments: ChannelLayout.allCases) func partColours(layout: ChannelLayout) throws {
    // Left half part 2, right half part 0; two instances, the second nearer and in the middle.
    let vertices: [SIMD3<Float>] = [
      [-1, -1, 2], [0, -1, 2], [0, 1, 2], [-1, 1, 2], [0, -1, 2], [1, -1, 2], [1, 1, 2], [0, 1, 2],
    ]
    let mesh = try Mesh(
      vertexCount: 8, triangles: [0, 1, 2, 0, 2, 3, 4, 5, 6, 4, 6, 7],
      vertexParts: [2, 2, 2, 2, 0, 0, 0, 0])
    let planes = AlignedBuffer<Float>(count: 96, filledWith: 0)
    for (index, vertex) in vertices.enumerated() {
      for axis in 0..<3 {
        planes[16 * axis + index] = vertex[axis]
        planes[48 + 16 * axis + index] = vertex[axis] / 4
      }
    }
    let instances = [0, 48].map {
      MeshInstance(
        mesh: mesh, x: planes.pointer + $0, y: planes.pointer + ($0 + 16),
        z: planes.pointer + ($0 + 32), cull: .none)
    }
    let colors: [Float] = [0.25, 0.5, 0.75, 1, 9, 9, 9, 9, 0.125, 0.375, 0.625, 0.875]
    let far = try mesh.partValues(colors, channels: 4)
    #expect(far[0..<4] == colors[8..<12] && far[8..<12] == colors[0..<4])
    // The nearer instance has the colours of the far one doubled.
    let values = buffer(far + far.map { 2 * $0 })
    let size = Self.width * Self.height
    let output = AlignedBuffer<Float>(count: 4 * size, filledWith: -7)
    let writer = TriangleValueWriter(width: Self.width, height: Self.height, channels: 4)
    (writer.values, writer.output) = (UnsafePointer(values.pointer), output.pointer)
    writer.layout = layout
    writer.empty = -1
    // The near one is as large as the far one in the picture; halve it by its focal length's share.
    for index in 0..<16 {
      planes[48 + index] /= 2
      planes[64 + index] /= 2
    }
    let camera = PinholeCamera.aligned(
      focalLength: [40, 40], principalPoint: [Float(Self.width) / 2, Float(Self.height) / 2])
    Rasterizer(pool: WorkerPool(threads: 1)).render(
      instances, camera: camera, width: Self.width, height: Self.height, shader: writer)
    let result = planar(output, 4, layout)
    for y in 0..<Self.height {
      for x in 0..<Self.width {
        let (dx, dy) = (Float(x) + 0.5 - 75, Float(y) + 0.5 - 35)
        let reach = max(abs(dx), abs(dy))
        for channel in 0..<4 {
          let part = colors[(dx < 0 ? 8 : 0) + channel]
          let expected = reach > 20 ? -1 : reach > 10 ? part : 2 * part
          #expect(result[channel * size + y * Self.width + x] == expected, "\(x), \(y)")
        }
      }
    }
    #expect(throws: ProgramError.self) { try mesh.partValues([1, 2], channels: 1) }
    let plain = try Mesh(vertexCount: 3, triangles: [0, 1, 2])
    #expect(throws: ProgramError.self) { try plain.partValues([1], channels: 1) }
  }
}
