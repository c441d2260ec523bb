import Avatar
import AvatarCreation
import Compute
import Foundation
import Media
import Rasterizer
import SMPLX

/// A photo of somebody unknown: how well landmarks and outlines agree with the body that is fitted and
/// dressed, and where they do not.
struct PhotoTrial {
  let name: String
  let fit: FitReport
  let dressed: Displacement.Result
  /// Pixels that only the mask or only the dressed body has, shares of both together, by part of the body.
  private(set) var missing: [Part: Double] = [:]
  private(set) var beyond: [Part: Double] = [:]
  /// The photo, dark, with what is missing (red) and beyond (blue).
  let picture: Picture

  enum Part: String, CaseIterable {
    case head, trunk, upperArm, forearm, hand, thigh, shin, foot

    /// - Parameter joint: that a vertex follows most.
    init(joint: Int) {
      self =
        switch joint {
        case 12, 15, 22, 23, 24: .head
        case 16, 17: .upperArm
        case 18, 19: .forearm
        case 20, 21, 25...: .hand
        case 1, 2: .thigh
        case 4, 5: .shin
        case 7, 8, 10, 11: .foot
        default: .trunk
        }
    }
  }

  init(
    path: String, finder: PersonFinder, fitter: BodyFitter, shoes: ShoeMorph, pool: WorkerPool
  ) throws {
    name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    let person = try finder.find(in: PhotoFile(path: path).photo, clock: StageClock())
    let options = FitOptions(mode: person.assessment.stands ? .standing : .free)
    let (fit, report) = try fitter.fit(person.landmarks, mask: person.matte, options: options)
    let body = try ShapedBody(model: fitter.body, betas: fit.betas)
    dressed = try Displacement.solve(
      body: body, fit: fit, matte: person.matte, photo: person.photo, shoes: shoes, pool: pool)
    self.fit = report
    let ids = try Self.draw(fit, on: fitter.body, offsets: dressed.offsets, pool: pool)
    let (width, height) = (fit.width, fit.height)
    let joints = fitter.body.dominantJoints()
    let parts = ids.map { id in
      id < 0 ? nil : Part(joint: Int(joints[Int(fitter.body.faces[3 * Int(id)])]))
    }
    let nearest = Self.spread(parts, width: width, height: height)
    let isPerson = person.matte.coverage.map { $0 > 0.5 }
    var pixels = person.photo.pixels.map { $0 / 2 }
    let either = Double(ids.indices.reduce(0) { $0 + (ids[$1] >= 0 || isPerson[$1] ? 1 : 0) })
    for pixel in ids.indices where isPerson[pixel] != (ids[pixel] >= 0) {
      guard let part = nearest[pixel] else { continue }
      if isPerson[pixel] {
        missing[part, default: 0] += 1 / either
        pixels[3 * pixel] = 255
      } else {
        beyond[part, default: 0] += 1 / either
        pixels[3 * pixel + 2] = 255
      }
    }
    picture = try Picture(width: width, height: height, channels: 3, bytes: pixels)
  }

  /// The triangle in front at each pixel, -1 where none is.
  private static func draw(
    _ fit: BodyFit, on model: BodyModel, offsets: [SIMD3<Float>], pool: WorkerPool
  ) throws -> [Int32] {
    let poser = BodyPoser(
      body: try ShapedBody(model: model, betas: fit.betas, offsets: offsets), pool: pool)
    try poser.pose(fit.pose)
    let vertices = poser.vertices()
    let mesh = try Mesh(vertexCount: model.vertexCount, triangles: model.faces)
    var ids = [Int32](repeating: -1, count: fit.width * fit.height)
    ids.withUnsafeMutableBufferPointer { ids in
      let writer = BufferWriter(width: fit.width, height: fit.height)
      writer.ids = ids.baseAddress
      Rasterizer(pool: pool).render(
        [MeshInstance(mesh: mesh, x: vertices.x, y: vertices.y, z: vertices.z, cull: .none)],
        camera: fit.camera, width: fit.width, height: fit.height, shader: writer)
    }
    return ids
  }

  /// The part that is nearest in steps from pixel to pixel.
  private static func spread(_ parts: [Part?], width: Int, height: Int) -> [Part?] {
    var result = parts
    var front = parts.indices.filter { parts[$0] != nil }
    while !front.isEmpty {
      var next: [Int] = []
      for pixel in front {
        let x = pixel % width
        for (other, isInside) in [
          (pixel - 1, x > 0), (pixel + 1, x + 1 < width), (pixel - width, pixel >= width),
          (pixel + width, pixel + width < parts.count),
        ] where isInside && result[other] == nil {
          result[other] = result[pixel]
          next.append(other)
        }
      }
      front = next
    }
    return result
  }

  func report() {
    func row(_ metric: String, _ value: Double) { print("photo-fit-\(name),\(metric),\(value)") }
    let quality = fit.quality
    row("landmarks_percent", 100 * quality.meanError)
    row("landmarks_percent_largest", 100 * quality.largestError)
    for entry in quality.landmarks {
      row("landmark_\(entry.landmark)_x", 100 * entry.difference.x)
      row("landmark_\(entry.landmark)_y", 100 * entry.difference.y)
    }
    row("lean_degrees", quality.lean)
    row("silhouette_iou_bare", fit.silhouetteIoU)
    row("outside", fit.outside)
    row("silhouette_iou_dressed", Double(dressed.overlapAfter))
    for part in Part.allCases {
      row("missing_percent_\(part)", 100 * (missing[part] ?? 0))
      row("beyond_percent_\(part)", 100 * (beyond[part] ?? 0))
    }
  }
}
