import Compute
import TestSupport
import Testing

@testable import Media

/// Owns the planes of a picture.
private struct Planes: ~Copyable {
  let y: AlignedBuffer<UInt8>
  let u: AlignedBuffer<UInt8>
  let v: AlignedBuffer<UInt8>
  let planes: YUVPlanes

  init(width: Int, height: Int) {
    let (w, h) = PixelFormat.yuv420p.padded(width: width, height: height)
    // Strides with room that must stay untouched.
    y = AlignedBuffer(count: (w + 3) * h, filledWith: 99)
    u = AlignedBuffer(count: (w / 2 + 5) * h / 2, filledWith: 99)
    v = AlignedBuffer(count: (w / 2 + 5) * h / 2, filledWith: 99)
    planes = YUVPlanes(
      y: y.pointer, u: u.pointer, v: v.pointer, yStride: w + 3, chromaStride: w / 2 + 5, width: w,
      height: h)
  }

  borrowing func values() -> [UInt8] {
    Array(UnsafeBufferPointer(start: y.pointer, count: y.count))
      + Array(UnsafeBufferPointer(start: u.pointer, count: u.count))
      + Array(UnsafeBufferPointer(start: v.pointer, count: v.count))
  }
}

@Suite struct ColorConversionTests {
  @Test(arguments: [3, 4]) func equalsReference(channels: Int) {
    for (width, height) in [
      (1, 1), (2, 2), (3, 1), (1, 3), (13, 15), (17, 13), (31, 2), (32, 4), (33, 3), (63, 5),
      (64, 2), (65, 7), (127, 63), (160, 4),
    ] {
      var random = SeededGenerator(state: UInt64(width * 1000 + height))
      // Rows end exactly where the memory does: a read beyond it would be seen by a sanitizer.
      let pixels = random.bytes(width * height * channels)
      let fast = Planes(width: width, height: height)
      let slow = Planes(width: width, height: height)
      pixels.withUnsafeBufferPointer {
        guard let base = $0.baseAddress else { return }
        ColorConversion.convert(
          base, bytesPerRow: width * channels, channels: channels, width: width, height: height,
          rows: 0..<height, to: fast.planes)
        ColorConversion.convertReference(
          base, bytesPerRow: width * channels, channels: channels, width: width, height: height,
          rows: 0..<height, to: slow.planes)
      }
      let (a, b) = (fast.values(), slow.values())
      let worst = a.indices.first { a[$0] != b[$0] }
      #expect(
        worst == nil,
        "\(width) x \(height) x \(channels): [\(worst ?? 0)] \(a[worst ?? 0]), \(b[worst ?? 0])")
    }
  }

  @Test func bandsGiveTheSamePicture() {
    let (width, height) = (67, 37)
    var random = SeededGenerator(state: 3)
    let pixels = random.bytes(width * height * 3)
    let whole = Planes(width: width, height: height)
    pixels.withUnsafeBufferPointer {
      guard let base = $0.baseAddress else { return }
      ColorConversion.convert(
        base, bytesPerRow: width * 3, channels: 3, width: width, height: height, rows: 0..<height,
        to: whole.planes)
    }
    for threads in [1, 2, 5] {
      let banded = Planes(width: width, height: height)
      let planes = banded.planes
      WorkerPool(threads: threads).run(5) { band, _ in
        let rows = band * 8..<min(band * 8 + 8, height)
        pixels.withUnsafeBufferPointer {
          guard let base = $0.baseAddress else { return }
          ColorConversion.convert(
            base + rows.lowerBound * width * 3, bytesPerRow: width * 3, channels: 3, width: width,
            height: height, rows: rows, to: planes)
        }
      }
      #expect(banded.values() == whole.values(), "\(threads) threads")
    }
  }

  /// Values of ITU-R BT.709 with 8 bits: white, black, grey, the primaries and their complements.
  @Test func knownColors() {
    let cases: [([UInt8], [UInt8])] = [
      ([255, 255, 255], [235, 128, 128]), ([0, 0, 0], [16, 128, 128]),
      ([128, 128, 128], [126, 128, 128]), ([255, 0, 0], [63, 102, 240]),
      ([0, 255, 0], [173, 42, 26]), ([0, 0, 255], [32, 240, 118]),
      ([255, 255, 0], [219, 16, 138]), ([0, 255, 255], [188, 154, 16]),
      ([255, 0, 255], [78, 214, 230]),
    ]
    for (rgb, expected) in cases {
      let planes = Planes(width: 2, height: 2)
      let pixels = rgb + rgb + rgb + rgb
      pixels.withUnsafeBufferPointer {
        guard let base = $0.baseAddress else { return }
        ColorConversion.convert(
          base, bytesPerRow: 6, channels: 3, width: 2, height: 2, rows: 0..<2, to: planes.planes)
      }
      #expect([planes.y[0], planes.u[0], planes.v[0]] == expected, "RGB \(rgb)")
    }
  }

  /// Every colour on a grid stays within the rounding of 15-bit weights of the closed form.
  @Test func closeToTheFormula() {
    for red in stride(from: 0, through: 255, by: 15) {
      for green in stride(from: 0, through: 255, by: 15) {
        for blue in stride(from: 0, through: 255, by: 15) {
          let planes = Planes(width: 1, height: 1)
          [UInt8(red), UInt8(green), UInt8(blue)].withUnsafeBufferPointer {
            guard let base = $0.baseAddress else { return }
            ColorConversion.convert(
              base, bytesPerRow: 3, channels: 3, width: 1, height: 1, rows: 0..<1,
              to: planes.planes)
          }
          let (r, g, b) = (Double(red) / 255, Double(green) / 255, Double(blue) / 255)
          let luma = 0.2126 * r + 0.7152 * g + 0.0722 * b
          #expect(abs(Double(planes.y[0]) - (16 + 219 * luma)) < 0.51)
          #expect(abs(Double(planes.u[0]) - (128 + 224 * (b - luma) / 1.8556)) < 0.51)
          #expect(abs(Double(planes.v[0]) - (128 + 224 * (r - luma) / 1.5748)) < 0.51)
        }
      }
    }
  }
}
