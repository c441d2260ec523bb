import Compute
import Foundation
import TestSupport
import Testing

@testable import Rasterizer

/// Texels are half-precision linear light of at most 1: each rounding is at most 2^-12, and every level
/// adds one. `roundings` allows for those, and for single precision in the weights.
private func roundings(_ level: Double) -> Double { (max(level, 0) + 2) * 0x1p-12 + 2e-5 }

@Suite struct MipmappedTextureTests {
  @Test(arguments: [(1, 1), (2, 2), (7, 5), (64, 32), (33, 1), (1, 9), (100, 61)])
  func matchesTheOracle(width: Int, height: Int) throws {
    for channels in [3, 4] {
      var generator = SeededGenerator(state: UInt64(width * 100 + height))
      let bytes = generator.bytes(width * height * channels)
      let texture = try MipmappedTexture(
        width: width, height: height, channels: channels, bytes: bytes)
      let oracle = ScalarMipmap(width: width, height: height, channels: channels, bytes: bytes)
      #expect(texture.levelCount == oracle.levelCount)
      let points = (0..<613).map { _ in
        TexturePoint(
          u: .random(in: -0.3...1.3, using: &generator),
          v: .random(in: -0.3...1.3, using: &generator),
          level: .random(in: -1...Float(oracle.levelCount), using: &generator))
      }
      for (point, value) in zip(points, texture.sampled(points)) {
        let expected = oracle.sample(
          u: Double(point.u), v: Double(point.v), level: Double(point.level))
        for c in 0..<3 {
          let error = abs(Double(value[c]) - expected[c])
          #expect(error <= roundings(Double(point.level)), "\(point), channel \(c): \(error)")
        }
      }
    }
  }

  /// One, two or four points along the long axis have the mean of the oracle's values there.
  @Test func pointsAlongTheLongAxis() throws {
    var generator = SeededGenerator(state: 5)
    let bytes = generator.bytes(64 * 64 * 3)
    let texture = try MipmappedTexture(width: 64, height: 64, channels: 3, bytes: bytes)
    let oracle = ScalarMipmap(width: 64, height: 64, channels: 3, bytes: bytes)
    // Length of the long axis in texels at level 0, and where its points lie.
    let axes: [(Float, [Double])] = [
      (0, [0]), (1.9, [-0.25, 0.25]), (2.4, [-0.25, 0.25]),
      (2.6, [-0.375, -0.125, 0.125, 0.375]), (4, [-0.375, -0.125, 0.125, 0.375]),
    ]
    for round in 0..<200 {
      let (length, steps) = axes[round % axes.count]
      let angle = Float(round) * 0.37
      let point = TexturePoint(
        u: .random(in: 0.1...0.9, using: &generator),
        v: .random(in: 0.1...0.9, using: &generator), du: cos(angle) * length / 64,
        dv: sin(angle) * length / 64)
      var expected = SIMD3<Double>.zero
      for step in steps {
        expected +=
          oracle.sample(
            u: Double(point.u) + step * Double(point.du),
            v: Double(point.v) + step * Double(point.dv), level: 0) / Double(steps.count)
      }
      let value = texture.sampled([point])[0]
      for c in 0..<3 { #expect(abs(Double(value[c]) - expected[c]) <= roundings(0), "\(point)") }
    }
  }

  @Test(arguments: [UInt8(0), 1, 9, 10, 11, 128, 254, 255])
  func constantTexturesStayConstant(byte: UInt8) throws {
    let texture = try MipmappedTexture(
      width: 37, height: 20, channels: 3, bytes: [UInt8](repeating: byte, count: 37 * 20 * 3))
    var generator = SeededGenerator(state: 1)
    let points = (0..<400).map { index in
      TexturePoint(
        u: .random(in: -1...2, using: &generator), v: .random(in: -1...2, using: &generator),
        level: .random(in: 0...6, using: &generator), du: index % 3 == 0 ? 0.1 : 0,
        dv: index % 5 == 0 ? 0.2 : 0)
    }
    // The mean of equal halves is that half: one rounding, whatever the level.
    let exact = Float(Float16(linear(byte)))
    for value in texture.sampled(points) {
      for c in 0..<3 { #expect(abs(value[c] - exact) <= exact * 1e-6, "\(value)") }
    }
  }

  /// A ramp of light is the same ramp in every level, between the level's outermost centres.
  @Test func rampsAreReproduced() throws {
    let width = 256
    let row = (0..<width).flatMap { x in
      [UInt8](repeating: UInt8(encoded(Double(x) / 255).rounded()), count: 3)
    }
    let texture = try MipmappedTexture(
      width: width, height: 8, channels: 3, bytes: (0..<8).flatMap { _ in row })
    // Half a byte at sRGB's steepest, 2.4 / 1.055 / 255 of light a byte.
    let byteError: Float = 2.4 / 1.055 / 255 / 2
    for level in 0...3 {
      let border = Float(1 << level) / 2 / Float(width)
      let points = (0..<500).map { step in
        TexturePoint(
          u: border + (1 - 2 * border) * Float(step) / 499, v: 0.5, level: Float(level))
      }
      let values = texture.sampled(points)
      for (point, value) in zip(points, values) {
        let expected = (point.u * Float(width) - 0.5) / 255
        #expect(abs(value.x - expected) <= byteError + Float(roundings(Double(level))))
      }
    }
  }

  @Test func edgesRepeatAndVIsUp() throws {
    // Rows from the top: 0 80 / 160 255.
    let texture = try MipmappedTexture(
      width: 2, height: 2, channels: 3, bytes: [0, 80, 160, 255].flatMap { [$0, $0, $0] })
    let cases: [(Float, Float, UInt8)] = [
      (0, 1, 0), (1, 1, 80), (0, 0, 160), (1, 0, 255), (-9, 1e30, 0), (1e30, 9, 80),
      (-.infinity, -.infinity, 160), (.infinity, -1e30, 255), (0.25, 0.75, 0), (0.75, 0.25, 255),
    ]
    for (u, v, byte) in cases {
      let value = texture.sampled([TexturePoint(u: u, v: v)])[0]
      #expect(abs(Double(value.y) - linear(byte)) <= roundings(0), "\(u), \(v)")
    }
    // What is not a number gives some texel.
    let wild = texture.sampled([
      TexturePoint(u: .nan, v: 0.5), TexturePoint(u: 0.5, v: .nan),
      TexturePoint(u: 0.5, v: 0.5, level: .nan), TexturePoint(u: 0.5, v: 0.5, level: .infinity),
    ])
    for value in wild { #expect(value.x >= 0 && value.x <= 1) }
  }

  @Test func sizesMustFit() {
    for (width, height, channels, count) in [(0, 1, 3, 0), (2, 2, 2, 8), (2, 2, 3, 11)] {
      #expect(throws: ProgramError.self) {
        try MipmappedTexture(
          width: width, height: height, channels: channels,
          bytes: [UInt8](repeating: 0, count: count))
      }
    }
  }
}
