/// Regions, crops and the way back.
import Compute
import Foundation
import NeuralRender
import TestSupport
import Testing

@testable import AvatarCreation

/// A crop in memory.
struct CropResult {
  /// (size, size, 3).
  var values: [Float]
  private let size: Int

  init(_ crop: RegionCrop, size: Int, threads: Int = 1) {
    self.size = size
    var memory = [Float](repeating: -9, count: size * size * 3)
    memory.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      crop.write(
        to: FeatureMap(base, height: size, width: size, channels: 3),
        on: WorkerPool(threads: threads))
    }
    values = memory
  }

  subscript(y: Int, x: Int) -> [Float] {
    Array(values[3 * (y * size + x)..<3 * (y * size + x) + 3])
  }
}

@Suite struct RegionTests {
  private static let photo: Photo = {
    var random = SeededGenerator(state: 3)
    return Photo(
      width: 9, height: 7, pixels: (0..<9 * 7 * 3).map { _ in .random(in: 0...255, using: &random) }
    )
  }()

  private static func pixel(_ x: Int, _ y: Int) -> [Float] {
    (0..<3).map { Float(photo.pixels[3 * (y * photo.width + x) + $0]) }
  }

  /// Upright, as large as the crop: whole pixels, the middle one at the centre.
  @Test func uprightCropsArePixels() {
    let region = Region(centre: [4, 3], side: 4, angle: 0)
    let crop = CropResult(RegionCrop(photo: Self.photo, region: region, range: 0...255), size: 4)
    for y in 0..<4 {
      for x in 0..<4 {
        for (one, other) in zip(crop[y, x], Self.pixel(x + 2, y + 1)) {
          #expect(abs(one - other) < 1e-3)
        }
      }
    }
  }

  /// A quarter turn clockwise: the crop's right is the picture's down.
  @Test func turnedCrops() {
    let region = Region(centre: [4, 3], side: 4, angle: .pi / 2)
    let crop = CropResult(RegionCrop(photo: Self.photo, region: region, range: -1...1), size: 4)
    for y in 0..<4 {
      for x in 0..<4 {
        for (one, other) in zip(crop[y, x], Self.pixel(4 - (y - 2), 3 + x - 2)) {
          #expect(abs(one - (other / 127.5 - 1)) < 1e-5)
        }
      }
    }
  }

  /// Half way between pixels is their mean; outside is the nearest pixel, or black.
  @Test func betweenAndOutside() {
    let region = Region(centre: [0.5, 0], side: 2, angle: 0)
    func crop(_ border: RegionCrop.Border) -> CropResult {
      CropResult(
        RegionCrop(photo: Self.photo, region: region, border: border, range: 0...255), size: 2)
    }
    let mean = zip(Self.pixel(0, 0), Self.pixel(1, 0)).map { ($0 + $1) / 2 }
    #expect(crop(.nearest)[1, 1] == mean)
    #expect(crop(.black)[1, 1] == mean)
    #expect(crop(.nearest)[1, 0] == Self.pixel(0, 0))
    #expect(crop(.black)[1, 0] == Self.pixel(0, 0).map { $0 / 2 })
    #expect(crop(.black)[0, 0] == [0, 0, 0])
  }

  /// A mirrored crop is the crop of the mirrored picture; threads change nothing.
  @Test func mirroredCrops() {
    let photo = Self.photo
    var pixels: [UInt8] = []
    for y in 0..<photo.height {
      for x in 0..<photo.width {
        let from = 3 * ((y + 1) * photo.width - 1 - x)
        pixels += photo.pixels[from..<from + 3]
      }
    }
    let mirrored = Photo(width: photo.width, height: photo.height, pixels: pixels)
    let region = Region(centre: [3.3, 2.1], side: 7, angle: 0.4)
    let one = CropResult(
      RegionCrop(photo: photo, region: region, range: 0...1, isMirrored: true), size: 20)
    let other = CropResult(
      RegionCrop(photo: mirrored, region: region, range: 0...1), size: 20, threads: 3)
    #expect(one.values == other.values)
    let back = region.mirrored(width: 9).mirrored(width: 9)
    #expect(abs(back.centre.x - region.centre.x) < 1e-12 && back.angle == region.angle)
  }

  /// The point that tells size and direction lies where it should, in the square and outside.
  @Test(arguments: [0.3, 2, -1.2], [Double.pi / 2, -Double.pi / 2, 0])
  func alignedRegions(direction: Double, target: Double) {
    let centre = SIMD2(30.0, 40.0)
    let point = centre + SIMD2(cos(direction), sin(direction)) * 10
    let region = Region(centre: centre, towards: point, target: target, scale: 1.25)
    #expect(abs(region.side - 25) < 1e-9)
    #expect((-Double.pi..<Double.pi).contains(region.angle))
    let expected = SIMD2(0.5 + 0.4 * cos(target), 0.5 - 0.4 * sin(target))
    let found = region.point(expected) - point
    #expect(abs(found.x) < 1e-9 && abs(found.y) < 1e-9)
    let shifted = Region(
      centre: centre, towards: point, target: target, scale: 1, shift: 0.25)
    let moved = region.point(SIMD2(0.5, 0.7)) - shifted.centre
    #expect(abs(moved.x) < 1e-9 && abs(moved.y) < 1e-9)
  }

  /// A mask that grows from left to right lies in the picture as its region does.
  @Test func masksGoBack() {
    let region = Region(centre: [12, 9], side: 8, angle: 0.7)
    let side = 16
    let logits = (0..<side * side).map { Float($0 % side) / 4 - 2 }
    let warp = MaskWarp(logits, region)
    let mattes = [1, 3].map { warp.matte(width: 25, height: 18, on: WorkerPool(threads: $0)) }
    #expect(mattes[0].coverage == mattes[1].coverage)
    for (y, x) in [(2, 3), (9, 9), (10, 4), (12, 13)] {
      let place = region.point(SIMD2(Double(x), Double(y)) / Double(side))
      guard place == place.rounded(.toNearestOrEven) else { continue }
      let found = mattes[0].coverage[Int(place.y) * 25 + Int(place.x)]
      #expect(abs(found - Detection.probability(logits[y * side + x])) < 1e-4)
    }
    let middle = mattes[0].coverage[9 * 25 + 12]
    #expect(abs(middle - Detection.probability(logits[8])) < 1e-5)
    #expect(mattes[0].coverage[0] == 0 && mattes[0].coverage[25 * 18 - 1] == 0)
  }
}
