import Compute
import Foundation
import Media
import Testing

@testable import AvatarCreation

@Suite struct PhotoReadingTests {
  private func picture(_ width: Int, _ height: Int, _ channels: Int, _ bytes: [UInt8]) throws
    -> Picture
  {
    try Picture(width: width, height: height, channels: channels, bytes: bytes)
  }

  @Test func everyKindBecomesRGB() throws {
    let grey = try Photo(picture(2, 1, 1, [10, 200]))
    #expect(grey.pixels == [10, 10, 10, 200, 200, 200] && grey.alpha == nil)
    let deep = try Photo(Picture(width: 1, height: 1, channels: 3, words: [0, 257 * 7, 65535]))
    #expect(deep.pixels == [0, 7, 255])
  }

  /// Alpha counts where it leaves something out; what nothing shows of is grey.
  @Test func alpha() throws {
    let cut = try Photo(picture(3, 1, 4, [1, 2, 3, 255, 4, 5, 6, 0, 7, 8, 9, 127]))
    #expect(cut.alpha == [255, 0, 127])
    #expect(cut.pixels == [1, 2, 3, 128, 128, 128, 7, 8, 9])
    let opaque = try Photo(picture(2, 1, 2, [9, 255, 8, 128]))
    #expect(opaque.alpha == nil && opaque.pixels == [9, 9, 9, 8, 8, 8])
    let error = #expect(throws: ProgramError.self) { try Photo(picture(1, 1, 4, [1, 2, 3, 127])) }
    #expect(error?.code == .dataError)
  }

  @Test func focalLengths() throws {
    func pixels(_ change: (inout EXIF) -> Void) -> Double? {
      var exif = EXIF()
      change(&exif)
      return exif.focalLength(width: 3000, height: 4000)
    }
    // 43.27 mm on film is the diagonal, 5000 pixels here.
    let normal = try #require(pixels { $0.focalLengthOnFilm = EXIF.filmDiagonal })
    #expect(abs(normal - 5000) < 1e-9)
    // 4 mm at 800 stored pixels a millimetre are 3200 pixels; the picture was halved since.
    func sensor(_ exif: inout EXIF, _ size: SIMD2<Int>) {
      (exif.focalLength, exif.sensorResolution, exif.size) = (4, SIMD2(800, 800), size)
    }
    let halved = try #require(pixels { sensor(&$0, [8000, 6000]) })
    #expect(abs(halved - 1600) < 1e-9)
    // Cut, or nonsense.
    #expect(pixels { sensor(&$0, [8000, 8000]) } == nil)
    #expect(
      pixels {
        $0.focalLengthOnFilm = 26; $0.size = [4000, 2250]
      } == nil)
    #expect(pixels { $0.focalLengthOnFilm = 65535 } == nil)
    #expect(pixels { $0.focalLength = 4 } == nil)
    #expect(pixels { _ in } == nil)
  }

  @Test func otherFilesAreNamed() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("photo-\(UUID().uuidString).jpg").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    for (bytes, words) in [
      (Array("%PDF-1.7".utf8), "PDF"), ([0, 0, 0, 24] + Array("ftypheic".utf8), "HEIC"),
      ([0, 0, 0, 24] + Array("ftypisom".utf8), "MP4"), (Array("hello".utf8), "text"),
      (Array("GIF89a".utf8), "GIF"), ([], "empty"),
    ] {
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: ProgramError.self) { try PhotoFile(path: path) }
      #expect(error?.code == .dataError && error?.description.contains(words) == true, "\(words)")
      #expect(error?.file == path && error?.hint != nil)
    }
  }
}
