import Testing

@testable import AvatarCreation

@Suite("Photo")
struct PhotoTests {
  @Test("keeps what it is given")
  func values() {
    let photo = Photo(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6], focalLength: 30)
    #expect(photo.pixels[3] == 4)
    #expect(photo.focalLength == 30)
  }
}
