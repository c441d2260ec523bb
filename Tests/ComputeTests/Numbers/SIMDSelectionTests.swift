import Compute
import Testing

@Suite struct SIMDSelectionTests {
  @Test func everyLaneByItself() {
    let a = SIMD16<Float>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    for lane in 0..<16 {
      let selected = a.replacing(with: -1, where: a .== Float(lane))
      let ints = SIMD16<Int32>(a).replacing(
        with: -1, where: SIMD16<Int32>(a) .== Int32(lane))
      for other in 0..<16 {
        #expect(selected[other] == (other == lane ? -1 : Float(other)))
        #expect(ints[other] == (other == lane ? -1 : Int32(other)))
      }
    }
  }

  @Test func comparisonsAgreeWithScalars() {
    let values: [Float] = [-1, -0.0, 0, 0.5, 1, 2, .infinity, -.infinity, .nan, 3, -7, 1e-30]
    for (shift, one) in values.enumerated() {
      var (a, b) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
      for lane in 0..<16 {
        a[lane] = values[lane % values.count]
        b[lane] = values[(lane + shift) % values.count]
      }
      for lane in 0..<16 {
        #expect((a .> b)[lane] == (a[lane] > b[lane]))
        #expect((a .< b)[lane] == (a[lane] < b[lane]))
        #expect((a .>= b)[lane] == (a[lane] >= b[lane]))
        #expect((a .<= b)[lane] == (a[lane] <= b[lane]))
        #expect((a .== b)[lane] == (a[lane] == b[lane]))
        #expect((a .!= b)[lane] == (a[lane] != b[lane]))
        #expect((a .> one)[lane] == (a[lane] > one))
      }
    }
    let integers = SIMD16<Int32>(
      .min, -5, -1, 0, 1, 5, .max, 2, .min, -5, -1, 0, 1, 5, .max, 2)
    for lane in 0..<16 {
      for one in [Int32.min, -1, 0, 1, .max] {
        #expect((integers .> one)[lane] == (integers[lane] > one))
        #expect((integers .<= one)[lane] == (integers[lane] <= one))
        #expect((integers .< one)[lane] == (integers[lane] < one))
        #expect((integers .>= one)[lane] == (integers[lane] >= one))
        #expect((integers .== one)[lane] == (integers[lane] == one))
        #expect((integers .!= one)[lane] == (integers[lane] != one))
      }
    }
  }

  @Test func clampsAndKeepsNaN() {
    var a = SIMD16<Float>(repeating: 0.5)
    a[0] = -3
    a[1] = 7
    a[2] = .nan
    a[3] = .infinity
    let c = a.clamped(lowerBound: .zero, upperBound: .one)
    #expect(c[0] == 0 && c[1] == 1 && c[2].isNaN && c[3] == 1 && c[4] == 0.5)
  }
}
