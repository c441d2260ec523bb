import AllocationCounter
import Compute
import TestSupport
import Testing

@testable import Rasterizer

@Suite struct AllocationTests {
  /// After warm-up a frame allocates nothing: passes are closures made once, memory is reused.
  @Test func framesAllocateNothing() throws {
    var generator = SeededGenerator(state: 3)
    let count = 900
    let padded = (3 * count + 15) & ~15
    let planes = AlignedBuffer<Float>(count: 3 * padded, filledWith: 1)
    for triangle in 0..<count {
      let centre = SIMD2<Float>(
        .random(in: -0.4...0.4, using: &generator), .random(in: -0.4...0.4, using: &generator))
      for corner in 0..<3 {
        planes[3 * triangle + corner] = centre.x + .random(in: -0.05...0.05, using: &generator)
        planes[padded + 3 * triangle + corner] =
          centre.y + .random(in: -0.05...0.05, using: &generator)
        // Some triangles cross the near plane and are clipped.
        planes[2 * padded + 3 * triangle + corner] = .random(in: -0.1...3, using: &generator)
      }
    }
    let mesh = try Mesh(vertexCount: 3 * count, triangles: (0..<UInt32(3 * count)).map { $0 })
    let base = planes.pointer
    let attribute = VertexAttribute(values: base, indexing: .vertex)
    let cutOut = try CutOut(
      texture: TestOpacity.checkerboard(8).texture, u: attribute, v: attribute)
    let instances = [nil, cutOut].map {
      MeshInstance(
        mesh: mesh, x: base, y: base + padded, z: base + 2 * padded, cull: .none,
        attributes: [attribute], cutOut: $0)
    }
    let camera = PinholeCamera.aligned(focalLength: [200, 200], principalPoint: [100, 80])
    let writer = BufferWriter(width: 200, height: 160)
    let depth = AlignedBuffer<Float>(count: 200 * 160)
    writer.depth = depth.pointer
    let rasterizer = Rasterizer(pool: WorkerPool(threads: 1))
    func draw() {
      rasterizer.render(instances, camera: camera, width: 200, height: 160, shader: writer)
    }
    for _ in 0..<3 { draw() }
    let before = allocation_count_of_thread()
    for _ in 0..<20 { draw() }
    #expect(allocation_count_of_thread() - before == 0)
  }
}
