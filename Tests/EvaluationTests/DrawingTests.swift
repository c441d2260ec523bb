import Compute
import Foundation
import Media
import Testing

@testable import Evaluation

struct DrawingTests {
  private let pool = WorkerPool(threads: 2)

  @Test func axes() {
    let axis = PlotAxis([0.2, 0.9])
    #expect(axis.ticks.map(axis.text) == ["0.2", "0.4", "0.6", "0.8"])
    #expect(axis.place(axis.low) == 0 && axis.place(axis.high) == 1)
    for values in [[], [5], [5, 5], [-3, -3], [0], [1e-30, 2e-30], [1e30], [-1e6, 1e6]] {
      let axis = PlotAxis(values)
      #expect(axis.low < axis.high && axis.step > 0, "\(values)")
      #expect(values.allSatisfy { 0...1 ~= axis.place($0) } && axis.ticks.count < 20, "\(values)")
    }
  }

  /// A point of each value lies where its axis says, and the mean's line is drawn.
  @Test func plots() throws {
    let evaluation = try SummaryTests.evaluation(
      [.l1], [("a", [.l1: 0]), ("b", [.l1: 1]), ("c", [.l1: 0])])
    let picture = try ValuePlot(evaluation, evaluation.summary(pool: pool), title: "t").picture()
    #expect((picture.width, picture.height, picture.channels) == (960, 224, 3))
    let bytes = picture.bytes()
    func color(_ x: Int, _ y: Int) -> [UInt8] {
      let at = (y * picture.width + x) * 3
      return Array(bytes[at..<at + 3])
    }
    let axis = PlotAxis([0, 1, 0])
    let (upper, lower) = (34.0 + 30, 34.0 + 190 - 24)
    func row(_ value: Double) -> Int { Int(lower - axis.place(value) * (lower - upper)) }
    let blue: [UInt8] = [31, 119, 180]
    #expect(color(82, row(0)) == blue && color(934, row(0)) == blue && color(508, row(1)) == blue)
    #expect(color(300, row(1) - 10) == [255, 255, 255])
    let line = color(100, row(1.0 / 3))
    #expect(line[0] > 240 && line[2] < 120, "\(line)")
  }

  /// Infinite values have a line and a label of their own, and no line leads there.
  @Test func infiniteValuesStandApart() throws {
    let panel = PlotPanel(
      [20, .infinity, nil, 30, .nan], left: 76, right: 940, top: 64, bottom: 200)
    #expect(panel.y(.infinity) == 64 && panel.y(30) > 64 + 12 && panel.y(20) < 200)
    #expect(panel.ticks.last?.text == "inf" && panel.ticks.last?.y == 64)
    #expect(panel.ticks.dropLast().allSatisfy { $0.y >= 64 + 12 })
    let none = PlotPanel([.infinity], left: 76, right: 940, top: 64, bottom: 200)
    #expect(none.ticks.map(\.text) == ["inf"])
    #expect(
      !PlotPanel([1, 2], left: 0, right: 9, top: 0, bottom: 9).ticks.contains { $0.text == "inf" })
    let evaluation = try SummaryTests.evaluation(
      [.psnr], [("a", [.psnr: 20]), ("b", [.psnr: .infinity]), ("c", [.psnr: 30])])
    let picture = try ValuePlot(evaluation, evaluation.summary(pool: pool), title: "t").picture()
    let bytes = picture.bytes()
    func color(_ x: Int, _ y: Int) -> [UInt8] {
      let at = (y * picture.width + x) * 3
      return Array(bytes[at..<at + 3])
    }
    #expect(color(508, 64) == [31, 119, 180])
    // Half way to its neighbours nothing is drawn between the lines.
    for x in [295, 721] {
      #expect((68..<78).allSatisfy { color(x, $0) == [255, 255, 255] })
    }
  }

  @Test func plotsOfOddValues() throws {
    for rows in [
      [("a", [Metric.psnr: Double.infinity])],
      [("a", [.psnr: .infinity]), ("b", [:]), ("c", [.psnr: 20])],
      (0..<3000).map { ("\($0)", [Metric.psnr: 20 + sin(Double($0))]) },
    ] as [[(String, [Metric: Double])]] {
      let evaluation = try SummaryTests.evaluation([.psnr, .ssim], rows)
      let plot = try ValuePlot(evaluation, evaluation.summary(pool: pool), title: "t").picture()
      // A metric without any value has no panel.
      #expect(plot.height == 224)
    }
    let none = try SummaryTests.evaluation([.ssim], [("a", [:])])
    #expect(throws: ProgramError.self) {
      try ValuePlot(none, none.summary(pool: pool), title: "t").picture()
    }
  }

  @Test func differences() throws {
    let a = try noise(220, 30)
    let b = try changed(a) { $0 == (7 * 220 + 100) * 3 + 1 ? Int($1 ^ 128) : Int($1) }
    let picture = try DifferencePicture(ComparedPicture(a), ComparedPicture(b), title: "x")
      .picture(pool: pool)
    #expect((picture.width, picture.height) == (12 + 3 * 232, 46 + 30 + 34))
    let bytes = picture.bytes()
    func color(_ panel: Int, _ x: Int, _ y: Int) -> [UInt8] {
      let at = ((46 + y) * picture.width + 12 + panel * 232 + x) * 3
      return Array(bytes[at..<at + 3])
    }
    let source = a.bytes()
    for (x, y) in [(0, 0), (219, 29), (57, 13)] {
      let at = (y * 220 + x) * 3
      #expect(color(0, x, y) == Array(source[at..<at + 3]) && color(1, x, y) == color(0, x, y))
      #expect(color(2, x, y) == [0, 0, 0])
    }
    #expect(color(2, 100, 7) == [255, 252, 210])
  }

  @Test func differencesOfTinyAndLargePictures() throws {
    for (width, height) in [(1, 1), (3, 2), (1300, 9)] {
      let a = ComparedPicture(try noise(width, height))
      let picture = try DifferencePicture(a, a, title: String(repeating: "long ", count: 99))
        .picture(pool: pool)
      #expect(picture.width >= 3 * 200 && picture.width <= 3 * 1024 + 48, "\(width)")
    }
  }
}
