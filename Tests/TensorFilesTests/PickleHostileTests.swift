/// Damaged and malicious pickles: an error or a value, never a crash and never code that runs.
import Compute
import Foundation
import TestSupport
import Testing

@testable import TensorFiles

@Suite struct PickleHostileTests {
  static func error(_ bytes: [UInt8]) -> ProgramError? {
    do {
      _ = try Pickle.read(bytes: bytes)
      return nil
    } catch {
      return error as? ProgramError
    }
  }

  static func error(_ text: String) -> ProgramError? { error(Array(text.utf8)) }

  @Test(arguments: [
    ("cos\nsystem\n(S'id'\ntR.", "os.system"),
    ("cposix\nsystem\n.", "posix.system"),
    ("(S'id'\nios\nsystem\n.", "os.system"),
    ("c__builtin__\neval\n(S'1'\ntR.", "__builtin__.eval"),
    ("cnumpy.core.multiarray\nfromfile\n.", "numpy.core.multiarray.fromfile"),
  ])
  func otherNamesAreRefused(text: String, name: String) {
    #expect(Self.error(text)?.found == name)
    #expect(Self.error(text)?.code == .dataError)
  }

  @Test func namesFromTheMemoAreRefused() {
    // The texts come from the memo: STACK_GLOBAL sees what BINGET pushed.
    let bytes: [UInt8] =
      [0x80, 4, 0x8c, 2, 111, 115, 0x94, 0x30, 0x8c, 6, 115, 121, 115, 116, 101, 109, 0x94, 0x30]
      + [0x68, 0, 0x68, 1, 0x93, 0x2e]
    #expect(Self.error(bytes)?.found == "os.system")
  }

  @Test func deepNestingIsRefused() {
    for depth in [300, 1_000_000] {
      let lists =
        [UInt8](repeating: 0x5d, count: depth) + [UInt8](repeating: 0x61, count: depth - 1)
      #expect(Self.error(lists + [0x2e])?.what == "the pickle is nested too deeply")
    }
  }

  @Test func cyclesAndBombsAreRefused() {
    // l = []; l.append(l)
    #expect(Self.error("(lp0\ng0\na.")?.what == "the pickle contains itself")
    // Each list holds the one before twice: 2^60 values.
    var bomb = "(lp0\n0"
    for level in 1...60 { bomb += "(g\(level - 1)\ng\(level - 1)\nlp\(level)\n0" }
    #expect(Self.error(bomb + "g60\n.")?.what == "the pickle unfolds too far")
  }

  @Test func lyingLengthsAreRefused() {
    let lies: [[UInt8]] = [
      [0x58, 0xff, 0xff, 0xff, 0xff, 97, 0x2e],
      [0x8d] + [UInt8](repeating: 0xff, count: 8) + [0x2e],
      [0x8e, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0x2e],
      [0x54, 0xff, 0xff, 0xff, 0xff, 0x2e],
      [0x8b, 0xff, 0xff, 0xff, 0x7f, 0x2e],
      [0x42, 0, 0, 0, 0x40, 0x2e],
    ]
    for lie in lies { #expect(Self.error(lie) != nil, "\(lie)") }
  }

  @Test(arguments: ["I-1\n", "L99999999999999999999999L\n", "I4611686018427387904\n", "I3\n"])
  func impossibleShapesAreRefused(extent: String) {
    let text =
      "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(\(extent)I4\ntcnumpy"
      + "\ndtype\n(S'f8'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\nS'abcd'\ntb."
    #expect(Self.error(text) != nil)
  }

  @Test func stacksAndOtherFormats() {
    for text in [
      "", ".", "0.", "t.", "a.", "s.", "R.", "b.", "(.", "(0.", "g7\n.", "Pid\n.", "]Q.", "I\n.",
      "hello", "PK\u{3}\u{4}", "N)R.", "](K\u{1}u.", "}(Nu.",
    ] {
      #expect(Self.error(text) != nil, "\(text.debugDescription)")
    }
  }

  @Test(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
  func truncationsAndFlips() throws {
    let paths =
      try Fixtures.files(in: "dinar/pickle_reader", prefix: "", suffix: ".pkl")
      + Fixtures.files(in: "motion", prefix: "dinar_torch_p2", suffix: ".pkl")
    for path in paths {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      var accepted: [Int] = []
      for length in 0..<bytes.count where Self.error(Array(bytes[..<length])) == nil {
        accepted.append(length)
      }
      #expect(accepted.isEmpty, "\(path) cut at \(accepted.first ?? 0)")
      for position in bytes.indices {
        var copy = bytes
        // Any change but none, the same in every run.
        copy[position] ^= UInt8(position * 37 % 255 + 1)
        do {
          _ = try Pickle.read(bytes: copy)
        } catch {
          if !(error is ProgramError) { Issue.record("\(path) at \(position): \(error)") }
        }
      }
    }
  }
}
