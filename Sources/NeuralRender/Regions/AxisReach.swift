// Which pixels the units of a layer read and write. A unit is what a kernel computes at once: an
// output pixel, a 4 x 4 tile of them, a low pixel that stands for 2 x 2.

/// Along one axis: unit u touches pixels low[u] ... high[u], both never decreasing.
///
/// Ranges are hulls: gaps between taps count as touched.
struct AxisReach: Sendable {
  private(set) var low: [Int]
  private(set) var high: [Int]
  /// For each pixel, the first unit that does not end before it and the last that does not begin
  /// behind it: a run of pixels a ..< b is touched by units first[a] ... last[b - 1].
  private(set) var first: [Int] = []
  private(set) var last: [Int] = []

  /// - Parameter positions: what each unit reads, before what lies outside 0 ..< pixels is mapped
  ///   by the border or left out.
  init(
    units: Int, pixels: Int, border: BorderMode = .zero, positions: (Int) -> Range<Int>
  ) {
    low = []
    high = []
    for unit in 0..<units {
      let range = positions(unit)
      let inside = range.compactMap { borderIndex($0, count: pixels, border: border) }
        .filter { $0 >= 0 && $0 < pixels }
      // A unit that reads nothing but zeros touches the pixel beside it: harmless.
      let beside = min(max(range.lowerBound, 0), pixels - 1)
      low.append(inside.min() ?? beside)
      high.append(inside.max() ?? beside)
    }
    for unit in stride(from: 1, to: units, by: 1) { high[unit] = max(high[unit], high[unit - 1]) }
    for unit in stride(from: units - 2, through: 0, by: -1) {
      low[unit] = min(low[unit], low[unit + 1])
    }
    // Both lists rise, so one walk along each finds all.
    var (next, reached) = (0, 0)
    for pixel in 0..<pixels {
      while next < units && high[next] < pixel { next += 1 }
      while reached < units && low[reached] <= pixel { reached += 1 }
      first.append(next)
      last.append(reached - 1)
    }
  }

  /// Units of `size` neighbouring pixels; the last may be cut.
  static func blocks(of size: Int, pixels: Int) -> AxisReach {
    AxisReach(units: (pixels + size - 1) / size, pixels: pixels) { $0 * size..<($0 + 1) * size }
  }
}

/// The pixels that each unit of a layer touches in one image.
enum Reach: Sendable {
  /// Unit (y, x) touches pixel (y, x).
  case same
  case window(y: AxisReach, x: AxisReach)
  /// Every unit touches every pixel.
  case everything

  /// What the units of a kernel read of an image.
  static func windows(
    of kernel: some WindowReader, units: ImageSize, in image: Place
  ) -> Reach {
    .window(
      y: AxisReach(
        units: units.height, pixels: image.height, border: kernel.border,
        positions: kernel.rowsRead),
      x: AxisReach(
        units: units.width, pixels: image.width, border: kernel.border,
        positions: kernel.columnsRead))
  }

  /// Units of `size` x `size` pixels.
  static func blocks(of size: Int, height: Int, width: Int) -> Reach {
    size == 1
      ? .same
      : .window(
        y: .blocks(of: size, pixels: height), x: .blocks(of: size, pixels: width))
  }
}

extension PixelSet {
  /// Adds the units, pixels of this set, that touch a pixel of another.
  mutating func insertUnits(touching pixels: PixelSet, _ reach: Reach) {
    switch reach {
    case .same: formUnion(pixels)
    case .everything: if !pixels.isEmpty { insertAll() }
    case .window(let y, let x):
      precondition(
        y.low.count == height && x.low.count == width && y.first.count == pixels.height
          && x.first.count == pixels.width)
      let (height, rowWords, sourceWords) = (height, rowWords, pixels.rowWords)
      mutate { base in
        pixels.read { source in
          withUnsafeTemporaryAllocation(of: UInt64.self, capacity: sourceWords) { row in
            guard let row = row.baseAddress else { return }
            for unit in 0..<height {
              row.update(from: source + y.low[unit] * sourceWords, count: sourceWords)
              for line in y.low[unit]...y.high[unit] {
                for word in 0..<sourceWords { row[word] |= source[line * sourceWords + word] }
              }
              forEachRun(row, sourceWords) { a, b in
                insertBits(base + unit * rowWords, x.first[a], x.last[b - 1] + 1)
              }
            }
          }
        }
      }
    }
  }

  /// Adds the pixels that units, pixels of another set, touch.
  mutating func insertPixels(touchedBy units: PixelSet, _ reach: Reach) {
    switch reach {
    case .same: formUnion(units)
    case .everything: if !units.isEmpty { insertAll() }
    case .window(let y, let x):
      precondition(
        y.low.count == units.height && x.low.count == units.width && y.first.count == height
          && x.first.count == width)
      let (rowWords, unitWords) = (rowWords, units.rowWords)
      mutate { base in
        units.read { source in
          withUnsafeTemporaryAllocation(of: UInt64.self, capacity: rowWords) { row in
            guard let row = row.baseAddress else { return }
            for unit in 0..<units.height {
              row.update(repeating: 0, count: rowWords)
              forEachRun(source + unit * unitWords, unitWords) { a, b in
                insertBits(row, x.low[a], x.high[b - 1] + 1)
              }
              for line in y.low[unit]...y.high[unit] {
                for word in 0..<rowWords { base[line * rowWords + word] |= row[word] }
              }
            }
          }
        }
      }
    }
  }
}

/// How a step computes its output in units and what each unit touches.
struct StepReach: Sendable {
  /// Units along each axis.
  let height: Int
  let width: Int
  /// The pixels of the output that a unit writes.
  let output: Reach
  /// The pixels of each input that a unit reads, in the order of the step's inputs.
  let inputs: [Reach]
  /// For each output pixel the pixels of each input that its definition reads, where units read more
  /// and mix it in by rounding; nil where they do not.
  var taps: [Reach]?

  /// The same of a step that also reads factors of all pixels, after its other inputs.
  func reading(_ factors: RunFactors?) -> StepReach {
    let more = (factors?.inputs ?? []).map { _ in Reach.everything }
    return StepReach(
      height: height, width: width, output: output, inputs: inputs + more,
      taps: taps.map { $0 + more })
  }

  /// A unit for the whole output.
  static func whole(_ inputs: [Place]) -> StepReach {
    StepReach(
      height: 1, width: 1, output: .everything, inputs: inputs.map { _ in .everything })
  }

  /// A unit a pixel that reads the same pixel of each input.
  static func pixelwise(_ output: Place, inputs: [Place]) -> StepReach {
    StepReach(
      height: output.height, width: output.width, output: .same, inputs: inputs.map { _ in .same })
  }
}
