import Compute
import Foundation
import Media
import TensorFiles
import TestSupport

/// Mutates what a file says instead of its bytes, so that what comes out can be read far more often: such
/// files test what is made of the content.
enum StructuredMutator {
  /// nil for a file of a kind that is not known here, or that is damaged already.
  static func mutate(_ file: [UInt8], using random: inout SeededGenerator) -> [UInt8]? {
    switch FileKind(head: file) {
    case .safetensors: SafetensorsMutator.mutate(file, using: &random)
    case .pickle: pickle(file, using: &random)
    case .png: picture(using: &random)
    case .zip: archive(file, using: &random)
    case .text: text(file, using: &random)
    default: nil
    }
  }

  private static let numbers: [Float] = [
    .nan, .infinity, -.infinity, 1e38, -1e38, 1e9, 1e6, -1e6, 1e-30, 0, -1, 3.2, 5000,
  ]

  // MARK: Texts

  /// Replaces what stands behind a colon, takes a line away, or gives it twice.
  private static func text(_ file: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
    var lines = file.split(separator: 10, omittingEmptySubsequences: false).map(Array.init)
    let values = [
      "1e400", "-1", "0", "99999999999999999999", "~", "[]", "{}", "*all", "&a [*a]", "!!int x",
      "\"\\u0000\"", "'", "|", "[[[[[[[[", "{a: {a: {a: {a", "<<: *all", "? [a, b]", "../..", "/",
      "!!binary ////", "2026-11-27", "0o17", "1:30:00", "\"\\x1b[2J\"",
    ]
    for _ in 0...random.below(3) {
      let index = random.below(lines.count)
      switch random.below(6) {
      case 0: lines.remove(at: index)
      case 1: lines.insert(lines[index], at: random.below(lines.count))
      default:
        guard let colon = lines[index].lastIndex(of: UInt8(ascii: ":")) else { continue }
        lines[index].replaceSubrange(
          (colon + 1)..., with: Array((" " + values[random.below(values.count)]).utf8))
      }
      if lines.isEmpty { return [] }
    }
    return Array(lines.joined(separator: [10]))
  }

  // MARK: Pickles

  private static func pickle(_ file: [UInt8], using random: inout SeededGenerator) -> [UInt8]? {
    guard var value = try? Pickle.read(bytes: file) else { return nil }
    for _ in 0...random.below(3) { value = changed(value, using: &random) }
    return try? Pickle.encode(value)
  }

  private static func changed(
    _ value: PickleValue, using random: inout SeededGenerator
  ) -> PickleValue {
    if random.below(12) == 0 { return odd(using: &random) }
    switch value {
    case .dict(var entries) where !entries.isEmpty:
      let index = random.below(entries.count)
      switch random.below(8) {
      case 0: entries.remove(at: index)
      case 1: entries[index].key = odd(using: &random)
      case 2: entries.append(entries[index])
      default: entries[index].value = changed(entries[index].value, using: &random)
      }
      return .dict(entries)
    case .list(var items) where !items.isEmpty:
      let index = random.below(items.count)
      if random.below(4) == 0 {
        items.remove(at: index)
      } else {
        items[index] = changed(items[index], using: &random)
      }
      return .list(items)
    case .tensor(let tensor): return .tensor(changed(tensor, using: &random))
    case .string: return .string(["male", "female", "", "NEUTRAL", "x/../y"][random.below(5)])
    case .int: return .int([0, -1, 7, 40, 100_000, .max, .min][random.below(7)])
    case .float: return .float(Double(numbers[random.below(numbers.count)]))
    default: return odd(using: &random)
    }
  }

  private static func changed(
    _ tensor: TensorData, using random: inout SeededGenerator
  ) -> TensorData {
    guard var values = try? tensor.floats() else { return tensor }
    let shapes = [[values.count], [1, values.count], [values.count, 1], [1, 1, values.count]]
    switch random.below(5) {
    case 0: values = []
    case 1: values += values
    case 2: values.removeLast(min(values.count, 1 + random.below(3)))
    default:
      for _ in 0..<(values.isEmpty ? 0 : 1 + random.below(3)) {
        values[random.below(values.count)] = numbers[random.below(numbers.count)]
      }
      return TensorData(
        shape: random.below(3) == 0 ? shapes[random.below(shapes.count)] : tensor.shape,
        floats: values)
    }
    return TensorData(shape: [1, values.count], floats: values)
  }

  private static func odd(using random: inout SeededGenerator) -> PickleValue {
    let values: [PickleValue] = [
      .none, .bool(true), .int(0), .string("a\u{1b}[2J\n\0"), .list([]), .dict([]), .bytes([1]),
      .float(.nan), .tuple([.int(1)]), .tensor(TensorData(shape: [0], floats: [])),
      .bigInteger("123456789012345678901"),
      .tensor(TensorData(scalarType: .bool, shape: [2], bytes: [1, 0])),
    ]
    return values[random.below(values.count)]
  }

  // MARK: Pictures

  /// Another picture: sizes, kinds and contents that files have or that nobody expects.
  private static func picture(using random: inout SeededGenerator) -> [UInt8]? {
    let sizes = [(48, 64), (48, 64), (48, 64), (24, 32), (1, 1), (1, 300), (300, 1), (47, 64)]
    let (width, height) = sizes[random.below(sizes.count)]
    let channels = 1 + random.below(4)
    let (kind, count) = (random.below(4), width * height * channels)
    let (x, y) = (random.below(width), random.below(height))
    func value(_ index: Int) -> UInt8 {
      let pixel = index / channels
      switch kind {
      case 0: return 0
      case 1: return 255
      case 2: return pixel == y * width + x ? 255 : 0
      default: return abs(pixel % width - x) < 12 && abs(pixel / width - y) < 20 ? 220 : 0
      }
    }
    let bytes = (0..<count).map(value)
    let picture =
      random.below(4) == 0
      ? try? Picture(
        width: width, height: height, channels: channels, words: bytes.map { UInt16($0) * 257 })
      : try? Picture(width: width, height: height, channels: channels, bytes: bytes)
    return picture.flatMap { try? PNGFile.encode($0) }
  }

  // MARK: Archives

  /// Overwrites numbers in a stored entry, or those that a pickle's text has.
  private static func archive(_ file: [UInt8], using random: inout SeededGenerator) -> [UInt8]? {
    var bytes = file
    let entries = ZipRepair.entries(of: bytes)
    guard !entries.isEmpty else { return nil }
    for _ in 0...random.below(3) {
      // The first entry of a checkpoint says what the others hold.
      let entry = random.below(3) == 0 ? entries[0] : entries[random.below(entries.count)]
      guard entry.count >= 4 else { continue }
      if entry == entries[0], random.below(2) == 0 {
        changeDigit(&bytes, in: entry, using: &random)
        continue
      }
      // Values lie at its end, behind a header if there is one.
      let at = entry.upperBound - 4 * (1 + random.below(entry.count / 4))
      let bits = numbers[random.below(numbers.count)].bitPattern
      for index in 0..<4 {
        bytes[at + index] = UInt8(truncatingIfNeeded: bits >> UInt32(8 * index))
      }
    }
    return ZipRepair.withRightCheckSums(bytes)
  }

  /// Keeps the length, so that the archive stays whole.
  private static func changeDigit(
    _ bytes: inout [UInt8], in entry: Range<Int>, using random: inout SeededGenerator
  ) {
    let places = entry.filter { 48...57 ~= bytes[$0] }
    guard let place = places.randomElement(using: &random) else { return }
    bytes[place] = UInt8(48 + random.below(10))
  }
}
