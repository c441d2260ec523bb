import Compute
import Foundation
import Media

/// Two pictures and where they differ, side by side.
public struct DifferencePicture {
  private let a, b: ComparedPicture
  private let title: String

  private static let gap = 12
  private static let header = 46
  private static let footer = 34
  /// Larger pictures are shown smaller.
  private static let mostSide = 1024
  /// Panels of tiny pictures are not smaller than their words.
  private static let leastWidth = 200

  /// - Parameters:
  ///   - a, b: of one size.
  ///   - title: which pair it is, in a line.
  public init(_ a: ComparedPicture, _ b: ComparedPicture, title: String) throws {
    try a.requireSize(of: b)
    self.a = a
    self.b = b
    self.title = title
  }

  /// First, second, and the largest difference of a pixel's channels as a colour, black for none and nearly white
  /// for the largest of all.
  public func picture(pool: WorkerPool) throws -> Picture {
    let (width, height) = (a.width, a.height)
    var panels = [[UInt8]](repeating: [], count: 3)
    var differences = [Double](repeating: 0, count: width * height)
    for index in 0..<2 { panels[index] = [UInt8](repeating: 0, count: width * height * 3) }
    for channel in 0..<ComparedPicture.channels {
      let planes = [try a.plane(channel), try b.plane(channel)]
      for y in 0..<height {
        let (one, other) = (planes[0].row(y), planes[1].row(y))
        for x in 0..<width {
          let pixel = y * width + x
          panels[0][pixel * 3 + channel] = UInt8(saturating: one[x] * 255)
          panels[1][pixel * 3 + channel] = UInt8(saturating: other[x] * 255)
          differences[pixel] = max(differences[pixel], abs(one[x] - other[x]))
        }
      }
    }
    let largest = differences.max() ?? 0
    panels[2] = differences.flatMap { difference -> [UInt8] in
      let color = Self.heat(largest > 0 ? difference / largest : 0)
      return (0..<3).map { UInt8(saturating: color[$0]) }
    }
    return try sheet(
      panels.map { try shown(Picture(width: width, height: height, channels: 3, bytes: $0), pool) },
      largest: largest)
  }

  private func shown(_ picture: Picture, _ pool: WorkerPool) throws -> Picture {
    let side = max(picture.width, picture.height)
    guard side > Self.mostSide else { return picture }
    func scaled(_ extent: Int) -> Int { max(1, extent * Self.mostSide / side) }
    return try picture.resampled(
      width: scaled(picture.width), height: scaled(picture.height), filter: .box, pool: pool)
  }

  private func sheet(_ panels: [Picture], largest: Double) throws -> Picture {
    let step = max(panels[0].width, Self.leastWidth) + Self.gap
    let ink: Canvas.Color = [40, 44, 52]
    var canvas = Canvas(
      width: Self.gap + 3 * step, height: Self.header + panels[0].height + Self.footer,
      color: [255, 255, 255])
    let letters = (canvas.width - 2 * Self.gap) / PixelFont.advance
    canvas.text(
      title.printable(limit: max(letters, 8)), x: Self.gap, y: 10, scale: 1, color: ink)
    let names = ["first", "second", "difference"]
    for (index, panel) in panels.enumerated() {
      let x = Self.gap + index * step
      canvas.text(names[index], x: x, y: 28, scale: 1, color: ink)
      canvas.draw(panel, x: x, y: Self.header)
    }
    let (x, y) = (Self.gap + 2 * step, Self.header + panels[0].height + 8)
    canvas.text("0", x: x, y: y + 2, scale: 1, color: ink)
    for column in 0..<100 {
      canvas.line(
        from: [Float(x + 12 + column), Float(y)], to: [Float(x + 12 + column), Float(y + 10)],
        width: 1, color: Self.heat(Double(column) / 99))
    }
    let text = largest > 0 ? String(format: "%.4g of 255", largest * 255) : "nowhere different"
    canvas.text(text, x: x + 120, y: y + 2, scale: 1, color: ink)
    return try canvas.picture()
  }

  private static let heatColors: [Canvas.Color] = [
    [0, 0, 0], [66, 20, 110], [190, 50, 85], [250, 150, 40], [255, 252, 210],
  ]

  /// Of 0 ... 1, brighter all along.
  private static func heat(_ value: Double) -> Canvas.Color {
    let place = Float(value.limited(to: 0...1)) * Float(heatColors.count - 1)
    let index = min(Int(place), heatColors.count - 2)
    return heatColors[index]
      + (heatColors[index + 1] - heatColors[index]) * (place - Float(index))
  }
}
