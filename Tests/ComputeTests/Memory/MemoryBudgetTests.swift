import Compute
import Testing

@Suite struct MemoryBudgetTests {
  @Test func sizesThatOverflowAreTheLargest() {
    #expect(MemoryBudget.product() == 1)
    #expect(MemoryBudget.product(3, 5, 7) == 105)
    #expect(MemoryBudget.product(1 << 40, 1 << 40) == .max)
    #expect(MemoryBudget.product(0, .max, .max) == 0)
    #expect(MemoryBudget.product(-1, 4) == .max)
  }

  @Test func sizesInWords() {
    #expect(MemoryBudget.text(54_700_000_000) == "54.7 GB")
    #expect(MemoryBudget.text(1_000_000_000) == "1.0 GB")
    #expect(MemoryBudget.text(999_999_999) == "999.9 MB")
    #expect(MemoryBudget.text(70_000) == "0.0 MB")
  }

  @Test func thereIsMemoryAndNotWithoutEnd() {
    let available = MemoryBudget.available()
    #expect(available > 1 << 20 && available < 1 << 60)
  }

  @Test func whatIsNotThereIsRefusedWithItsSize() throws {
    try MemoryBudget.require(4096, for: "a page")
    for elements in [1 << 56, 1 << 60, Int.max] {
      do {
        _ = try AlignedBuffer<Float>(count: elements, for: "the ocean")
        Issue.record("\(elements) floats were granted")
      } catch {
        #expect(error.code == .osError && error.what == "there is not enough memory for the ocean")
        #expect(error.expected != nil && error.found != nil && error.hint != nil)
      }
    }
    do {
      try MemoryBudget.require(288_230_376_151_711_744, for: "the ocean")
      Issue.record("granted")
    } catch {
      #expect("\(error)".contains("expected 288230376.1 GB"))
    }
  }

  @Test func buffersThatFitAreGranted() throws {
    let small = try AlignedBuffer<Float>(count: 1000, for: "a row")
    #expect(Int(bitPattern: small.pointer) % 64 == 0 && small.count == 1000)
    let large = try AlignedBuffer<UInt8>(count: MemoryBudget.smallest + 1, for: "a picture")
    large[MemoryBudget.smallest] = 7
    #expect(large[MemoryBudget.smallest] == 7)
  }
}
