import Compute
import Media
import Rasterizer
import SMPLX

/// Takes pictures of made-up people: a body in plain colours or with a texture, lit from somewhere,
/// before a background of soft patches.
package final class Studio {
  package let body: BodyModel
  private let mesh: Mesh
  private let rasterizer: Rasterizer
  private let pool: WorkerPool
  private let normals: VertexNormals
  private let dominant: [UInt8]
  private let texture: Picture?

  /// - Parameter texture: colours on the body's texture coordinates, bytes; nil for plain colours.
  package init(_ body: BodyModel, texture: Picture? = nil, pool: WorkerPool) throws {
    self.body = body
    self.pool = pool
    self.texture = body.uv == nil ? nil : texture
    dominant = body.dominantJoints()
    mesh = try Mesh(
      vertexCount: body.vertexCount, triangles: body.faces, uv: body.uv ?? [],
      uvTriangles: body.uvFaces ?? [])
    rasterizer = Rasterizer(pool: pool)
    normals = VertexNormals(
      topology: try NormalTopology(faces: body.faces, vertexCount: body.vertexCount), pool: pool)
  }

  /// Samples a pixel's side.
  private static let detail = 2

  /// The picture and which part of each pixel the person covers.
  package func photo(
    of person: StudioPerson, seed: UInt64, number: Int
  ) throws -> (photo: Photo, mask: Matte) {
    var random = StudioRandom(seed: seed &+ 1, number: number)
    let (width, height) = (person.width * Self.detail, person.height * Self.detail)
    let poser = BodyPoser(
      body: try ShapedBody(model: body, betas: person.betas), pool: pool)
    try poser.pose(person.pose)
    let points = PlanarPoints(dressed(poser.vertices(), person))
    let look = StudioLook(&random, hasTexture: texture != nil)
    let light = lights(points, look)
    let frame = draw(
      points, light: light, camera: person.camera.scaled(by: Float(Self.detail)), width: width,
      height: height)
    var colors = [SIMD3<Float>](repeating: .zero, count: width * height)
    for sample in colors.indices {
      let triangle = Int(frame.ids[sample])
      guard triangle >= 0 else { continue }
      let color = color(triangle, frame, sample, look)
      colors[sample] = color * frame.attributes[sample]
    }
    return develop(colors, frame.ids, person, look)
  }

  private struct Frame {
    var ids: [Int32]
    /// Light, then u and v if there is a texture: (attribute, height, width).
    var attributes: [Float]
  }

  private func color(
    _ triangle: Int, _ frame: Frame, _ sample: Int, _ look: StudioLook
  ) -> SIMD3<Float> {
    guard let texture, case .bytes(let bytes) = texture.samples else {
      return look.palette(Int(dominant[Int(body.faces[3 * triangle])]))
    }
    let area = frame.ids.count
    let u = frame.attributes[area + sample] * Float(texture.width)
    let v = (1 - frame.attributes[2 * area + sample]) * Float(texture.height)
    let x = min(max(Int(saturating: u, .down), 0), texture.width - 1)
    let y = min(max(Int(saturating: v, .down), 0), texture.height - 1)
    let index = (y * texture.width + x) * texture.channels
    return SIMD3(Float(bytes[index]), Float(bytes[index + 1]), Float(bytes[index + 2]))
  }

  /// Posed positions, moved outwards by what the person wears.
  private func dressed(_ posed: PlanarVertices, _ person: StudioPerson) -> [SIMD3<Float>] {
    normals.update(posed)
    let outwards = normals.vertices
    let thickness = smoothThickness(person.thickness)
    return (0..<posed.count).map { posed[$0] + thickness[$0] * outwards[$0] }
  }

  /// By vertex; averaged along edges, so that cloth has no steps.
  private func smoothThickness(_ byJoint: [Float]) -> [Float] {
    let values = dominant.map { byJoint[Int($0)] }
    guard byJoint.contains(where: { $0 != 0 }) else { return values }
    let adjacency = VertexAdjacency(faces: body.faces, vertexCount: body.vertexCount)
    return (0..<12).reduce(values) { values, _ in adjacency.smoothed(values, by: 0.9) }
  }

  private func lights(_ points: PlanarPoints, _ look: StudioLook) -> [Float] {
    normals.update(points.vertices)
    let outwards = normals.vertices
    return (0..<points.vertices.count).map {
      look.ambient + (1 - look.ambient) * max(0, look.light.dot(outwards[$0]))
    }
  }

  private func draw(
    _ points: PlanarPoints, light: [Float], camera: PinholeCamera, width: Int, height: Int
  ) -> Frame {
    let uv = body.uv ?? []
    let u = stride(from: 0, to: uv.count, by: 2).map { uv[$0] }
    let v = stride(from: 1, to: uv.count, by: 2).map { uv[$0] }
    let count = texture == nil ? 1 : 3
    var frame = Frame(
      ids: [Int32](repeating: -1, count: width * height),
      attributes: [Float](repeating: 0, count: count * width * height))
    let writer = BufferWriter(width: width, height: height)
    light.withUnsafeBufferPointer { light in
      u.withUnsafeBufferPointer { u in
        v.withUnsafeBufferPointer { v in
          frame.ids.withUnsafeMutableBufferPointer { ids in
            frame.attributes.withUnsafeMutableBufferPointer { attributes in
              guard let light = light.baseAddress else { return }
              var list = [VertexAttribute(values: light, indexing: .vertex)]
              if let u = u.baseAddress, let v = v.baseAddress, texture != nil {
                list.append(VertexAttribute(values: u, indexing: .texture))
                list.append(VertexAttribute(values: v, indexing: .texture))
              }
              writer.ids = ids.baseAddress
              writer.attributes = attributes.baseAddress
              writer.attributeCount = count
              let places = points.vertices
              rasterizer.render(
                [
                  MeshInstance(
                    mesh: mesh, x: places.x, y: places.y, z: places.z, attributes: list)
                ], camera: camera, width: width, height: height, shader: writer)
            }
          }
        }
      }
    }
    return frame
  }

  /// Samples to pixels, before the background.
  private func develop(
    _ colors: [SIMD3<Float>], _ ids: [Int32], _ person: StudioPerson, _ look: StudioLook
  ) -> (photo: Photo, mask: Matte) {
    let (width, height) = (person.width, person.height)
    let samples = Self.detail * Self.detail
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    var coverage = [Float](repeating: 0, count: width * height)
    for y in 0..<height {
      for x in 0..<width {
        var sum = SIMD3<Float>.zero
        var count = 0
        for sample in 0..<samples {
          let row = y * Self.detail + sample / Self.detail
          let index = row * width * Self.detail + x * Self.detail + sample % Self.detail
          guard ids[index] >= 0 else { continue }
          sum += colors[index]
          count += 1
        }
        let share = Float(count) / Float(samples)
        let color =
          sum / Float(samples) + (1 - share)
          * look.background(Float(x) / Float(width), Float(y) / Float(height))
        coverage[y * width + x] = share
        for channel in 0..<3 {
          pixels[3 * (y * width + x) + channel] = UInt8(
            saturating: color[channel], .toNearestOrAwayFromZero)
        }
      }
    }
    return (
      Photo(width: width, height: height, pixels: pixels),
      Matte(width: width, height: height, coverage: coverage)
    )
  }
}
