import Compute
import TestSupport

@testable import Rasterizer

/// An opacity texture, a threshold, and the scalar twin of the test that decides a sample: the same
/// operations in the same order, so that decisions are equal to the bit.
struct TestOpacity {
  let width: Int
  let height: Int
  let bytes: [UInt8]
  let addressing: OpacityTexture.Addressing
  let threshold: Float
  let texture: OpacityTexture

  init(
    _ width: Int, _ height: Int, _ bytes: [UInt8],
    addressing: OpacityTexture.Addressing = .repeated, threshold: Float = 0.5
  ) throws {
    (self.width, self.height, self.bytes) = (width, height, bytes)
    (self.addressing, self.threshold) = (addressing, threshold)
    texture = try OpacityTexture(
      width: width, height: height, bytes: bytes, addressing: addressing)
  }

  /// One number everywhere.
  static func uniform(_ byte: UInt8, threshold: Float = 0.5) throws -> TestOpacity {
    try TestOpacity(3, 2, [UInt8](repeating: byte, count: 6), threshold: threshold)
  }

  /// Squares of one texel, the upper left one opaque.
  static func checkerboard(
    _ side: Int, addressing: OpacityTexture.Addressing = .repeated
  ) throws -> TestOpacity {
    try TestOpacity(
      side, side, (0..<side * side).map { ($0 % side + $0 / side) % 2 == 0 ? 255 : 0 },
      addressing: addressing)
  }

  static func noise(
    _ width: Int, _ height: Int, addressing: OpacityTexture.Addressing,
    _ generator: inout SeededGenerator
  ) throws -> TestOpacity {
    try TestOpacity(
      width, height, (0..<width * height).map { _ in .random(in: 0...255, using: &generator) },
      addressing: addressing, threshold: .random(in: 0.2...0.8, using: &generator))
  }

  func keeps(u: Float, v: Float) -> Bool { opacity(u: u, v: v) >= threshold * 255 }

  /// 0 to 255.
  func opacity(u: Float, v: Float) -> Float {
    let (column, across) = axis(u, width)
    let (row, down) = axis(1 - v, height)
    func byte(_ x: Int, _ y: Int) -> Float {
      let (x, y) =
        addressing == .repeated
        ? (x % width, y % height) : (min(x, width - 1), min(y, height - 1))
      return Float(bytes[y * width + x])
    }
    func between(_ y: Int) -> Float {
      byte(column, y) + (byte(column + 1, y) - byte(column, y)) * across
    }
    return between(row) + (between(row + 1) - between(row)) * down
  }

  private func axis(_ coordinate: Float, _ size: Int) -> (texel: Int, fraction: Float) {
    let extent = Float(size)
    var (position, last) = (coordinate * extent - 0.5, extent - 1)
    if addressing == .repeated {
      position = (coordinate - coordinate.rounded(.down)) * extent - 0.5
      if position < 0 { position += extent }
      last = extent
    }
    // A number that is none counts as 0.
    position = position > 0 ? min(position, last) : 0
    let texel = min(Int(position), size - 1)
    return (texel, position - Float(texel))
  }
}
