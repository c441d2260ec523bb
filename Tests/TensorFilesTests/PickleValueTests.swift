/// Literals, containers and special objects of pickles against their values.
import Compute
import Testing

@testable import TensorFiles

@Suite struct PickleValueTests {
  static func read(_ text: String) throws -> PickleValue {
    try Pickle.read(bytes: Array(text.utf8))
  }

  static let array =
    "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n"

  /// A pickled one-axis array; `data` in Python's escapes.
  static func array(_ type: String, _ shape: String, _ data: String) -> String {
    array + "(\(shape)tcnumpy\ndtype\n(S'\(type)'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\n"
      + "S'\(data)'\ntb"
  }

  @Test func numbers() throws {
    #expect(try Self.read("I-12\n.").integer == -12)
    #expect(try Self.read("L77L\n.").integer == 77)
    #expect(try Self.read("F-1.5e3\n.").number == -1500)
    let cases: [([UInt8], String)] = [
      ([0, 0, 0, 0, 0, 0, 0, 0, 1], "18446744073709551616"),
      ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe], "-18446744073709551617"),
      ([0, 0, 0, 0, 0, 0, 0, 0x80, 0], "9223372036854775808"),
    ]
    for (bytes, digits) in cases {
      guard
        case .bigInteger(let text) = try Pickle.read(
          bytes: [0x8a, UInt8(bytes.count)] + bytes + [0x2e])
      else {
        Issue.record("\(digits) is no big integer")
        continue
      }
      #expect(text == digits)
    }
    #expect(try Pickle.read(bytes: [0x8a, 2, 0, 0xff, 0x2e]).integer == -256)
    #expect(try Pickle.read(bytes: [0x8a, 0, 0x2e]).integer == 0)
  }

  @Test func texts() throws {
    #expect(try Self.read("S'a\\x41\\n\\\\'\n.").string == "aA\n\\")
    #expect(try Self.read("Va\\u20ac\n.").string == "a€")
    #expect(try Pickle.read(bytes: [0x55, 1, 0xe9, 0x2e]).string == "é")
    guard case .bytes(let bytes) = try Self.read("c_codecs\nencode\n(V\\u00e9\nVlatin1\ntR.") else {
      Issue.record("no bytes")
      return
    }
    #expect(bytes == [0xe9])
  }

  @Test func containers() throws {
    let value = try Self.read("(dVa\nI1\nsVa\nI2\nsI5\nc__builtin__\nset\n((lI7\natRs.")
    #expect(value["a"]?.integer == 2)
    #expect(value[5]?[0]?.integer == 7)
    #expect(value.keys == ["a", "a"])
    #expect(try Self.read("ctorch\nSize\n((I2\nI3\nttR.")[1]?.integer == 3)
  }

  @Test func chumpyArrays() throws {
    let text =
      "ccopy_reg\n_reconstructor\n(cchumpy.ch\nCh\nc__builtin__\nobject\nNtR(dS'x'\n"
      + Self.array("u1", "I3\n", "\\x01\\x02\\x03") + "sb."
    #expect(try Self.read(text).tensor()?.ints() == [1, 2, 3])
  }

  @Test(arguments: ["scipy.sparse.csc", "scipy.sparse._csc"])
  func sparseMatrices(module: String) throws {
    // [[5, 0, 7], [0, 6, 0]], by columns.
    let text =
      "ccopy_reg\n_reconstructor\n(c\(module)\ncsc_matrix\nc__builtin__\nobject\nNtR(d"
      + "S'_shape'\n(I2\nI3\ntsS'indptr'\n" + Self.array("u1", "I4\n", "\\x00\\x01\\x02\\x03")
      + "sS'indices'\n" + Self.array("u1", "I3\n", "\\x00\\x01\\x00") + "sS'data'\n"
      + Self.array("u1", "I3\n", "\\x05\\x06\\x07") + "sb."
    let value = try Self.read(text)
    let dense = try #require(try value.tensor())
    #expect(dense.shape == [2, 3])
    #expect(try dense.doubles() == [5, 0, 7, 0, 6, 0])
  }

  @Test func objectArraysAreLists() throws {
    let text =
      Self.array + "(I2\ntcnumpy\ndtype\n(S'O8'\nI0\nI1\ntR(I3\nS'|'\nNNNI-1\nI-1\nI63\ntbI00\n"
      + "(lVa\naI2\natb."
    #expect(try Self.read(text)[0]?.string == "a")
    #expect(try Self.read(text)[1]?.integer == 2)
  }
}
