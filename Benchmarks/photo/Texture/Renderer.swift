import Compute
import Foundation
import Rasterizer
import SMPLX

/// Draws a textured body plainly: bilinear texels, no light unless asked.
struct Renderer {
  let model: BodyModel
  let mesh: Mesh
  let pool: WorkerPool
  private let coordinates: AlignedUV

  private final class AlignedUV {
    let planes: AlignedBuffer<Float>
    let stride: Int
    init(_ uv: [Float]) {
      stride = (uv.count / 2 + 15) & ~15
      planes = AlignedBuffer(count: 2 * stride, filledWith: 0)
      for index in 0..<uv.count / 2 {
        planes[index] = uv[2 * index]
        planes[stride + index] = uv[2 * index + 1]
      }
    }
  }

  /// (height, width): colours of 0 to 255 and coverage.
  struct Image {
    var width: Int
    var height: Int
    var pixels: [SIMD4<Float>]
  }

  init(model: BodyModel, pool: WorkerPool) throws {
    self.model = model
    self.pool = pool
    mesh = try Mesh(
      vertexCount: model.vertexCount, triangles: model.faces, uv: model.uv ?? [],
      uvTriangles: model.uvFaces ?? [])
    coordinates = AlignedUV(model.uv ?? [])
  }

  /// - Parameters:
  ///   - shade: linear factor of a unit normal in the camera's axes.
  ///   - samples: of a pixel, along either axis.
  func draw(
    _ vertices: PlanarVertices, camera: PinholeCamera, width: Int, height: Int, texture: Texture,
    background: SIMD3<Float>, shade: ((SIMD3<Float>) -> Float)? = nil, samples: Int = 3
  ) throws -> Image {
    let (w, h) = (width * samples, height * samples)
    let normals = VertexNormals(
      topology: try NormalTopology(faces: model.faces, vertexCount: model.vertexCount), pool: pool)
    normals.update(vertices)
    var attributes = [0, 1].map {
      VertexAttribute(
        values: coordinates.planes.pointer + $0 * coordinates.stride, indexing: .texture)
    }
    let factors = AlignedBuffer<Float>(count: vertices.paddedCount, filledWith: 1)
    if let shade {
      for vertex in 0..<vertices.count { factors[vertex] = shade(normals.vertices[vertex]) }
    }
    attributes.append(VertexAttribute(values: factors.pointer, indexing: .vertex))
    let values = AlignedBuffer<Float>(count: 3 * w * h, filledWith: -1)
    let mask = AlignedBuffer<Float>(count: w * h, filledWith: 0)
    let writer = BufferWriter(width: w, height: h)
    writer.attributes = values.pointer
    writer.attributeCount = 3
    writer.mask = mask.pointer
    Rasterizer(pool: pool).render(
      [
        MeshInstance(
          mesh: mesh, x: vertices.x, y: vertices.y, z: vertices.z, attributes: attributes)
      ], camera: camera.scaled(by: Float(samples)), width: w, height: h, shader: writer)
    var image = Image(
      width: width, height: height,
      pixels: [SIMD4<Float>](repeating: .zero, count: width * height))
    let share = 1 / Float(samples * samples)
    for y in 0..<h {
      for x in 0..<w {
        let at = y * w + x
        let target = y / samples * width + x / samples
        guard mask[at] > 0 else {
          image.pixels[target] += SIMD4(background, 0) * share
          continue
        }
        var color = texture.sample(u: values[at], v: values[w * h + at])
        if shade != nil { color = encode(decode(color) * values[2 * w * h + at]) }
        image.pixels[target] += SIMD4(color, 1) * share
      }
    }
    return image
  }
}

/// An sRGB texture; row 0 is v = 1.
struct Texture {
  var size: Int
  var pixels: [UInt8]

  func sample(u: Float, v: Float) -> SIMD3<Float> {
    let x = (u * Float(size) - 0.5).limited(to: 0...Float(size - 1))
    let y = ((1 - v) * Float(size) - 0.5).limited(to: 0...Float(size - 1))
    let (column, row) = (min(Int(x), size - 2), min(Int(y), size - 2))
    let (fx, fy) = (x - Float(column), y - Float(row))
    let upper = self[row, column] * (1 - fx) + self[row, column + 1] * fx
    let lower = self[row + 1, column] * (1 - fx) + self[row + 1, column + 1] * fx
    return upper * (1 - fy) + lower * fy
  }

  subscript(row: Int, column: Int) -> SIMD3<Float> {
    let at = 3 * (row * size + column)
    return SIMD3(Float(pixels[at]), Float(pixels[at + 1]), Float(pixels[at + 2]))
  }

  /// Means of squares of texels.
  func reduced(to wanted: Int) -> Texture {
    guard size > wanted, size % wanted == 0 else { return self }
    let step = size / wanted
    var result = Texture(size: wanted, pixels: [UInt8](repeating: 0, count: 3 * wanted * wanted))
    for row in 0..<wanted {
      for column in 0..<wanted {
        var sum = SIMD3<Float>.zero
        for y in 0..<step { for x in 0..<step { sum += self[row * step + y, column * step + x] } }
        let mean = sum / Float(step * step)
        for k in 0..<3 {
          result.pixels[3 * (row * wanted + column) + k] = UInt8(saturating: mean[k])
        }
      }
    }
    return result
  }
}

func decode(_ color: SIMD3<Float>) -> SIMD3<Float> {
  func one(_ value: Float) -> Float {
    let s = value / 255
    return s <= 0.04045 ? s / 12.92 : pow((s + 0.055) / 1.055, 2.4)
  }
  return SIMD3(one(color.x), one(color.y), one(color.z))
}

func encode(_ color: SIMD3<Float>) -> SIMD3<Float> {
  func one(_ value: Float) -> Float {
    let l = min(max(value, 0), 1)
    return 255 * (l <= 0.0031308 ? l * 12.92 : 1.055 * pow(l, 1 / 2.4) - 0.055)
  }
  return SIMD3(one(color.x), one(color.y), one(color.z))
}
