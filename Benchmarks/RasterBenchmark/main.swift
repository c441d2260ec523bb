// Times the rasterizer: uv and mask of a free body, projection included, posing not.
//
//     raster-benchmark --size 512 --threads 1 [--cull none|back] [--repeats 60] [--body FILE]
//
// Prints `name,metric,value` lines; the scene is the one `Benchmarks/README.md` describes.

import Compute
import Foundation
import Rasterizer
import SMPLX

func run() throws {
  var options = ["--size": "512", "--threads": "1", "--cull": "back", "--repeats": "60"]
  options["--body"] = "assets/body/SMPLX_NEUTRAL.npz"
  var rest = CommandLine.arguments.dropFirst()
  while let name = rest.popFirst() {
    guard options[name] != nil, let value = rest.popFirst() else {
      throw ProgramError(.usage, "unknown option or missing value", key: name)
    }
    options[name] = value
  }
  func number(_ name: String) throws -> Int {
    guard let value = options[name].flatMap({ Int($0) }), value > 0 else {
      throw ProgramError(.usage, "not a positive number", key: name)
    }
    return value
  }
  let size = try number("--size")
  let pool = WorkerPool(threads: try number("--threads"))
  let model = try BodyModel.load(path: options["--body"] ?? "")
  guard let uv = model.uv, let uvFaces = model.uvFaces else {
    throw ProgramError(.dataError, "the body has no texture coordinates")
  }
  let poser = BodyPoser(body: try ShapedBody(model: model), pool: pool, batch: 1)
  var pose = BodyPose()
  pose.rotations[16] = [0, 0, -1.1]
  pose.rotations[17] = [0, 0, 1.1]
  try poser.pose([pose])
  let vertices = poser.vertices(0)
  func range(_ plane: UnsafePointer<Float>) -> (Float, Float) {
    let values = UnsafeBufferPointer(start: plane, count: vertices.count)
    return (values.min() ?? 0, values.max() ?? 0)
  }
  let (x, y, z) = (range(vertices.x), range(vertices.y), range(vertices.z))
  let eye = SIMD3((x.0 + x.1) / 2, (y.0 + y.1) / 2, (z.0 + z.1) / 2 + 3)
  let focal = 0.96 * Float(size) * 3 / (y.1 - y.0)
  let camera = PinholeCamera(
    rotation: ([1, 0, 0], [0, -1, 0], [0, 0, -1]), translation: [-eye.x, eye.y, eye.z],
    focalLength: [focal, focal], principalPoint: SIMD2(repeating: Float(size) / 2), near: 0.01)

  let mesh = try Mesh(
    vertexCount: model.vertexCount, triangles: model.faces, uv: uv, uvTriangles: uvFaces)
  let count = uv.count / 2
  let stride = (count + 15) & ~15
  let planes = AlignedBuffer<Float>(count: 2 * stride, filledWith: 0)
  for index in 0..<count {
    planes[index] = uv[2 * index]
    planes[stride + index] = uv[2 * index + 1]
  }
  let instance = MeshInstance(
    mesh: mesh, x: vertices.x, y: vertices.y, z: vertices.z,
    cull: options["--cull"] == "none" ? .none : .back,
    attributes: [0, 1].map {
      VertexAttribute(values: planes.pointer + $0 * stride, indexing: .texture)
    })
  let output = AlignedBuffer<Float>(count: 3 * size * size, filledWith: 0)
  let writer = BufferWriter(width: size, height: size)
  writer.attributes = output.pointer
  writer.attributeCount = 2
  writer.scale = 2
  writer.offset = -1
  writer.emptyAttribute = -10
  writer.mask = output.pointer + 2 * size * size
  let rasterizer = Rasterizer(pool: pool)
  var times: [Double] = []
  for repeatIndex in 0..<(try number("--repeats")) + 5 {
    let start = ContinuousClock.now
    rasterizer.render([instance], camera: camera, width: size, height: size, shader: writer)
    let time = ContinuousClock.now - start
    if repeatIndex >= 5 {
      times.append(
        Double(time.components.seconds) * 1e3 + Double(time.components.attoseconds) * 1e-15)
    }
  }
  times.sort()
  var covered = 0
  for pixel in 0..<size * size where output[2 * size * size + pixel] > 0 { covered += 1 }
  print("raster,draw_ms_median,\(times[times.count / 2])")
  print("raster,draw_ms_min,\(times[0])")
  print("raster,coverage_percent,\(Double(covered) / Double(size * size) * 100)")
}

do {
  try run()
} catch let error as ProgramError {
  FileHandle.standardError.write(Data("error: \(error)\n".utf8))
  exit(error.code.rawValue)
}
