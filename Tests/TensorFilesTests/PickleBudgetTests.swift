import Compute
import Testing

@testable import TensorFiles

/// Pickles of a few bytes that ask for much: each is refused by what it may take, in words.
@Suite struct PickleBudgetTests {
  private static func expect(
    _ bytes: [UInt8], _ text: String, location: SourceLocation = #_sourceLocation
  ) {
    let error = PickleHostileTests.error(bytes)
    #expect(error?.code == .dataError, sourceLocation: location)
    #expect(
      error?.what.contains(text) == true, "\(error?.what ?? "none")", sourceLocation: location)
  }

  @Test func memoCodes() {
    // MEMOIZE numbers what lies on the stack again and again.
    let count = PickleHeap.mostObjects + 2
    Self.expect([0x4e] + [UInt8](repeating: 0x94, count: count) + [0x2e], "remembers too many")
    // LONG_BINPUT at numbers far apart.
    var sparse: [UInt8] = [0x4e]
    for index in 0..<UInt32(PickleHeap.mostObjects + 2) {
      let number = index &* 3 &+ 1
      sparse += [0x72] + (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    Self.expect(sparse + [0x2e], "remembers too many")
  }

  @Test func marksStackAndSteps() {
    Self.expect([UInt8](repeating: 0x28, count: PickleMachine.mostMarks + 1), "too many containers")
    Self.expect([UInt8](repeating: 0x4e, count: PickleMachine.deepestStack + 1), "too deep")
    // Pushes and pops.
    var steps = [UInt8](repeating: 0x4e, count: PickleHeap.mostSteps + 2)
    for index in stride(from: 1, to: steps.count, by: 2) { steps[index] = 0x30 }
    Self.expect(steps, "too many steps")
  }

  @Test func objectsForAByteEach() {
    Self.expect([UInt8](repeating: 0x5d, count: 3_500_000), "far larger than its file")
  }

  /// A tuple of 100,000 passed to a call of four bytes, 50,000 times.
  @Test func longArgumentsAgainAndAgain() {
    let tuple = [0x28] + [UInt8](repeating: 0x4e, count: 100_000) + [0x74, 0x94]
    let call: [UInt8] = [0x68, 1, 0x68, 0, 0x52, 0x30]
    let bytes =
      tuple + Array("ccollections\nOrderedDict\n".utf8) + [0x94]
      + (0..<50_000).flatMap { _ in call } + [0x2e]
    #expect(PickleHostileTests.error(bytes) != nil)
    let opaque =
      tuple + Array("cno.such\nclass\n".utf8) + [0x94] + (0..<50_000).flatMap { _ in call } + [0x2e]
    let heap = PickleHeap(inputCount: opaque.count, toleratesUnknown: true)
    let error = #expect(throws: ProgramError.self) {
      try opaque.withUnsafeBytes {
        var machine = PickleMachine($0, heap: heap)
        _ = try machine.run()
      }
    }
    #expect(error?.what.contains("far larger than its file") == true, "\(error.debugDescription)")
  }

  @Test func textsInErrorsAreShort() {
    let long = [UInt8](repeating: 65, count: 1 << 20)
    for bytes in [
      [0x67] + long + [10, 0x2e], [0x46] + long + [10, 0x2e], [0x70] + long + [10, 0x2e],
    ] {
      let error = PickleHostileTests.error(bytes)
      #expect(error != nil && "\(error.debugDescription)".utf8.count < 1000)
    }
  }

  @Test func memoKeepsWhatPythonWouldKeep() throws {
    // Numbers in any order, given twice, with holes: N at 5, 0, 1, 0; then the list.
    var memo = PickleMemo()
    #expect(memo.store(.int(5), at: 5) && memo.store(.int(0), at: 0) && memo.store(.int(1), at: 1))
    #expect(!memo.store(.int(10), at: 0) && memo.count == 3)
    for index in 2...5 { #expect(memo.store(.int(100 + index), at: index) == (index != 5)) }
    #expect(memo.count == 6)
    for (key, value) in [(0, 10), (1, 1), (2, 102), (5, 105)] {
      guard case .int(value)? = memo[key] else {
        Issue.record("memo \(key)")
        continue
      }
    }
    for key in [6, -1] {
      if case .some = memo[key] { Issue.record("memo \(key)") }
    }
  }
}
