import Compute
import Media
import SMPLX
import Testing

@testable import AvatarCreation

@Suite struct ReportTests {
  @Test func discsHaveTheirArea() {
    var canvas = Canvas(width: 40, height: 40, color: .zero)
    canvas.disc(at: [20, 20], radius: 10, color: [255, 255, 255])
    let sum = stride(from: 0, to: canvas.pixels.count, by: 3)
      .reduce(0) { $0 + Float(canvas.pixels[$1]) / 255 }
    #expect(abs(sum - .pi * 100) < 3, "\(sum)")
    #expect(canvas.pixels[(20 * 40 + 20) * 3] == 255 && canvas.pixels[0] == 0)
  }

  /// Lines that leave the canvas, are endless, or are none.
  @Test func anythingCanBeDrawn() {
    var canvas = Canvas(width: 8, height: 8, color: [9, 9, 9])
    canvas.line(from: [-1e30, 4], to: [1e30, 4], width: 2, color: [255, 0, 0])
    canvas.line(from: [.nan, 0], to: [1, 1], width: 2, color: [0, 255, 0])
    canvas.line(from: [0, .infinity], to: [1, 1], width: 2, color: [0, 255, 0])
    canvas.disc(at: [100, 100], radius: 3, color: [0, 255, 0])
    #expect(stride(from: 1, to: canvas.pixels.count, by: 3).allSatisfy { canvas.pixels[$0] <= 9 })
    canvas.text("beyond the edge", x: -20, y: 5, scale: 3, color: [0, 0, 255])
  }

  /// A square of 6 x 6 that touches the picture's left border: its edge is inside, and not at the border.
  @Test func outlines() {
    let inside = (0..<100).map { $0 % 10 < 6 && 2..<8 ~= $0 / 10 }
    for (thickness, core) in [(1, 5 * 4), (2, 4 * 2), (9, 0)] {
      var canvas = Canvas(width: 10, height: 10, color: .zero)
      canvas.outline(inside, thickness: thickness, color: [255, 0, 0])
      let drawn = (0..<100).map { canvas.pixels[3 * $0] == 255 }
      #expect(zip(drawn, inside).allSatisfy { !$0 || $1 })
      #expect(drawn.filter { $0 }.count == 36 - core, "\(thickness)")
      #expect(drawn[4 * 10] == (thickness == 9))
    }
  }

  /// Every colour of a legend is there, in a box at the bottom left that leaves the rest as it was.
  @Test(arguments: [90, 400])
  func legends(width: Int) {
    var canvas = Canvas(width: width, height: 80, color: [9, 9, 9])
    let colors: [Canvas.Color] = [[230, 20, 40], [20, 220, 60], [20, 60, 220]]
    canvas.legend([("fit", colors[0]), ("mask", colors[1]), ("x", colors[2])], scale: 2)
    func count(_ color: Canvas.Color) -> Int {
      (0..<width * 80).filter { pixel in
        (0..<3).allSatisfy { canvas.pixels[3 * pixel + $0] == UInt8(color[$0]) }
      }.count
    }
    for color in colors { #expect(count(color) == 14 * 14, "\(color)") }
    // Pixels of the letters, four each: as in the font.
    let letters = "fitmaskx".flatMap { PixelFont.standard.rows(of: $0) }
    #expect(count([30, 32, 38]) == 4 * letters.reduce(0) { $0 + $1.nonzeroBitCount })
    #expect(canvas.pixels.prefix(3 * width * 8).allSatisfy { $0 == 9 })
    var tiny = Canvas(width: 3, height: 2, color: .zero)
    tiny.legend([("fit", colors[0])], scale: 2)
    tiny.legend([], scale: 1)
  }

  /// Each letter that has a drawing has one of its own, inside its cell.
  @Test func letters() {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:-+/()%;'!?=_"
    var seen: [[UInt8]: Character] = [:]
    let box = PixelFont.standard.rows(of: "\u{1F600}")
    for letter in letters {
      let rows = PixelFont.standard.rows(of: letter)
      #expect(rows.count == PixelFont.height && rows.allSatisfy { $0 < 32 } && rows != box)
      #expect(rows.contains { $0 != 0 }, "\(letter)")
      #expect(seen[rows] == nil, "\(letter) is \(seen[rows] ?? " ")")
      seen[rows] = letter
    }
    #expect(PixelFont.standard.rows(of: " ").allSatisfy { $0 == 0 })
  }

  @Test func linesAreBrokenBetweenWords() {
    #expect(ReportSheet.wrapped("one two three", to: 7) == ["one two", "  three"])
    #expect(ReportSheet.wrapped("", to: 7) == [])
    #expect(ReportSheet.wrapped("unbreakable", to: 3) == ["unbreakable"])
  }

  /// What was reached is shown; a report of nothing but the photo is one too.
  @Test func unfinishedWork() throws {
    let photo = Photo(width: 30, height: 50, pixels: [UInt8](repeating: 90, count: 4500))
    var report = CreationReport(photo: photo)
    let pool = WorkerPool(threads: 1)
    let first = try report.picture(pool: pool)
    report.matte = Matte(width: 30, height: 50, coverage: [Float](repeating: .nan, count: 1500))
    report.landmarks = PersonLandmarks(
      width: 30, height: 50,
      body: (0..<33).map { _ in .init(position: [.nan, 3, 0], visibility: .nan, presence: 0) },
      world: [SIMD3<Float>](repeating: .zero, count: 33))
    report.results = ["something"]
    let second = try report.picture(pool: pool)
    #expect(second.width > 2 * first.width && second.height > first.height)
  }
}
