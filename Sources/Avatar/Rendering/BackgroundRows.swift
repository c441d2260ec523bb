import Compute
import Media

/// The background's bytes by row: of a picture or one colour.
final class BackgroundRows: @unchecked Sendable {
  // Sendable: written only by `init`.
  private let buffer: AlignedBuffer<UInt8>
  /// sRGB bytes where there is no picture.
  let colour: SIMD3<UInt8>
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
      // Rows of another size would be read beyond their end.
      precondition(image.width == settings.width && image.height == settings.height)
      bytes = image.converted(toChannels: 3).bytes()
    }
    buffer = AlignedBuffer(count: bytes.count)
    for (index, byte) in bytes.enumerated() { buffer[index] = byte }
  }

  /// RGB rows of the picture, without padding; valid as long as this object lives.
  var picture: UnsafePointer<UInt8>? { buffer.count == 0 ? nil : UnsafePointer(buffer.pointer) }

  func row(_ y: Int) -> Row {
    Row(picture: picture.map { $0 + 3 * y * width }, colour: colour)
  }
}
