import Avatar
import Compute
import Foundation
import Media
import Rasterizer
import SMPLX

/// Masks of DINAR's texture, (size, size), 0 to 1, row 0 at the top of the texture.
public struct DinarMaps: Sendable {
  public let size: Int
  /// 1 on the islands of the body's surface: outside of them nothing is eroded.
  public let islands: [Float]
  /// What fine-tuning keeps of the inpainted texture: eyes and hands.
  public let eyesAndHands: [Float]

  static let fileNames = ["SMPLX-mesh-neutral.png", "SMPLX-eyes-hands-mask.png"]

  /// Reads DINAR's two pictures; one that the folder lacks, or both, are drawn from the body.
  ///
  /// - Returns: the maps, and a sentence about what was drawn.
  static func read(
    _ folder: String?, body: BodyModel, surface: SurfaceTable, size: Int, pool: WorkerPool
  ) throws -> (DinarMaps, [String]) {
    let names = fileNames
    let paths = names.map { name in
      folder.map { "\($0)/\(name)" }.flatMap {
        FileManager.default.fileExists(atPath: $0) ? $0 : nil
      }
    }
    let missing = zip(names, paths).filter { $1 == nil }.map(\.0)
    var maps: [[Float]?] = try paths.map { path in
      try path.map { path in
        try ProgramError.locating(file: path) {
          try PictureFile.read(path: path).redShrunk(to: size).map { Float(Double($0) / 255) }
        }
      }
    }
    if !missing.isEmpty {
      let drawn = try draw(body, surface, size: size, pool: pool)
      for index in maps.indices { maps[index] = maps[index] ?? drawn[index] }
    }
    return (
      DinarMaps(size: size, islands: maps[0] ?? [], eyesAndHands: maps[1] ?? []),
      missing.isEmpty
        ? []
        : [
          "\(missing.joined(separator: " and ")) drawn from the texture coordinates of \(body.path)"
        ]
    )
  }

  /// The islands, and those of eyes and hands, four times as large and shrunk as the pictures are.
  private static func draw(
    _ body: BodyModel, _ surface: SurfaceTable, size: Int, pool: WorkerPool
  ) throws -> [[Float]] {
    let side = min(4 * size, 4096)
    // Both ways round: islands may be mirrored, and the rasterizer draws one.
    var reversed: [UInt32] = []
    for corner in stride(from: 0, to: surface.faces.count, by: 3) {
      reversed += [surface.faces[corner], surface.faces[corner + 2], surface.faces[corner + 1]]
    }
    let rasterizer = try DinarRasterizer(
      faces: surface.faces + reversed, values: surface.coordinates, channels: 2, width: side,
      height: side, pool: pool)
    var corners: [Float] = []
    for row in 0..<surface.rowCount {
      corners.append(surface.coordinates[2 * row] * Float(side))
      corners.append(surface.coordinates[2 * row + 1] * Float(side))
      corners.append(1)
    }
    corners.withUnsafeBufferPointer { rasterizer.rasterize($0) }
    let joints = body.dominantJoints()
    var pictures = [[UInt8]](repeating: [UInt8](repeating: 0, count: side * side), count: 2)
    let faceCount = surface.faces.count / 3
    for pixel in 0..<side * side where rasterizer.faceIDs[pixel] >= 0 {
      let face = Int(rasterizer.faceIDs[pixel]) % faceCount
      pictures[0][pixel] = 255
      // Hands follow the wrists, 20 and 21, and fingers, 25 to 54; eyes 23 and 24.
      let vertex = Int(surface.vertices[Int(surface.faces[3 * face])])
      if joints[vertex] >= 20, joints[vertex] != 22 { pictures[1][pixel] = 255 }
    }
    return try pictures.map {
      try Picture(width: side, height: side, channels: 1, bytes: $0).redShrunk(to: size)
        .map { Float(Double($0) / 255) }
    }
  }
}

extension Picture {
  /// The first channel as a square of another size, between two pixels at a time without antialiasing.
  ///
  /// Matches: `cv2.resize` of bytes with its default: 11-bit weights, one rounding at the end.
  func redShrunk(to size: Int) -> [UInt8] {
    func taps(_ from: Int) -> [(index: Int, next: Int, weight: Int)] {
      (0..<size).map { place in
        let position = (Float(place) + 0.5) * Float(Double(from) / Double(size)) - 0.5
        let index = Int(saturating: position, .down)
        guard index >= 0, index < from - 1 else {
          let end = min(max(index, 0), from - 1)
          return (end, end, 0)
        }
        let share = (position - Float(index)) * 2048
        return (index, index + 1, Int(saturating: share, .toNearestOrEven))
      }
    }
    let (columns, rows) = (taps(width), taps(height))
    let (width, channels, bytes) = (width, channels, bytes())
    func line(_ row: Int, _ tap: (index: Int, next: Int, weight: Int)) -> Int {
      Int(bytes[(row * width + tap.index) * channels]) * (2048 - tap.weight)
        + Int(bytes[(row * width + tap.next) * channels]) * tap.weight
    }
    return rows.flatMap { row in
      columns.map { column in
        let upper = ((line(row.index, column) >> 4) * (2048 - row.weight)) >> 16
        let lower = ((line(row.next, column) >> 4) * row.weight) >> 16
        return UInt8(clamping: (upper + lower + 2) >> 2)
      }
    }
  }
}
