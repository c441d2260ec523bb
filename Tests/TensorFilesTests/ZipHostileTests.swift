import CZ
import Compute
import Foundation
import TestSupport
import Testing

@testable import TensorFiles

/// Archives written by hand, so that every field can lie.
struct HandmadeZip {
  struct Entry {
    var name = "x.npy"
    var content: [UInt8]
    var deflates = false
    /// zip64: the sizes stand in the extra field, as NumPy writes entries of unknown size.
    var wide = false
    // What the directory claims; nil: the truth.
    var method: UInt16?
    var flags: UInt16 = 0
    var checksum: UInt32?
    var compressedSize: Int?
    var size: Int?
    var offset: Int?
    var localName: String?

    init(_ name: String = "x.npy", _ content: [UInt8]) {
      self.name = name
      self.content = content
    }
  }

  var entries: [Entry]
  var comment: [UInt8] = []
  var count: Int?
  var directoryOffset: Int?
  var directorySize: Int?
  var wideEnd = false

  init(_ entries: Entry...) { self.entries = entries }

  static func little(_ value: Int, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  static func deflated(_ content: [UInt8]) -> [UInt8] {
    var zlib = z_stream()
    deflateInit2_(
      &zlib, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&zlib) }
    var input = content
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&zlib, UInt(content.count))))
    let room = UInt32(output.count)
    input.withUnsafeMutableBufferPointer { from in
      output.withUnsafeMutableBufferPointer { to in
        zlib.next_in = from.baseAddress
        zlib.avail_in = UInt32(from.count)
        zlib.next_out = to.baseAddress
        zlib.avail_out = room
        deflate(&zlib, Z_FINISH)
      }
    }
    return Array(output[..<Int(room - zlib.avail_out)])
  }

  var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let data = entry.deflates ? Self.deflated(entry.content) : entry.content
      let sum = entry.content.withUnsafeBytes {
        UInt32(crc32_z(0, $0.bindMemory(to: UInt8.self).baseAddress, $0.count))
      }
      let size = entry.size ?? entry.content.count
      let compressed = entry.compressedSize ?? data.count
      let offset = entry.offset ?? file.count
      let common =
        Self.little(entry.wide ? 45 : 20, 2) + Self.little(Int(entry.flags), 2)
        + Self.little(Int(entry.method ?? (entry.deflates ? 8 : 0)), 2) + Self.little(0x21_0000, 4)
        + Self.little(Int(entry.checksum ?? sum), 4)
        + Self.little(entry.wide ? 0xffff_ffff : compressed, 4)
        + Self.little(entry.wide ? 0xffff_ffff : size, 4)
      let localName = Array((entry.localName ?? entry.name).utf8)
      let localExtra =
        Self.little(1, 2) + Self.little(16, 2) + Self.little(size, 8)
        + Self.little(compressed, 8)
      file += Self.little(0x0403_4b50, 4) + common + Self.little(localName.count, 2)
      file +=
        Self.little(entry.wide ? 20 : 0, 2) + localName + (entry.wide ? localExtra : []) + data
      let extra =
        Self.little(1, 2) + Self.little(24, 2) + Self.little(size, 8)
        + Self.little(compressed, 8) + Self.little(offset, 8)
      directory += Self.little(0x0201_4b50, 4) + Self.little(45, 2) + common
      directory += Self.little(entry.name.utf8.count, 2) + Self.little(entry.wide ? 28 : 0, 2)
      directory += Self.little(0, 10) + Self.little(entry.wide ? 0xffff_ffff : offset, 4)
      directory += Array(entry.name.utf8) + (entry.wide ? extra : [])
    }
    let start = directoryOffset ?? file.count
    let size = directorySize ?? directory.count
    let number = count ?? entries.count
    file += directory
    if wideEnd {
      let record = file.count
      file += Self.little(0x0606_4b50, 4) + Self.little(44, 8) + Self.little(45, 2)
      file += Self.little(45, 2) + Self.little(0, 8) + Self.little(number, 8)
      file += Self.little(number, 8) + Self.little(size, 8) + Self.little(start, 8)
      file += Self.little(0x0706_4b50, 4) + Self.little(0, 4) + Self.little(record, 8)
      file += Self.little(1, 4)
    }
    file += Self.little(0x0605_4b50, 4) + Self.little(0, 4)
    file += Self.little(wideEnd ? 0xffff : number, 2) + Self.little(wideEnd ? 0xffff : number, 2)
    file += Self.little(wideEnd ? 0xffff_ffff : size, 4)
    file += Self.little(wideEnd ? 0xffff_ffff : start, 4)
    return file + Self.little(comment.count, 2) + comment
  }
}

@Suite struct ZipHostileTests {
  static let tensor = TensorData(shape: [3, 5], floats: (0..<15).map { Float($0) * 0.5 })

  static func array() throws -> [UInt8] { try NPY.encode(tensor) }

  /// Reads everything in an archive of these bytes.
  static func readAll(_ bytes: [UInt8]) throws -> [String: TensorData] {
    let path = NPZTests.scratch("hand.npz")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let file = try NPZFile(path: path)
    var result: [String: TensorData] = [:]
    for name in file.names {
      result[name] = try file.tensor(name)
      var length = 0
      try file.stream(name) { length += $0.count }
      #expect(length == result[name]?.withUnsafeBytes { $0.count })
    }
    return result
  }

  static func error(_ zip: HandmadeZip) -> String? {
    do {
      _ = try readAll(zip.bytes)
      return nil
    } catch {
      return error is ProgramError ? "\(error)" : "not a ProgramError: \(error)"
    }
  }

  static func entry(_ change: (inout HandmadeZip.Entry) -> Void = { _ in }) throws
    -> HandmadeZip.Entry
  {
    var entry = HandmadeZip.Entry("x.npy", try array())
    change(&entry)
    return entry
  }

  @Test func goodArchives() throws {
    for deflates in [false, true] {
      for wide in [false, true] {
        for wideEnd in [false, true] {
          for comment in [0, 1, 100, 65535] {
            var zip = HandmadeZip(
              try Self.entry {
                $0.deflates = deflates
                $0.wide = wide
              },
              HandmadeZip.Entry("y.npy", try Self.array()))
            zip.wideEnd = wideEnd
            // A comment may even look like the end of an archive.
            zip.comment = Array(
              ([0x50, 0x4b, 5, 6] + [UInt8](repeating: 32, count: comment)).suffix(comment))
            let all = try Self.readAll(zip.bytes)
            #expect(all.keys.sorted() == ["x", "y"])
            #expect(try all["x"]?.floats() == Self.tensor.floats())
            #expect(try all["y"]?.floats() == Self.tensor.floats())
          }
        }
      }
    }
  }

  @Test func emptyArchive() throws {
    #expect(try Self.readAll(HandmadeZip().bytes).isEmpty)
  }

  @Test(arguments: [false, true]) func lies(deflates: Bool) throws {
    let length = try Self.array().count
    let cases: [(String, HandmadeZip.Entry)] = [
      ("checksum", try Self.entry { $0.checksum = 1 }),
      ("longer than it is", try Self.entry { $0.size = length + 1 }),
      ("shorter than it is", try Self.entry { $0.size = length - 1 }),
      ("huge size", try Self.entry { $0.size = 0xffff_fffe }),
      (
        "huge wide size",
        try Self.entry {
          $0.size = 1 << 60
          $0.wide = true
        }
      ),
      (
        "negative wide size",
        try Self.entry {
          $0.size = -1
          $0.wide = true
        }
      ),
      (
        "huge wide offset",
        try Self.entry {
          $0.offset = 1 << 47
          $0.wide = true
        }
      ),
      ("compressed beyond the file", try Self.entry { $0.compressedSize = 0x7fff_ffff }),
      ("compressed cut", try Self.entry { $0.compressedSize = 40 }),
      ("nothing compressed", try Self.entry { $0.compressedSize = 0 }),
      ("offset beyond the file", try Self.entry { $0.offset = 0x7fff_ffff }),
      ("offset elsewhere", try Self.entry { $0.offset = 3 }),
      ("unknown compression", try Self.entry { $0.method = 99 }),
      ("encrypted", try Self.entry { $0.flags = 1 }),
      ("other name in its own header", try Self.entry { $0.localName = "y.npy" }),
      ("longer name in its own header", try Self.entry { $0.localName = "xxxxxxx.npy" }),
      ("no array", HandmadeZip.Entry("x.npy", Array("hello".utf8))),
      ("empty", HandmadeZip.Entry("x.npy", [])),
      ("stored data called deflated", try Self.entry { $0.method = $0.deflates ? 0 : 8 }),
    ]
    for (name, entry) in cases {
      var entry = entry
      entry.deflates = deflates
      if name == "stored data called deflated" { entry.method = deflates ? 0 : 8 }
      let text = Self.error(HandmadeZip(entry))
      #expect(text != nil, "\(name)")
      #expect(text?.hasPrefix("not a") != true, "\(name): \(text ?? "")")
      #expect(text?.contains("hand.npz") == true, "\(name): \(text ?? "")")
    }
  }

  @Test func directoryLies() throws {
    let changes: [(String, (inout HandmadeZip) -> Void)] = [
      ("more entries", { $0.count = 2 }), ("many entries", { $0.count = 65535 }),
      ("offset", { $0.directoryOffset = 1 }), ("far offset", { $0.directoryOffset = 0x7fff_ffff }),
      ("size", { $0.directorySize = 10 }), ("large size", { $0.directorySize = 0x7fff_ffff }),
    ]
    for (name, change) in changes {
      for wideEnd in [false, true] {
        var zip = HandmadeZip(try Self.entry())
        zip.wideEnd = wideEnd
        change(&zip)
        let text = Self.error(zip)
        #expect(text != nil && text?.hasPrefix("not a") == false, "\(name) \(text ?? "")")
      }
    }
    var zip = HandmadeZip(try Self.entry())
    zip.wideEnd = true
    for value in [Int.max, -1, 1 << 50] {
      zip.count = value
      #expect(Self.error(zip) != nil)
      zip.count = nil
      zip.directoryOffset = value
      #expect(Self.error(zip) != nil)
      zip.directoryOffset = nil
      zip.directorySize = value
      #expect(Self.error(zip) != nil)
      zip.directorySize = nil
    }
  }

  @Test func overlappingEntries() throws {
    // Two names for one array: how a small archive unfolds to much.
    let second = try Self.entry {
      $0.name = "x.npy"
      $0.offset = 0
    }
    let twice = HandmadeZip(try Self.entry(), second)
    #expect(Self.error(twice)?.contains("overlap") == true, "\(Self.error(twice) ?? "")")
    // An entry inside another's data.
    let inner = HandmadeZip(HandmadeZip.Entry("x.npy", try Self.array())).bytes
    let outer = HandmadeZip.Entry("y.npy", inner)
    let hidden = try Self.entry { $0.offset = 30 + 5 }
    #expect(Self.error(HandmadeZip(outer, hidden))?.contains("overlap") == true)
  }

  @Test func sameNameTwice() throws {
    #expect(Self.error(HandmadeZip(try Self.entry(), try Self.entry())) != nil)
  }

  @Test func bombsAreRefusedByTheirRatio() throws {
    // A gigabyte claimed by a hundred bytes, before anything is inflated or allocated.
    var entry = try Self.entry {
      $0.deflates = true
      $0.size = 1 << 30
      $0.wide = true
    }
    let text = Self.error(HandmadeZip(entry))
    #expect(text?.contains("contradict") == true, "\(text ?? "")")
    // Content that is longer than claimed stops at the claim.
    entry = HandmadeZip.Entry("x.npy", try Self.array() + [UInt8](repeating: 0, count: 1 << 20))
    entry.deflates = true
    entry.size = try Self.array().count
    #expect(Self.error(HandmadeZip(entry))?.contains("more than") == true)
  }

  @Test func headerClaimsMoreThanTheEntry() throws {
    for shape in ["(1000000,)", "(17592186044416,)"] {
      for deflates in [false, true] {
        var entry = HandmadeZip.Entry("x.npy", NPYTests.file("<f4", shape, [0, 0, 0, 0]))
        entry.deflates = deflates
        let text = Self.error(HandmadeZip(entry))
        #expect(text?.contains("[x]") == true, "\(text ?? "no error")")
      }
    }
  }

  @Test func objectArraysLeaveTheOthersUsable() throws {
    let path = NPZTests.scratch("objects.npz")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let zip = HandmadeZip(
      HandmadeZip.Entry("o.npy", NPYTests.file("|O", "(1,)", [0x80, 2, 0x4e, 0x2e])),
      HandmadeZip.Entry("notes.txt", Array("text".utf8)), try Self.entry())
    try Data(zip.bytes).write(to: URL(fileURLWithPath: path))
    let file = try NPZFile(path: path)
    #expect(file.names == ["o", "x"])
    let error = #expect(throws: ProgramError.self) { try file.tensor("o") }
    #expect(error?.key == "o" && error?.found == "|O" && error?.file == path)
    #expect(throws: ProgramError.self) { try file.header("o") }
    #expect(throws: ProgramError.self) { try file.stream("o") { _ in } }
    #expect(try file.tensor("x").floats() == Self.tensor.floats())
  }

  @Test(arguments: [false, true]) func truncatedAtEveryByte(deflates: Bool) throws {
    let whole = HandmadeZip(try Self.entry { $0.deflates = deflates }).bytes
    for count in 0..<whole.count {
      #expect(throws: ProgramError.self, "\(count)") { try Self.readAll(Array(whole[..<count])) }
    }
  }

  @Test func writerRefusesTwoArraysOfOneName() throws {
    let path = NPZTests.scratch("twice.npz")
    #expect(throws: ProgramError.self) {
      try NPZ.write([("x", Self.tensor), ("x", Self.tensor)], to: path)
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func writerIsDeterministic() throws {
    let paths = [NPZTests.scratch("1.npz"), NPZTests.scratch("2.npz")]
    defer { for path in paths { try? FileManager.default.removeItem(atPath: path) } }
    for path in paths { try NPZ.write([("x", Self.tensor), ("y", Self.tensor)], to: path) }
    let files = try paths.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
    #expect(files[0] == files[1])
  }

  @Test func streamingNeedsNoMemoryOfTheArraysSize() throws {
    // 48 MB of zeros, as the pose correctives of the free body nearly are.
    let path = NPZTests.scratch("zeros.npz")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let count = 12_000_000
    try NPZ.write(
      [("zeros", TensorData(shape: [count], floats: [Float](repeating: 0, count: count)))],
      to: path)
    let file = try NPZFile(path: path)
    var total = 0
    var longest = 0
    try file.stream("zeros") {
      total += $0.count
      longest = max(longest, $0.count)
    }
    #expect(total == 4 * count)
    #expect(longest <= 1 << 18)
  }
}
