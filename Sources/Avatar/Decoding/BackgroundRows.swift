import Compute
import Media

/// The background's bytes by row: of a picture or one colour.
final class BackgroundRows: @unchecked Sendable {
  // Sendable: written only by `init`.
  private let picture: AlignedBuffer<UInt8>
  private let colour: SIMD3<UInt8>
  private let width: Int

  struct Row {
    fileprivate let picture: UnsafePointer<UInt8>?
    fileprivate let colour: SIMD3<UInt8>

    @inline(__always)
    func byte(_ x: Int, _ channel: Int) -> UInt8 {
      picture.map { $0[3 * x + channel] } ?? colour[channel]
    }
  }

  init(_ settings: RenderSettings) {
    width = settings.width
    var bytes: [UInt8] = []
    switch settings.background {
    case .color(let color): colour = color
    case .transparent: colour = [0, 0, 0]
    case .picture(let image):
      colour = [0, 0, 0]
      bytes = image.bytes()
    }
    picture = AlignedBuffer(count: bytes.count)
    for (index, byte) in bytes.enumerated() { picture[index] = byte }
  }

  func row(_ y: Int) -> Row {
    Row(
      picture: picture.count == 0 ? nil : UnsafePointer(picture.pointer) + 3 * y * width,
      colour: colour)
  }
}
