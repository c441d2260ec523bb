/// Fills of buffers: the elements by index, however they are split.
import Testing

@testable import Compute

@Suite struct PhiloxFillTests {
  enum Distribution: CaseIterable { case uniform, normal }

  let random = PhiloxRandom(seed: 11, stream: 22)

  private func fill(
    _ kind: Distribution, _ buffer: UnsafeMutableBufferPointer<Float>, from offset: UInt64
  ) {
    switch kind {
    case .uniform: random.fillUniform(buffer, from: offset)
    case .normal: random.fillNormal(buffer, from: offset)
    }
  }

  private func values(_ kind: Distribution, count: Int, from offset: UInt64 = 0) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      fill(kind, .init(rebasing: buffer[..<count]), from: offset)
      filled = count
    }
  }

  private func bits(_ values: some Sequence<Float>) -> [UInt32] { values.map(\.bitPattern) }

  @Test(
    arguments: Distribution.allCases,
    [0, 1, 2, 31, 32, 33, (1 << 34) - 5, .max - 70] as [UInt64])
  func elementsAreThoseByIndex(kind: Distribution, offset: UInt64) {
    for count in [0, 1, 3, 15, 31, 32, 33, 127] {
      let expected = (0..<UInt64(count)).map { k in
        let index = offset &+ k
        return kind == .uniform ? random.uniform(at: index) : random.normal(at: index)
      }
      #expect(bits(values(kind, count: count, from: offset)) == bits(expected), "\(count)")
    }
  }

  @Test(arguments: Distribution.allCases) func piecesAreTheWhole(kind: Distribution) {
    let whole = values(kind, count: 500)
    var cuts = PhiloxRandom(seed: 1)
    for _ in 0..<20 {
      var joined: [Float] = []
      while joined.count < whole.count {
        let count = min(1 + cuts.integer(below: 90), whole.count - joined.count)
        joined += values(kind, count: count, from: UInt64(joined.count))
      }
      #expect(bits(joined) == bits(whole))
    }
  }

  @Test(arguments: Distribution.allCases) func threadsChangeNothing(kind: Distribution) {
    let (count, piece) = (3000, 77)
    let whole = bits(values(kind, count: count))
    for threads in [1, 2, 5] {
      let buffer = AlignedBuffer<Float>(count: count)
      nonisolated(unsafe) let base = buffer.pointer
      // Pieces are disjoint.
      WorkerPool(threads: threads).run((count + piece - 1) / piece) { [self] index, _ in
        let first = index * piece
        fill(
          kind, .init(start: base + first, count: min(piece, count - first)), from: UInt64(first))
      }
      #expect(bits((0..<count).map { buffer[$0] }) == whole, "\(threads)")
    }
  }

  @Test func nothingBesideTheBufferIsWritten() {
    var values = [Float](repeating: 7, count: 100)
    values.withUnsafeMutableBufferPointer {
      random.fillNormal(.init(rebasing: $0[10..<75]), from: 3)
      random.fillUniform(.init(rebasing: $0[80..<80]))
    }
    #expect(values[..<10].allSatisfy { $0 == 7 } && values[75...].allSatisfy { $0 == 7 })
    #expect(values[10] == random.normal(at: 3))
  }
}
