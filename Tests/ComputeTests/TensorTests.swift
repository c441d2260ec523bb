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

  @Test func storageIsAligned() {
    Tensor(shape: [5]).withUnsafeBuffer {
      #expect(Int(bitPattern: $0.baseAddress) % 64 == 0)
    }
  }
}
