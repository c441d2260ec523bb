import Compute
import Foundation
import Media
import Testing

@testable import Evaluation

struct DifferenceTests {
  @Test func closedForms() throws {
    // One of 12 pixels differs, by 51 = 0.2, in one of three channels.
    let a = try flat(4, 3, [10, 20, 30])
    let b = try changed(a) { $0 == 16 ? Int($1) + 51 : Int($1) }
    let found = try PairMeasurement(a, b).values
    #expect(abs(try #require(found[.mse]) - 0.04 / 36) < 1e-15)
    #expect(abs(try #require(found[.l1]) - 0.2 / 36) < 1e-15)
    #expect(abs(try #require(found[.psnr]) - 10 * log10(900)) < 1e-12)
    #expect(abs(try #require(found[.psnrPIQ]) + 10 * log10(0.04 / 36 + 1e-8)) < 1e-12)
    // Whole steps exactly: bounds are compared with it.
    #expect(found[.maximumDifference] == 51)
  }

  @Test func identicalPictures() throws {
    let a = try noise(170, 163)
    let found = try PairMeasurement(a, a).values
    #expect(found[.psnr] == .infinity && found[.psnrPIQ] == 80)
    #expect(found[.mse] == 0 && found[.l1] == 0 && found[.maximumDifference] == 0)
    for metric in Metric.structural {
      #expect(abs(try #require(found[metric]) - 1) < 1e-12, "\(metric.name)")
    }
  }

  @Test func everyStepIsWhole() throws {
    for step in 0...255 {
      let found = try PairMeasurement(flat(2, 2, [0, 0, 0]), flat(2, 2, [0, 0, UInt8(step)]))
      #expect(found.values[.maximumDifference] == Double(step))
    }
  }

  @Test func masks() throws {
    let a = try flat(3, 2, [0, 0, 0])
    let b = try changed(a) { [255, 0, 0, 51, 51, 51][$0 / 3] + 0 * Int($1) }
    let picture = try Picture(
      width: 3, height: 2, channels: 2, bytes: [0, 9, 128, 9, 127, 9, 255, 9, 255, 9, 0, 9])
    let inside = try PictureMask(picture)
    #expect(inside.pixelCount == 3)
    let found = try PairMeasurement(a, b, mask: inside)
    #expect(abs(try #require(found.values[.l1]) - 0.4 / 3) < 1e-15)
    #expect(found.values[.maximumDifference] == 51 && found.count == 9)
    // Multiplied, a pixel counts by its fraction, and those outside as alike.
    let multiplied = try PairMeasurement(a, b, mask: PictureMask(picture, use: .multiply))
    #expect(abs(try #require(multiplied.values[.l1]) - 0.4 / 6) < 1e-15)
    let half = try PictureMask(flat(3, 2, [204]), use: .multiply)
    #expect(try PairMeasurement(a, b, mask: half).values[.maximumDifference] == 204)
  }

  @Test func emptyMasksAreRefused() throws {
    for value in [UInt8(0), 127] {
      #expect(throws: ProgramError.self) { try PictureMask(flat(4, 4, [value])) }
    }
    let a = try flat(4, 4, [1, 1, 1])
    let error = #expect(throws: ProgramError.self) {
      try PairMeasurement(a, a, mask: PictureMask(flat(4, 5, [255])))
    }
    #expect(error?.expected == "4 x 4" && error?.found == "4 x 5")
  }

  /// Grey, alpha, 16 bits: the same colours have the same values.
  @Test func otherKindsOfPictures() throws {
    let grey = try noise(20, 21, channels: 1)
    let color = grey.converted(toChannels: 3)
    for other in [
      color, grey.converted(toChannels: 2), grey.converted(toChannels: 4),
      grey.converted(toBitDepth: 16), color.converted(toBitDepth: 16),
    ] {
      let found = try PairMeasurement(grey, other).values
      #expect(found[.psnr] == .infinity, "\(other.channels) channels, \(other.bitDepth) bits")
    }
  }

  @Test func alphaPolicies() throws {
    let clear = try Picture(width: 2, height: 1, channels: 4, bytes: [255, 0, 0, 0, 0, 0, 0, 51])
    func plane(_ policy: ComparedPicture.AlphaPolicy) throws -> [Double] {
      let plane = try ComparedPicture(clear, alpha: policy).plane(0)
      return (0..<2).map { plane.row(0)[$0] }
    }
    #expect(try plane(.white) == [1, 1 - 0.2])
    #expect(try plane(.black) == [0, 0])
    #expect(try plane(.ignore) == [1, 0])
    #expect(ComparedPicture(clear).isTransparent)
    #expect(!ComparedPicture(clear.converted(toChannels: 3)).isTransparent)
    #expect(!ComparedPicture(try flat(2, 1, [1, 2, 3, 255])).isTransparent)
  }

  @Test func sizesMustBeEqual() throws {
    let error = #expect(throws: ProgramError.self) {
      try PairMeasurement(flat(4, 4, [1, 1, 1]), flat(4, 5, [1, 1, 1]))
    }
    #expect(error?.found == "4 x 5")
  }
}
