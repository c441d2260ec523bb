/// Random numbers by number: each element of a stream is a function of the seed, the stream and its
/// index, so that nothing depends on threads, on order, or on how a fill is split.
///
/// A seed stands for a run, a stream for one use in it: whoever needs numbers takes a stream of their
/// own, so that no use shifts another's numbers. Two ways lead to a stream's numbers, of which a stream
/// should see one: by index (`uniform(at:)`, `normal(at:)`, `fillUniform`, `fillNormal`), or one after
/// another as a `RandomNumberGenerator`, of which a copy goes on from where it was copied.
///
/// Element i of 32 bits is word `i % 4` of the block of Philox4x32-10 whose counter has `i / 4` in its
/// lower 64 bits and the stream in its upper ones, with the seed as the key; an element of 64 bits is
/// two of these, the lower first. The numbers are the same on every machine.
///
/// Matches: the counters of cuRAND's Philox (`curand_init(seed, subsequence: stream, offset)`).
public struct PhiloxRandom: RandomNumberGenerator, Sendable, Equatable {
  public let seed: UInt64
  public let stream: UInt64
  /// The index of the element of 64 bits that `next()` returns.
  public var position: UInt64 = 0

  public init(seed: UInt64, stream: UInt64 = 0) {
    self.seed = seed
    self.stream = stream
  }

  /// The stream of a use by its name, for what has no number: the 64-bit FNV-1a hash of the name, plus
  /// the index.
  ///
  /// - Parameters:
  ///   - use: what the numbers are for: "sampling noise".
  ///   - index: of a frame, a step or a layer that has a stream of its own.
  public init(seed: UInt64, use: String, index: UInt64 = 0) {
    let hash = use.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
      ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
    }
    self.init(seed: seed, stream: hash &+ index)
  }

  /// Element `index` of 32 bits.
  public func word(at index: UInt64) -> UInt32 { block(index >> 2)[Int(index & 3)] }

  /// Element `index` of 64 bits.
  public func longWord(at index: UInt64) -> UInt64 {
    let block = block(index >> 1)
    let pair = index & 1 == 0 ? block.lowHalf : block.highHalf
    return UInt64(pair.x) | UInt64(pair.y) << 32
  }

  /// A number of 0 ..< 1, a multiple of 2^-24, from element `index` of 32 bits.
  public func uniform(at index: UInt64) -> Float { Float(word(at: index) >> 8) * 0x1p-24 }

  /// A number of 0 ..< 1, a multiple of 2^-53, from element `index` of 64 bits.
  public func uniformDouble(at index: UInt64) -> Double {
    Double(longWord(at: index) >> 11) * 0x1p-53
  }

  /// A number of the standard normal distribution, at most 6.66 in magnitude: by Box and Muller from the
  /// pair of elements of 32 bits that `index` belongs to. The same bits on every machine.
  public func normal(at index: UInt64) -> Float {
    let pair = longWord(at: index >> 1)
    let normals = BoxMuller.pair(
      first: UInt32(truncatingIfNeeded: pair), second: UInt32(truncatingIfNeeded: pair >> 32))
    return index & 1 == 0 ? normals.0 : normals.1
  }

  public mutating func next() -> UInt64 {
    defer { position &+= 1 }
    return longWord(at: position)
  }

  private func block(_ index: UInt64) -> SIMD4<UInt32> {
    Philox.block(
      counter: [
        UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32),
        UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32),
      ],
      key: [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)])
  }
}
