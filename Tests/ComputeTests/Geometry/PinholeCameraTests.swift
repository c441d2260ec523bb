import Compute
import Testing

@Suite struct PinholeCameraTests {
  /// A camera three metres before a pivot, a quarter turn about the vertical axis.
  let camera = PinholeCamera(
    rotation: ([0, 0, 1], [0, -1, 0], [1, 0, 0]), translation: [0.5, 0.25, 3],
    focalLength: [100, 200], principalPoint: [32, 24], near: 0.1, pivot: [1, 2, 3])

  @Test func pointsAreTurnedAboutThePivot() {
    #expect(camera.transform([1, 2, 3]) == [0.5, 0.25, 3])
    #expect(camera.transform([2, 2, 3]) == [0.5, 0.25, 4])
    #expect(camera.transform([1, 3, 3]) == [0.5, -0.75, 3])
    #expect(camera.transform([1, 2, 4]) == [1.5, 0.25, 3])
  }

  @Test func scalingKeepsTheView() {
    var expected = camera
    expected.focalLength = [200, 400]
    expected.principalPoint = [64, 48]
    #expect(camera.scaled(by: 2) == expected)
    #expect(camera.scaled(by: 2) != camera)
  }

  @Test func alignedTakesPointsAsTheyAre() {
    let aligned = PinholeCamera.aligned(focalLength: [1, 1], principalPoint: .zero)
    #expect(aligned.transform([1, -2, 3]) == [1, -2, 3])
    #expect(aligned.near == 0.01 && aligned.pivot == .zero)
  }
}
