/// The stack machine of Python's pickles, protocols 0 to 5.
///
/// Matches: CPython's `pickle.py`, `_Unpickler`. Differs: only the names of `PickleGlobal` exist;
/// every length is compared with the bytes that remain before anything is allocated; registered
/// extensions and buffers outside of the file are refused.
import Compute

struct PickleMachine {
  let heap: PickleHeap
  /// How many loads of nested streams lead here.
  let level: Int
  let input: UnsafeRawBufferPointer
  /// The next byte; after `run` the first one behind the pickle.
  private(set) var position: Int
  var stack: [PickleItem] = []
  var marks: [Int] = []
  var memo = PickleMemo()
  let storages: (any TorchStorageSource)?

  static let highestProtocol: UInt8 = 5
  /// A byte of a file can push an item of 24 bytes; Python's own pickles go a few thousand deep.
  static let deepestStack = 1 << 22
  static let mostMarks = 1 << 20
  /// Longer integers are refused: writing them out takes time that grows with the square.
  static let longestInteger = 1024

  init(
    _ input: UnsafeRawBufferPointer, from position: Int = 0, heap: PickleHeap, level: Int = 0,
    storages: (any TorchStorageSource)? = nil
  ) {
    self.input = input
    self.position = position
    self.heap = heap
    self.level = level
    self.storages = storages
  }

  func fail(_ what: String, expected: String? = nil, found: String? = nil) -> ProgramError {
    ProgramError(
      .dataError, what, expected: expected,
      found: found?.shortened() ?? "byte \(max(position - 1, 0))")
  }

  // MARK: Input

  mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard count >= 0, count <= input.count - position else {
      throw fail(
        "the pickle ends early", expected: "\(count) bytes more",
        found: "\(input.count - position)")
    }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: input[position..<position + count])
  }

  mutating func number<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) throws -> Int {
    let value = T(littleEndian: try take(MemoryLayout<T>.size).loadUnaligned(as: T.self))
    guard let result = Int(exactly: value) else {
      throw fail("a length in the pickle is too large", found: "\(value)")
    }
    return result
  }

  /// A line without its end.
  mutating func line() throws -> UnsafeRawBufferPointer {
    guard let end = input[position...].firstIndex(of: 10) else {
      throw fail("the pickle ends inside a line")
    }
    let result = UnsafeRawBufferPointer(rebasing: input[position..<end])
    position = end + 1
    return result
  }

  mutating func text() throws -> String { String(decoding: try line(), as: UTF8.self) }

  // MARK: Stack

  mutating func push(_ item: PickleItem) throws {
    guard stack.count < Self.deepestStack else { throw fail("the pickle's stack is too deep") }
    stack.append(item)
  }

  mutating func push(_ content: PickleObject.Content) throws {
    try push(heap.add(content))
  }

  /// Items below the last mark belong to somebody else.
  mutating func pop() throws -> PickleItem {
    guard stack.count > marks.last ?? 0, let item = stack.popLast() else {
      throw fail("the pickle takes from an empty stack")
    }
    return item
  }

  mutating func popMark() throws -> [PickleItem] {
    guard let mark = marks.popLast() else { throw fail("the pickle lacks a mark") }
    let items = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return items
  }

  func top() throws -> PickleItem {
    guard stack.count > marks.last ?? 0, let item = stack.last else {
      throw fail("the pickle looks at an empty stack")
    }
    return item
  }

  mutating func tuple(_ count: Int) throws {
    var items: [PickleItem] = []
    for _ in 0..<count { items.append(try pop()) }
    try push(.tuple(items.reversed()))
  }

  func recall(_ key: Int) throws -> PickleItem {
    guard let item = memo[key] else {
      throw fail("the pickle recalls what it never stored", found: "memo \(key)")
    }
    return item
  }

  /// Stores the item on top of the stack.
  mutating func remember(_ key: Int) throws {
    let item = try top()
    if memo.store(item, at: key) {
      try heap.charge(PickleMemo.bytesPerItem)
      guard memo.count <= PickleHeap.mostObjects else {
        throw fail(
          "the pickle remembers too many objects", expected: "at most \(PickleHeap.mostObjects)")
      }
    }
  }

  mutating func mark() throws {
    guard marks.count < Self.mostMarks else {
      throw fail("the pickle opens too many containers", expected: "at most \(Self.mostMarks)")
    }
    marks.append(stack.count)
  }

  // MARK: Running

  /// Reads one pickle.
  mutating func run() throws -> PickleItem {
    guard position < input.count else {
      throw fail("the pickle is empty", found: "no bytes")
    }
    while true {
      let byte = try take(1)[0]
      guard let code = PickleCode(rawValue: byte) else {
        throw fail(
          "this is not a pickle, or it is damaged", expected: "a pickle's code",
          found: "\(byte) at byte \(position - 1)")
      }
      if code == .stop { return try pop() }
      try heap.countStep()
      try step(code)
    }
  }

  // One case per code, in the order of Python's list by topic.
}
