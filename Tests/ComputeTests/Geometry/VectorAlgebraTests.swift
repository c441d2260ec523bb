/// Products and lengths against the formulas written out, bit for bit: frames depend on them.
import Compute
import Testing

@Suite struct VectorAlgebraTests {
  private func compare<Scalar: BinaryFloatingPoint & SIMDScalar>(
    _ type: Scalar.Type
  ) where Scalar.RawSignificand: FixedWidthInteger {
    var random = PhiloxRandom(seed: 41)
    for _ in 0..<1000 {
      let a = SIMD3<Scalar>.random(in: -100..<100, using: &random)
      let b = SIMD3<Scalar>.random(in: -1..<1, using: &random)
      #expect(a.dot(b) == (a.x * b.x + a.y * b.y) + a.z * b.z)
      let cross = a.cross(b)
      #expect(cross.x == a.y * b.z - a.z * b.y)
      #expect(cross.y == a.z * b.x - a.x * b.z)
      #expect(cross.z == a.x * b.y - a.y * b.x)
      let length = ((a.x * a.x + a.y * a.y) + a.z * a.z).squareRoot()
      #expect(a.length == length)
      #expect(a.normalized == SIMD3(a.x / length, a.y / length, a.z / length))
    }
  }

  @Test func floatsAreTheFormulas() { compare(Float.self) }
  @Test func doublesAreTheFormulas() { compare(Double.self) }

  @Test func axesTurnRightHanded() {
    let (x, y, z): (SIMD3<Float>, SIMD3<Float>, SIMD3<Float>) = ([1, 0, 0], [0, 1, 0], [0, 0, 1])
    #expect(x.cross(y) == z && y.cross(z) == x && z.cross(x) == y)
    #expect(x.dot(y) == 0 && SIMD3<Float>(2, 3, 6).length == 7)
  }

  @Test func nothingHasNoDirection() {
    #expect(SIMD3<Float>.zero.normalized == .zero)
    #expect(SIMD3<Double>(.nan, 1, 0).normalized == .zero)
  }
}
