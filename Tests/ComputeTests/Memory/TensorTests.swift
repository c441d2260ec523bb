import Compute
import Testing

@Suite struct TensorTests {
  @Test func copiesAreIndependent() {
    let original = Tensor(shape: [2, 3], [1, 2, 3, 4, 5, 6])
    var copy = original
    copy.withUnsafeMutableBuffer { $0[4] = -1 }
    #expect(original.elements == [1, 2, 3, 4, 5, 6])
    #expect(copy.elements == [1, 2, 3, 4, -1, 6])
    #expect(original != copy)
    #expect(original == Tensor(shape: [2, 3], original.elements))
  }

  @Test func reshapingKeepsTheElements() {
    let tensor = Tensor(shape: [2, 3], [1, 2, 3, 4, 5, 6])
    #expect(tensor.reshaped([3, 1, 2]) == Tensor(shape: [3, 1, 2], [1, 2, 3, 4, 5, 6]))
    #expect(tensor.reshaped([6]) != tensor)
  }

  @Test func scalarsAndEmptyTensors() {
    #expect(Tensor(7).shape.isEmpty && Tensor(7)[0] == 7)
    #expect(Tensor(shape: [2, 0, 3]).elements.isEmpty)
  }

  /// What is viewed lives as long as the tensor and is never written.
  @Test func viewsAreCopiedWhenTheyAreWritten() {
    final class Owner: Sendable {
      let memory = AlignedBuffer<Float>(count: 4, filledWith: 3)
    }
    let owner = Owner()
    weak let alive = owner
    var tensor = Tensor(shape: [2, 2], viewing: owner.memory.pointer, of: owner)
    tensor.withUnsafeBuffer { #expect($0.baseAddress == UnsafePointer(owner.memory.pointer)) }
    tensor.withUnsafeMutableBuffer { $0[1] = 5 }
    #expect(tensor.elements == [3, 5, 3, 3] && owner.memory[1] == 3)
    #expect(alive != nil)
  }

  @Test func storageIsAligned() {
    Tensor(shape: [5]).withUnsafeBuffer {
      #expect(Int(bitPattern: $0.baseAddress) % 64 == 0)
    }
  }

  @Test func whatIsNotFiniteIsNamedWithItsPlace() throws {
    var tensor = Tensor(shape: [2, 3, 4], (0..<24).map { Float($0) })
    try tensor.checkFinite("the texture", file: "a.st", key: "t", least: 0)
    for (value, says) in [
      (Float.nan, "nan at [1, 0, 2]"), (-Float.infinity, "-inf at [1, 0, 2]"),
    ] {
      tensor.withUnsafeMutableBuffer { $0[14] = value }
      #expect {
        try tensor.checkFinite("the texture", file: "a.st", key: "t")
      } throws: {
        "\($0)" == "a.st: [t] the texture holds a number that is not finite "
          + "(expected finite numbers, found \(says))"
      }
    }
    tensor.withUnsafeMutableBuffer { $0[14] = -1e-30 }
    try tensor.checkFinite("a variance", file: nil, key: nil)
    #expect {
      try tensor.checkFinite("a variance", file: nil, key: nil, least: 0)
    } throws: { "\($0)".contains("out of range (expected numbers of at least 0.0, found -1e-30") }
    try Tensor(shape: [0, 4]).checkFinite("nothing", file: nil, key: nil)
  }
}
