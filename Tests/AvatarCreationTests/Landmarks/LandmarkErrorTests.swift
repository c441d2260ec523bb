/// Pictures without persons and of odd sizes, and weights that are not there.
import Compute
import Foundation
import TestSupport
import Testing

@testable import AvatarCreation

@Suite struct LandmarkErrorTests {
  @Test(arguments: [(1, 1), (1, 300), (700, 1), (2, 3), (640, 480), (5000, 40)])
  func nobody(_ size: (Int, Int)) throws {
    let photo = LandmarkPhotos.grey(size.0, size.1)
    #expect(try LandmarkPhotos.detector().persons(in: photo).isEmpty)
  }

  @Test func anEmptyPictureHasNobody() throws {
    let photo = Photo(width: 0, height: 0, pixels: [])
    #expect(try LandmarkPhotos.detector().persons(in: photo).isEmpty)
  }

  /// A closer look at what is no person says so.
  @Test(arguments: [(1, 1), (320, 200)]) func noPersonInTheRegion(_ size: (Int, Int)) throws {
    let photo = LandmarkPhotos.grey(size.0, size.1)
    let whole = Region(around: size.0, size.1)
    let points: [SIMD2<Float>] = [[0.5, 0.5], [0.5, 0.2], [0.5, 0.4], [0.5, 0.1]]
    let person = try #require(
      DetectedPerson(
        Detection(score: 0.9, low: [0.4, 0.1], high: [0.6, 0.9], points: points), in: whole))
    let error = #expect(throws: ProgramError.self) {
      _ = try LandmarkPhotos.detector().landmarks(of: person, in: photo)
    }
    #expect(error?.code == .dataError)
    #expect(error?.what.contains("no person") == true)
    #expect(error?.hint != nil)
  }

  @Test func missingWeightsAreNamed() throws {
    let error = #expect(throws: ProgramError.self) {
      _ = try LandmarkDetector(models: "/nowhere", pool: WorkerPool(threads: 2))
    }
    #expect(error?.file?.hasPrefix("/nowhere/") == true)
  }

  /// Places that are no numbers, or far outside, read the picture's edge.
  @Test func wildRegionsAreCropped() {
    let photo = LandmarkPhotos.grey(3, 2)
    for region in [
      Region(centre: [1e300, -1e300], side: 1, angle: 0),
      Region(centre: [.nan, 0], side: .nan, angle: .nan),
      Region(centre: [0, 0], side: .infinity, angle: 1),
    ] {
      let crop = CropResult(
        RegionCrop(photo: photo, region: region, range: 0...1), size: 4)
      #expect(crop.values.count == 48)
      #expect(region.usable == nil || region.side.isFinite)
    }
  }
}
