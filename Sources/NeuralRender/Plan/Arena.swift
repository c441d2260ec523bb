import Compute

/// A piece of the memory of a plan: how many floats, and from which step to which step they are used.
struct ArenaBuffer {
  let count: Int
  var first: Int
  var last: Int
}

/// Places buffers in one block of memory so that those in use at the same time do not overlap.
///
/// The largest first, each at the lowest place that is free during its steps: a greedy packing, which
/// for networks comes close to the peak of what is live.
struct Arena {
  /// Floats before each buffer.
  let offsets: [Int]
  /// Floats of the whole block.
  let count: Int

  init(_ buffers: [ArenaBuffer]) {
    // Whole cache lines, and one more for vectors that reach behind the last pixel.
    func room(_ buffer: ArenaBuffer) -> Int { (buffer.count + 31) & ~15 }
    let order = buffers.indices.sorted {
      (buffers[$0].count, $1) > (buffers[$1].count, $0)
    }
    var offsets = [Int](repeating: 0, count: buffers.count)
    var placed: [Int] = []
    var total = 0
    for index in order {
      let buffer = buffers[index]
      let taken = placed.filter {
        buffers[$0].first <= buffer.last && buffers[$0].last >= buffer.first
      }
      .map { offsets[$0]..<offsets[$0] + room(buffers[$0]) }
      .sorted { $0.lowerBound < $1.lowerBound }
      var place = 0
      for range in taken {
        if range.lowerBound - place >= room(buffer) { break }
        place = max(place, range.upperBound)
      }
      offsets[index] = place
      total = max(total, place + room(buffer))
      placed.append(index)
    }
    self.offsets = offsets
    count = total
  }
}

/// Where a value of a graph lies while a plan runs: N images, channels last, inside a buffer.
struct Place: Sendable {
  let buffer: Int
  /// Floats from the buffer's start to the first channel of the first pixel.
  let offset: Int
  let images: Int
  let channels: Int
  let height: Int
  let width: Int
  /// Floats between pixels: more than `channels` inside a concatenation.
  let pixelStride: Int

  var pixels: Int { height * width }

  func channels(from first: Int, count: Int) -> Place {
    Place(
      buffer: buffer, offset: offset + first, images: images, channels: count, height: height,
      width: width, pixelStride: pixelStride)
  }
}

/// Where a value lies as bytes: its words of four channels as if they were floats.
struct BytePlace: Sendable {
  let words: Place
  let quantization: ChannelQuantization
  let scaling: ByteScaling
}

/// Where a step writes its result.
enum StepOutput: Sendable {
  case floats(Place)
  case bytes(BytePlace)
}

/// The memory of a plan.
final class PlanMemory: Sendable {
  let block: AlignedBuffer<Float>
  private let offsets: [Int]

  /// - Throws: when there is not enough memory.
  init(_ buffers: [ArenaBuffer]) throws {
    let arena = Arena(buffers)
    block = try AlignedBuffer(count: arena.count, for: "the network's layers")
    block.pointer.initialize(repeating: 0, count: arena.count)
    offsets = arena.offsets
  }

  var byteCount: Int { block.count * 4 }

  func map(_ place: Place, image: Int) -> FeatureMap {
    let start = offsets[place.buffer] + place.offset + image * place.pixels * place.pixelStride
    return FeatureMap(
      block.pointer + start, height: place.height, width: place.width, channels: place.channels,
      pixelStride: place.pixelStride)
  }

  func output(_ place: BytePlace, image: Int) -> ByteOutput {
    let words = map(place.words, image: image)
    // A place of bytes lives in other steps than the floats that share its memory.
    let memory = UnsafeMutableRawPointer(words.base)
    memory.bindMemory(to: Int32.self, capacity: words.height * words.rowStride)
    return ByteOutput(
      ByteMap(
        memory.assumingMemoryBound(to: UInt8.self), height: words.height, width: words.width,
        channels: place.scaling.channels, pixelStride: 4 * words.pixelStride), place.scaling)
  }
}
