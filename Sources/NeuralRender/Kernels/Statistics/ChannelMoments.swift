// Sums by channel over all pixels of an image, in pieces that do not depend on the number of threads.

import Compute

/// The sums of a kind of every channel: each item sums its pixels into its part of shared memory, then
/// the parts are merged in order.
///
/// Channels are summed sixteen at a time. Of 16 channels and more, the last sixteen overlap those before;
/// of fewer, pixels that lie side by side without a gap are taken as one wide pixel of whole vectors.
struct ChannelMoments: Sendable {
  let channels: Int
  let kind: MomentKind
  /// Channels of a wide pixel, a multiple of sixteen; 0 where pixels are summed one by one.
  private let wideChannels: Int
  /// Vectors of an item: those of pixels or of wide pixels, and one of what wide pixels leave over.
  private let vectors: Int

  init(channels: Int, kind: MomentKind) {
    precondition(channels > 0)
    self.channels = channels
    self.kind = kind
    var wide = channels
    while wide % 16 != 0 { wide += channels }
    wideChannels = channels < 16 ? wide : 0
    vectors = channels < 16 ? wide / 16 + 1 : (channels + 15) / 16
  }

  /// Pixels of an item: about 256 KiB of floats.
  private var pixelsPerItem: Int { max(512, 65536 / channels / 512 * 512) }

  /// Two counts (of the pixels or wide pixels, and of what they leave over) before the lanes.
  private static let header = 8
  private var itemDoubles: Int { Self.header + vectors * MomentLanes.doubles }

  func itemCount(height: Int, width: Int) -> Int {
    (height * width + pixelsPerItem - 1) / pixelsPerItem
  }

  /// Bytes of the shared memory, which must be aligned for doubles.
  func sharedBytes(height: Int, width: Int) -> Int {
    max(itemCount(height: height, width: width), 1) * itemDoubles * 8
  }

  private func part(_ shared: UnsafeMutableRawPointer, _ item: Int) -> UnsafeMutablePointer<Double>
  {
    (shared + item * itemDoubles * 8).bindMemory(to: Double.self, capacity: itemDoubles)
  }

  /// Sums the item's pixels.
  func accumulate(item: Int, from source: FeatureMap, shared: UnsafeMutableRawPointer) {
    let part = part(shared, item)
    part.initialize(repeating: 0, count: itemDoubles)
    var image = source
    if image.rowStride == image.width * image.pixelStride {
      (image.height, image.width) = (1, image.height * image.width)
    }
    var pixel = item * pixelsPerItem
    let end = min(pixel + pixelsPerItem, image.height * image.width)
    while pixel < end {
      let (y, x) = (pixel / image.width, pixel % image.width)
      let count = min(image.width - x, end - pixel)
      accumulate(image.pixel(y, x), image.pixelStride, count, into: part)
      pixel += count
    }
  }

  private func accumulate(
    _ pixels: UnsafePointer<Float>, _ stride: Int, _ count: Int,
    into part: UnsafeMutablePointer<Double>
  ) {
    let lanes = part + Self.header
    guard channels < 16 else {
      return blocks(pixels, stride, count, vectors, lanes, &part[0])
    }
    var rest = pixels
    var left = count
    if stride == channels {
      let wide = count * channels / wideChannels
      blocks(pixels, wideChannels, wide, vectors - 1, lanes, &part[0])
      rest += wide * wideChannels
      left -= wide * wideChannels / channels
    }
    let single = MomentLanes(memory: lanes + (vectors - 1) * MomentLanes.doubles)
    while left > 0 {
      let taken = min(left, MomentBlock.pixels)
      MomentBlock(base: rest, stride: stride, count: taken)
        .merge(into: single, before: part[1], kind) { loadFirst16($0, channels) }
      part[1] += Double(taken)
      rest += taken * stride
      left -= taken
    }
  }

  /// Pixels of at least one vector, block by block.
  private func blocks(
    _ pixels: UnsafePointer<Float>, _ stride: Int, _ count: Int, _ vectors: Int,
    _ lanes: UnsafeMutablePointer<Double>, _ counted: inout Double
  ) {
    let last = channels < 16 ? 16 * (vectors - 1) : channels - 16
    for first in Swift.stride(from: 0, to: count, by: MomentBlock.pixels) {
      let taken = min(MomentBlock.pixels, count - first)
      for vector in 0..<vectors {
        let base = pixels + first * stride + min(16 * vector, last)
        MomentBlock(base: base, stride: stride, count: taken)
          .merge(
            into: MomentLanes(memory: lanes + vector * MomentLanes.doubles), before: counted,
            kind, load: load16)
      }
      counted += Double(taken)
    }
  }

  /// Merges the items' parts into the first; to be called once, when all items are done. Without items
  /// all sums are 0.
  func merge(items: Int, shared: UnsafeMutableRawPointer) {
    let sum = part(shared, 0)
    guard items > 0 else { return sum.initialize(repeating: 0, count: itemDoubles) }
    for item in 1..<max(items, 1) {
      let other = part(shared, item)
      for vector in 0..<vectors {
        let place = channels < 16 && vector == vectors - 1 ? 1 : 0
        guard other[place] > 0 else { continue }
        let offset = Self.header + vector * MomentLanes.doubles
        MomentLanes(memory: sum + offset).merge(
          MomentLanes(memory: other + offset), MergeWeights(sum[place], other[place], kind))
      }
      sum[0] += other[0]
      sum[1] += other[1]
    }
  }

  /// The sums of a channel over all pixels, after `merge`.
  func moments(of channel: Int, shared: UnsafeMutableRawPointer) -> Moments {
    let sum = part(shared, 0)
    func lane(_ slot: Int, _ place: Int) -> Moments {
      let first = Self.header + slot / 16 * MomentLanes.doubles + slot % 16
      return Moments(count: sum[place], first: sum[first], second: sum[first + 16])
    }
    guard channels < 16 else {
      let isWhole = channel < channels / 16 * 16
      return lane(isWhole ? channel : 16 * vectors - channels + channel, 0)
    }
    var result = lane(wideChannels + channel, 1)
    for slot in Swift.stride(from: channel, to: wideChannels, by: channels) {
      result.merge(lane(slot, 0), kind)
    }
    return result
  }
}
