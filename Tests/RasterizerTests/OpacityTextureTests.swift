import Compute
import TestSupport
import Testing

@testable import Rasterizer

@Suite struct OpacityTextureTests {
  /// Opacity at points, sixteen at a time.
  func sampled(_ texture: OpacityTexture, _ points: [SIMD2<Float>]) -> [Float] {
    var result: [Float] = []
    for first in stride(from: 0, to: points.count, by: 16) {
      var (u, v) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
      for lane in 0..<min(16, points.count - first) {
        (u[lane], v[lane]) = (points[first + lane].x, points[first + lane].y)
      }
      let opacity = texture.view.opacity(u: u, v: v)
      for lane in 0..<min(16, points.count - first) { result.append(opacity[lane]) }
    }
    return result
  }

  @Test(arguments: OpacityTexture.Addressing.allCases)
  func equalsItsScalarTwin(addressing: OpacityTexture.Addressing) throws {
    var generator = SeededGenerator(state: 21)
    for (width, height) in [(1, 1), (2, 1), (1, 5), (7, 3), (64, 33)] {
      let opacity = try TestOpacity.noise(
        width, height, addressing: addressing, &generator)
      var points: [SIMD2<Float>] = []
      for reach: Float in [0.1, 1, 20, 1e6] {
        for _ in 0..<200 {
          points.append(
            [
              .random(in: -reach...reach, using: &generator),
              .random(in: -reach...reach, using: &generator),
            ])
        }
      }
      for a in HostileNumbersTests.numbers {
        for b in HostileNumbersTests.numbers + [0.3] { points += [[a, b], [b, a]] }
      }
      // Texel centres, borders and the ends, from both sides.
      for k in -2...2 * width + 2 {
        let u = Float(k) / Float(2 * width)
        points += [[u, 0.5], [u.nextUp, 1], [u.nextDown, 0]]
      }
      let expected = points.map { opacity.opacity(u: $0.x, v: $0.y) }
      #expect(bits(sampled(opacity.texture, points)) == bits(expected), "\(width) x \(height)")
      #expect(expected.allSatisfy { (0...255).contains($0) })
    }
  }

  @Test func texelsAndWhatLiesBetweenThem() throws {
    // Rows from the top: 10 20 / 30 50.
    let bytes: [UInt8] = [10, 20, 30, 50]
    let points: [SIMD2<Float>] = [
      [0.25, 0.75], [0.75, 0.75], [0.25, 0.25], [0.75, 0.25], [0.5, 0.75], [0.25, 0.5], [0.5, 0.5],
      [0, 1], [1, 0], [1.25, -0.25], [-3, 9],
    ]
    let clamped = try OpacityTexture(width: 2, height: 2, bytes: bytes, addressing: .clamped)
    #expect(
      sampled(clamped, points) == [10, 20, 30, 50, 15, 20, 27.5, 10, 50, 50, 10])
    let repeated = try OpacityTexture(width: 2, height: 2, bytes: bytes, addressing: .repeated)
    #expect(
      sampled(repeated, points)
        == [10, 20, 30, 50, 15, 20, 27.5, 27.5, 27.5, 10, 27.5])
  }

  @Test func sizesAndThresholdsThatDoNotFitAreErrors() throws {
    for (width, height, count) in [(0, 1, 0), (2, 2, 3), (2, 2, 5), (-1, -1, 1), (16385, 1, 16385)]
    {
      #expect(throws: ProgramError.self) {
        try OpacityTexture(
          width: width, height: height, bytes: [UInt8](repeating: 0, count: count),
          addressing: .clamped)
      }
    }
    #expect(throws: ProgramError.self) {
      try OpacityTexture(width: .max, height: .max, bytes: [1], addressing: .clamped)
    }
    let texture = try OpacityTexture(width: 1, height: 1, bytes: [1], addressing: .clamped)
    let values = AlignedBuffer<Float>(count: 16, filledWith: 0)
    let attribute = VertexAttribute(values: values.pointer, indexing: .vertex)
    for threshold: Float in [.nan, 0, -0.5, 1.01, .infinity] {
      #expect(throws: ProgramError.self) {
        try CutOut(texture: texture, u: attribute, v: attribute, threshold: threshold)
      }
    }
    #expect(throws: Never.self) {
      try CutOut(texture: texture, u: attribute, v: attribute, threshold: 1)
    }
  }
}
