// Images of bytes: a quarter of the memory of float32, and what the byte products read.

import CSIMD
import Compute

/// A view of one image of bytes, channels last: pixel (y, x) is at base + y * rowStride +
/// x * pixelStride.
///
/// Products read four channels at a time, as words: the memory is bound to `Int32`, and bytes are
/// stored by `csimd_store_bytes` only, which may look at any memory. `base` and the strides are multiples of 4, and a pixel's bytes
/// up to the next multiple of 4 channels must be readable. What those hold changes nothing.
public struct ByteMap: @unchecked Sendable {
  // Sendable: a view without ownership; kernels write disjoint pixels and channels of it.
  public var base: UnsafeMutablePointer<UInt8>
  public var height: Int
  public var width: Int
  public var channels: Int
  /// Bytes between neighbours in a row.
  public var pixelStride: Int
  /// Bytes between rows.
  public var rowStride: Int

  /// - Parameter pixelStride: nil rounds the channels up to a multiple of 4.
  public init(
    _ base: UnsafeMutablePointer<UInt8>, height: Int, width: Int, channels: Int,
    pixelStride: Int? = nil
  ) {
    self.base = base
    self.height = height
    self.width = width
    self.channels = channels
    self.pixelStride = pixelStride ?? (channels + 3) & ~3
    rowStride = width * self.pixelStride
    precondition(Int(bitPattern: base) & 3 == 0 && self.pixelStride & 3 == 0)
  }

  @inline(__always)
  func pixel(_ y: Int, _ x: Int) -> UnsafeMutablePointer<UInt8> {
    base + (y * rowStride + x * pixelStride)
  }
}

/// How bytes stand for the values of channels: x = scale (q - zero).
public struct ChannelQuantization: Sendable, Hashable, Codable {
  /// By channel, positive.
  public var scale: [Float]
  /// The bytes that stand for 0.
  public var zero: [UInt8]

  public init(scale: [Float], zero: [UInt8]) {
    precondition(scale.count == zero.count)
    self.scale = scale
    self.zero = zero
  }

  public var channels: Int { scale.count }

  /// Channels in whole groups of four.
  var groups: Int { (channels + 3) / 4 }

  /// The byte nearest to a value of a channel.
  func byte(_ value: Float, channel: Int) -> UInt8 {
    let inverse = 1 / scale[channel]
    // As `csimd_store_bytes` has it: what is not a number is the largest.
    let steps = value * inverse < 255 ? value * inverse : 255
    let sum = Int(saturating: max(steps, -256), .toNearestOrEven) + Int(zero[channel])
    return UInt8(clamping: sum)
  }

  /// The value that a byte of a channel stands for.
  func value(_ byte: UInt8, channel: Int) -> Float {
    scale[channel] * Float(Int(byte) - Int(zero[channel]))
  }
}

/// A quantization as kernels read it: 1 / scale and zeros by channel, with whole vectors behind the last.
public final class ByteScaling: Sendable {
  public let channels: Int
  private let inverses: AlignedBuffer<Float>
  private let zeros: AlignedBuffer<Int32>

  public init(_ quantization: ChannelQuantization) {
    channels = quantization.channels
    let padded = (channels + 31) & ~31
    inverses = AlignedBuffer(count: padded, filledWith: 0)
    zeros = AlignedBuffer(count: padded, filledWith: 0)
    for channel in 0..<channels {
      inverses[channel] = 1 / quantization.scale[channel]
      zeros[channel] = Int32(quantization.zero[channel])
    }
  }

  var inverse: UnsafePointer<Float> { UnsafePointer(inverses.pointer) }
  var zero: UnsafePointer<Int32> { UnsafePointer(zeros.pointer) }
}

/// Where a kernel writes its values as bytes.
public struct ByteOutput: @unchecked Sendable {
  // Sendable: as `ByteMap`.
  public var map: ByteMap
  public var scaling: ByteScaling

  public init(_ map: ByteMap, _ scaling: ByteScaling) {
    precondition(map.channels == scaling.channels)
    self.map = map
    self.scaling = scaling
  }
}

extension ByteOutput {
  /// Quantizes pixels of row y; the bytes up to the next multiple of 4 channels become 0.
  func write(_ source: FeatureMap, y: Int, columns: Range<Int>) {
    let (inverse, zero) = (scaling.inverse, scaling.zero)
    let padded = (map.channels + 3) & ~3
    for x in columns {
      let (from, to) = (source.pixel(y, x), map.pixel(y, x))
      for first in stride(from: 0, to: padded, by: 16) {
        let value =
          loadFirst16(from + first, min(16, map.channels - first)) * load16(inverse + first)
        let count = Int32(min(16, padded - first))
        csimd_store_bytes(to + first, value, loadWords16(zero + first), count)
      }
    }
  }
}
