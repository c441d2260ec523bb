import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

/// A part of a pickle written by hand.
protocol PickleBytes {
  var pickleBytes: [UInt8] { get }
}

extension String: PickleBytes {
  var pickleBytes: [UInt8] { Array(utf8) }
}

extension Int: PickleBytes {
  var pickleBytes: [UInt8] { [UInt8(self)] }
}

extension UInt8: PickleBytes {
  var pickleBytes: [UInt8] { [self] }
}

extension Array: PickleBytes where Element: PickleBytes {
  var pickleBytes: [UInt8] { flatMap(\.pickleBytes) }
}

/// Pickles made to hurt: each must end in a `ProgramError`, quickly and without much memory.
@Suite struct PickleDamageTests {
  /// Bytes of a pickle out of texts and numbers.
  static func bytes(_ parts: any PickleBytes...) -> [UInt8] { parts.flatMap(\.pickleBytes) }

  static func error(_ bytes: [UInt8]) -> String? {
    do {
      _ = try Pickle.read(bytes: bytes)
      return nil
    } catch {
      return error is ProgramError ? "\(error)" : "not a ProgramError: \(error)"
    }
  }

  @Test(arguments: [
    ("os", "system"), ("builtins", "eval"), ("__builtin__", "exec"), ("posix", "system"),
    ("subprocess", "Popen"), ("builtins", "getattr"), ("numpy", "load"), ("torch", "load"),
    ("numpy.core.multiarray", "fromfile"), ("", ""), ("collections", "Counter"),
    ("chumpy.ch", "Evil"), ("scipy.sparse", "load_npz"), ("torch.storage", "FileStorage"),
  ])
  func unknownGlobalsAreNamed(module: String, name: String) throws {
    // GLOBAL, INST and STACK_GLOBAL.
    let files = [
      Self.bytes("c\(module)\n\(name)\n(S'true'\ntR."),
      Self.bytes("(S'true'\ni\(module)\n\(name)\n."),
      Self.bytes(
        [0x80, 4, 0x8c, UInt8(module.utf8.count)], module, [0x8c, UInt8(name.utf8.count)], name,
        [0x93], ")R."),
    ]
    for file in files {
      let text = try #require(Self.error(file))
      #expect(text.contains("\(module).\(name)"), "\(text)")
      #expect(text.contains("hint:"), "\(text)")
    }
  }

  @Test(arguments: ["]", "(", "}", ")", "N", "\u{8}"])
  func deepRecursion(code: String) throws {
    let count = 300_000
    // Lists in lists, tuples in tuples, dictionaries in dictionaries, open marks.
    let lists =
      [UInt8](repeating: UInt8(ascii: "]"), count: count)
      + [UInt8](repeating: UInt8(ascii: "a"), count: count - 1) + Array(".".utf8)
    #expect(Self.error(lists) != nil)
    let tuples = Array(")".utf8) + [UInt8](repeating: 0x85, count: count) + Array(".".utf8)
    #expect(Self.error(tuples) != nil)
    let many = [UInt8](repeating: code.utf8.first ?? 0, count: count)
    #expect(Self.error(many) != nil)
    // Discarded depth is no harm: the value is None.
    let dropped = lists.dropLast() + Array("0N.".utf8)
    guard case .none = try Pickle.read(bytes: Array(dropped)) else {
      Issue.record("expected None")
      return
    }
  }

  @Test func depthThatPythonWritesIsRead() throws {
    let depth = 100
    let file =
      [UInt8](repeating: UInt8(ascii: "]"), count: depth)
      + [UInt8](repeating: UInt8(ascii: "a"), count: depth - 1) + Array(".".utf8)
    var value = try Pickle.read(bytes: file)
    var found = 1
    while case .list(let values) = value, let first = values.first {
      value = first
      found += 1
    }
    #expect(found == depth)
  }

  @Test func cyclesAreRefused() {
    // l = []; l.append(l)  d = {}; d[1] = d  t = ([t],)  via the memo
    #expect(Self.error(Self.bytes("]q", 0, "h", 0, "a.")) != nil)
    #expect(Self.error(Self.bytes("}q", 0, "K", 1, "h", 0, "s.")) != nil)
    #expect(Self.error(Self.bytes("]q", 0, "h", 0, 0x85, "q", 1, "0h", 0, "h", 1, "a.")) != nil)
    // A chumpy array whose x is itself.
    #expect(
      Self.error(Self.bytes("cchumpy.ch\nCh\n)", 0x81, "q", 0, "}U", 1, "xh", 0, "sb.")) != nil)
  }

  @Test func memoBombs() {
    // a = []; b = [a] * 10; c = [b] * 10 ... : 10^30 lists when walked.
    var bomb = Self.bytes("]q", 0)
    for level in 1...30 {
      bomb += Self.bytes("0](")
      for _ in 0..<10 { bomb += Self.bytes("h", level - 1) }
      bomb += Self.bytes("eq", level)
    }
    #expect(Self.error(bomb + Self.bytes(".")) != nil)
  }

  @Test func sharedBytesAreShared() throws {
    // One megabyte, named ten thousand times, must stay one megabyte.
    let blob = [UInt8](repeating: 7, count: 1 << 20)
    var copies = Self.bytes("B", [0, 0, 0x10, 0] as [UInt8], blob, "q", 0, "0](")
    for _ in 0..<10_000 { copies += Self.bytes("h", 0) }
    guard case .list(let values) = try Pickle.read(bytes: copies + Self.bytes("e.")) else {
      Issue.record("expected a list")
      return
    }
    let places = Set(
      values.map { value in
        guard case .bytes(let bytes) = value else { return 0 }
        return bytes.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) }
      })
    #expect(values.count == 10_000 && places.count == 1)
  }

  @Test func lengthLies() {
    let all: [UInt8] = [0xff, 0xff, 0xff, 0xff]
    let huge: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]
    for code in ["T", "X", "B"] {
      #expect(Self.error(Self.bytes(code, all, "ab.")) != nil, "\(code)")
    }
    for code in [0x8d, 0x8e, 0x96, 0x95] {
      #expect(Self.error(Self.bytes(0x80, 4, code, huge, "ab.")) != nil, "\(code)")
      #expect(Self.error(Self.bytes(0x80, 4, code, all + all, "ab.")) != nil, "\(code)")
    }
    #expect(Self.error(Self.bytes(0x8b, all, "ab.")) != nil)
    #expect(Self.error(Self.bytes("L", String(repeating: "9", count: 1 << 20), "L\n.")) != nil)
    #expect(Self.error(Self.bytes("r", all, ".")) != nil)
    #expect(Self.error(Self.bytes(0x80, 6, "N.")) != nil)
    for code in [0x82, 0x83, 0x84, 0x97, 0x98] {
      #expect(Self.error(Self.bytes(0x80, 5, code, [1, 0, 0, 0], ".")) != nil, "\(code)")
    }
  }

  @Test(arguments: [
    "", ".", "a.", "e.", "s.", "u.", "t.", "0.", "1.", "2.", "R.", "b.", "h\0.", "(.",
  ])
  func emptyStacks(program: String) {
    #expect(Self.error(Array(program.utf8)) != nil)
  }

  // MARK: - Arrays

  /// numpy's way in protocol 2: the array of `type`, shape and data as given.
  static func array(
    type: String, order: String = "<", shape: [UInt8], wide: [UInt8] = [], data: [UInt8],
    fortran: Bool = false
  ) -> [UInt8] {
    bytes(
      0x80, 2, "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K", 0, "tU", 1, "btR(K", 1,
      "(", shape.flatMap { [UInt8(ascii: "K"), $0] }, wide, "tcnumpy\ndtype\n(U",
      type.utf8.count, type, "K", 0, "K", 1, "tR(K", 3, "U", 1, order, "NNNJ",
      [255, 255, 255, 255],
      "J", [255, 255, 255, 255], "K", 0, "tb", fortran ? 0x88 : 0x89, "U", data.count, data, "tb.")
  }

  @Test func arraysOfTheTest() throws {
    // The builder of the hostile arrays makes good ones too.
    guard
      case .tensor(let tensor) = try Pickle.read(
        bytes: Self.array(
          type: "i2", order: ">", shape: [2, 3], data: [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6],
          fortran: true))
    else {
      Issue.record("expected an array")
      return
    }
    #expect(tensor.shape == [2, 3])
    #expect(try tensor.ints() == [1, 3, 5, 2, 4, 6])
  }

  @Test func arrayLies() {
    let wide: [UInt8] = [0x8a, 8, 0, 0, 0, 0, 0, 0, 0, 0x40]
    let files: [(String, [UInt8])] = [
      ("too little data", Self.array(type: "f4", shape: [3], data: [0, 0, 0, 0])),
      ("too much data", Self.array(type: "f4", shape: [1], data: [0, 0, 0, 0, 0])),
      ("overflow", Self.array(type: "f8", shape: [4], wide: wide + wide, data: [])),
      ("no bytes, huge shape", Self.array(type: "U0", shape: [4], wide: wide, data: [])),
      ("no bytes, large shape", Self.array(type: "S0", shape: [255, 255, 255, 255], data: [])),
      ("negative", Self.array(type: "f4", shape: [], wide: [74, 255, 255, 255, 255], data: [])),
      ("unknown type", Self.array(type: "V8", shape: [1], data: [0, 0, 0, 0, 0, 0, 0, 0])),
      ("date", Self.array(type: "M8", shape: [1], data: [0, 0, 0, 0, 0, 0, 0, 0])),
      ("objects without list", Self.array(type: "O8", shape: [1], data: [0])),
      ("half a call", Self.bytes("cnumpy\nndarray\n)R.")),
      (
        "no state", Self.bytes("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n)K\u{1}tR.")
      ),
      ("scalar without type", Self.bytes("cnumpy.core.multiarray\nscalar\n(NNtR.")),
      (
        "a scalar of two",
        Self.bytes(
          "cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(U", 2, "f4tRU", 8, "abcdefghtR.")
      ),
    ]
    for (name, file) in files {
      let text = Self.error(file)
      #expect(text != nil, "\(name)")
      #expect(text?.hasPrefix("not a") != true, "\(name): \(text ?? "")")
    }
  }

  @Test func oneBlobManyArraysIsRefused() {
    // A megabyte in the memo; each big-endian array of it would be a copy.
    let blob = [UInt8](repeating: 0, count: 1 << 20)
    var file = Self.bytes(
      0x80, 2, "B", [0, 0, 0x10, 0], blob, "q", 0, "0cnumpy\ndtype\n(U", 2, "f4tR(K", 3, "U", 1,
      ">NNNNNNtbq", 1, "0](")
    for _ in 0..<20_000 {
      file += Self.bytes(
        "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n)U", 1, "btR(K", 1, "J",
        [0, 0, 4, 0], 0x85, "h", 1, 0x89, "h", 0, "tb")
    }
    #expect(Self.error(file + Self.bytes("e.")) != nil)
  }

  @Test func sparseLies() throws {
    func matrix(shape: [UInt8], indices: [UInt8], starts: [UInt8]) -> [UInt8] {
      func inner(_ type: String, _ values: [UInt8]) -> [UInt8] {
        // Without the protocol at the start and the stop at the end.
        Array(
          Self.array(type: type, shape: [UInt8(values.count)], data: values).dropFirst(2).dropLast()
        )
      }
      return Self.bytes(
        0x80, 2, "cscipy.sparse.csc\ncsc_matrix\n)", 0x81, "}(U", 4, "data",
        inner("i1", [UInt8](repeating: 2, count: indices.count)), "U", 7, "indices",
        inner("i1", indices), "U", 6, "indptr", inner("i1", starts), "U", 6, "_shape(",
        shape.flatMap { [UInt8(ascii: "K"), $0] }, "tub.")
    }
    let good = try Pickle.read(
      bytes: matrix(shape: [3, 2], indices: [0, 2, 1], starts: [0, 2, 3]))
    guard case .sparse(let sparse) = good else {
      Issue.record("expected a sparse matrix")
      return
    }
    #expect(try sparse.dense().doubles() == [2, 0, 0, 2, 2, 0])
    for (shape, indices, starts) in [
      ([3, 2], [0, 3, 1], [0, 2, 3]), ([3, 2], [0, 2, 1], [0, 2, 4]),
      ([3, 2], [0, 2, 1], [0, 2]),
      ([3, 2], [0, 2, 1], [0, 4, 3]), ([3, 2], [0, 2, 1], [1, 2, 3]), ([3], [0, 2, 1], [0, 3]),
      ([3, 2], [0, 255, 1], [0, 2, 3]), ([], [], [0]),
    ] as [([UInt8], [UInt8], [UInt8])] {
      #expect(
        Self.error(matrix(shape: shape, indices: indices, starts: starts)) != nil,
        "\(shape) \(indices) \(starts)")
    }
  }

  @Test func sparseMatricesOfImpossibleSizeAreNotFilledIn() throws {
    for columns in [1 << 28, 1 << 33, 1 << 40] {
      let matrix = try SparseMatrix(
        rowCount: 1, columnCount: columns, isColumnCompressed: false, starts: [0, 1],
        indices: [columns - 1], data: TensorData(shape: [1], floats: [1]))
      #expect(throws: ProgramError.self) { try matrix.dense() }
    }
  }

  @Test func oneArrayManyMatricesIsRefused() {
    // Each matrix would make its own list of places.
    let starts = 1 << 18
    var file = Self.bytes(
      0x80, 2, "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n)U", 1, "btR(K", 1, "J",
      [1, 0, 4, 0] as [UInt8], 0x85, "cnumpy\ndtype\n(U", 2, "i1tR", 0x89, "B",
      [1, 0, 4, 0] as [UInt8], [UInt8](repeating: 0, count: starts + 1), "tbq", 0, "0](")
    for _ in 0..<10_000 {
      file += Self.bytes(
        "cscipy.sparse.csc\ncsc_matrix\n)", 0x81, "}(U", 4, "datah", 0, "U", 7, "indicesh", 0, "U",
        6, "indptrh", 0, "U", 6, "_shapeK", 1, "J", [0, 0, 4, 0] as [UInt8], 0x86, "ub")
    }
    #expect(Self.error(file + Self.bytes("e.")) != nil)
  }

  @Test func torchViewsStayInTheirStorage() throws {
    func tensor(offset: UInt8, shape: [UInt8], strides: [UInt8], keys: Int = 1) -> [UInt8] {
      let numbers: [Float] = [1, 2, 3, 4, 5, 6]
      let stream = Self.bytes(
        0x80, 2, 0x8a, 10, [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19], ".", 0x80,
        2, "M", [0xe9, 3], ".", 0x80, 2, "}X", [13, 0, 0, 0], "little_endian", 0x88, "s.", 0x80, 2,
        "(X", [7, 0, 0, 0], "storagectorch\nFloatStorage\nX", [1, 0, 0, 0], "1X", [3, 0, 0, 0],
        "cpuK", 6, "NtQ.", 0x80, 2, "](", [UInt8](repeating: 0, count: 0),
        (0..<keys).flatMap { _ in Self.bytes("X", [1, 0, 0, 0], "1") }, "e.",
        [6, 0, 0, 0, 0, 0, 0, 0],
        numbers.withUnsafeBytes { [UInt8]($0) })
      func tuple(_ values: [UInt8]) -> [UInt8] {
        Self.bytes("(", values.flatMap { [UInt8(ascii: "K"), $0] }, "t")
      }
      return Self.bytes(
        0x80, 2, "ctorch._utils\n_rebuild_tensor_v2\n(ctorch.storage\n_load_from_bytes\n(B",
        [UInt8(stream.count & 255), UInt8(stream.count >> 8), 0, 0], stream, "tRK", Int(offset),
        tuple(shape), tuple(strides), 0x89, "ccollections\nOrderedDict\n)RtR.")
    }
    for (offset, shape, strides, expected) in [
      (0, [2, 3], [3, 1], [1, 2, 3, 4, 5, 6]), (0, [3, 2], [1, 3], [1, 4, 2, 5, 3, 6]),
      (1, [2], [2], [2, 4]), (2, [2, 2], [0, 1], [3, 4, 3, 4]), (5, [], [], [6]), (6, [0], [1], []),
    ] as [(UInt8, [UInt8], [UInt8], [Float])] {
      guard
        case .tensor(let read) = try Pickle.read(
          bytes: tensor(offset: offset, shape: shape, strides: strides))
      else {
        Issue.record("expected a tensor")
        continue
      }
      #expect(read.shape == shape.map(Int.init))
      #expect(try read.floats() == expected)
    }
    for (offset, shape, strides) in [
      (1, [2, 3], [3, 1]), (0, [7], [1]), (6, [], []), (0, [2], [6]), (0, [2, 3], [3]),
      (0, [255, 255, 255, 255, 255, 255, 255, 255], [0, 0, 0, 0, 0, 0, 0, 0]),
      (0, [255, 255, 255, 255], [0, 0, 0, 0]),
    ] as [(UInt8, [UInt8], [UInt8])] {
      #expect(
        Self.error(tensor(offset: offset, shape: shape, strides: strides)) != nil,
        "\(offset) \(shape) \(strides)")
    }
    #expect(Self.error(tensor(offset: 0, shape: [6], strides: [1], keys: 0)) != nil)
  }

  @Test func filesAreNamed() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).pkl").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data("cos\nsystem\n(S'x'\ntR.".utf8).write(to: URL(fileURLWithPath: path))
    do {
      _ = try Pickle.read(path: path)
      Issue.record("expected an error")
    } catch let error as ProgramError {
      #expect(error.file == path && "\(error)".contains("os.system"))
    }
    try Data().write(to: URL(fileURLWithPath: path))
    #expect(throws: ProgramError.self) { try Pickle.read(path: path) }
    #expect(throws: ProgramError.self) { try Pickle.read(path: path + ".missing") }
  }
}
