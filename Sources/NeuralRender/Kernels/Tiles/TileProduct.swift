// The matrix-product micro-kernel under every convolution: a few pixels times a block of outputs,
// summed over segments (kernel taps, parts of a concatenation) in registers.
//
// Inputs are read in place: a table holds one pointer a pixel and segment, so an implicit
// convolution packs nothing. Weights are packed [segment][input channel][32 or 16 outputs].
// Every pixel's sum runs over segments, then channels, in order, one fused multiply-add each: its
// bits do not depend on which tile it falls in.

import CSIMD
import Compute

/// Pixel slots of a segment in a table of row pointers; tiles use the first 4, 8 or 12.
let tableRow = 16
/// Pixels of the largest tile.
let tilePixels = 12

/// What a tile is summed over.
struct TileOperands {
  /// Addresses of the pixels' channels, less `offset`: [segment][16 slots].
  var table: UnsafePointer<Int>
  /// Bytes from the table's addresses to the pixels.
  var offset = 0
  /// Entries between the rows of two segments.
  var tableStep = tableRow
  /// Channels of each segment.
  var channels: UnsafePointer<Int>
  var segments: Int
  /// [segment][channel][weightStride].
  var weights: UnsafePointer<Float>

  @inline(__always)
  func pixel(_ segment: Int, _ slot: Int) -> UnsafePointer<Float> {
    UnsafePointer(bitPattern: table[segment * tableStep + slot] &+ offset).unsafelyUnwrapped
  }
}

/// Writes the sums of up to 12 pixels and `width` (32 or 16) outputs to target[pixel * stride ...].
/// Rounds `pixels` up to 4, 8 or 12: the table's slots and the target's rows up to that must be
/// valid.
@inline(never)
func multiplyTile(
  _ operands: TileOperands, pixels: Int, width: Int, target: UnsafeMutablePointer<Float>,
  stride: Int
) {
  if csimd_vector_bytes() == 64 {
    if width == 32 {
      if pixels > 8 {
        tile12x32(operands, target, stride)
      } else if pixels > 4 {
        tile8x32(operands, target, stride)
      } else {
        tile4x32(operands, target, stride)
      }
    } else if pixels > 4 {
      tile12x16(operands, target, stride, pixels > 8)
    } else {
      tile4x16(operands, 0, 0, 16, target, stride)
    }
    return
  }
  for column in Swift.stride(from: 0, to: width, by: 16) {
    let narrow = target + column
    if csimd_vector_bytes() == 32 && pixels > 8 {
      tile6x16(operands, 0, column, width, narrow, stride)
      tile6x16(operands, 6, column, width, narrow + 6 * stride, stride)
    } else if csimd_vector_bytes() == 32 {
      for slot in Swift.stride(from: 0, to: pixels, by: 4) {
        tile4x16(operands, slot, column, width, narrow + slot * stride, stride)
      }
    } else {
      for slot in Swift.stride(from: 0, to: (pixels + 3) & ~3, by: 2) {
        tile2x16(operands, slot, column, width, narrow + slot * stride, stride)
      }
    }
  }
}
