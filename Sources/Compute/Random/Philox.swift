/// Philox4x32-10: 128 bits that look random for each pair of a counter and a key.
///
/// Matches: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as
/// 1, 2, 3", SC 2011, and their Random123 library, whose known answers are tests here.
enum Philox {
  static let rounds = 10
  /// What words 0 and 2 of a counter are multiplied by in each round.
  static let multipliers: SIMD2<UInt32> = [0xD251_1F53, 0xCD9E_8D57]
  /// What the key grows by between rounds: the golden ratio, and the square root of three less one.
  static let keyStep: SIMD2<UInt32> = [0x9E37_79B9, 0xBB67_AE85]

  /// The block of a counter: four words of 32 bits.
  static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var (x, y, z, w) = (counter.x, counter.y, counter.z, counter.w)
    var (low, high) = (key.x, key.y)
    for _ in 0..<rounds {
      let one = x.multipliedFullWidth(by: multipliers.x)
      let other = z.multipliedFullWidth(by: multipliers.y)
      (x, y, z, w) = (other.high ^ y ^ low, other.low, one.high ^ w ^ high, one.low)
      low &+= keyStep.x
      high &+= keyStep.y
    }
    return [x, y, z, w]
  }

  /// The words of eight blocks with consecutive counters, in pairs: of their 32 words in order, those
  /// with even numbers and those with odd ones.
  ///
  /// The same bits as `block(counter:key:)`, whose low 64 bits of the counter are `first` and up.
  @inline(__always)
  static func pairs(
    first: UInt64, high: UInt64, key: UInt64
  ) -> (even: SIMD16<UInt32>, odd: SIMD16<UInt32>) {
    // A word fills the lower half of its lane, so that products of two words fit.
    typealias Lanes = SIMD8<UInt64>
    let low = Lanes(repeating: 0xFFFF_FFFF)
    let half = Lanes(repeating: 32)
    let counters = Lanes(repeating: first) &+ Lanes(0, 1, 2, 3, 4, 5, 6, 7)
    var (x, y) = (counters & low, counters &>> half)
    var (z, w) = (Lanes(repeating: high & 0xFFFF_FFFF), Lanes(repeating: high >> 32))
    var words = SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
    for _ in 0..<rounds {
      let one = x &* Lanes(repeating: UInt64(multipliers.x))
      let other = z &* Lanes(repeating: UInt64(multipliers.y))
      x = (other &>> half) ^ y ^ Lanes(repeating: UInt64(words.x))
      z = (one &>> half) ^ w ^ Lanes(repeating: UInt64(words.y))
      (y, w) = (other & low, one & low)
      words &+= keyStep
    }
    // Words 0 and 2 of a block side by side, and 1 and 3: a lane's lower half comes first, as on all
    // processors that Swift builds for.
    return (
      unsafeBitCast(x | (z &<< half), to: SIMD16<UInt32>.self),
      unsafeBitCast(y | (w &<< half), to: SIMD16<UInt32>.self)
    )
  }
}
