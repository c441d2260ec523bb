// Where a tile's results go: floats, bytes and the residuals that are added on the way.

import Compute

/// Rows of addresses of a group's output pixels, at a block's first channel.
struct OutputSlots {
  private let memory: UnsafeMutablePointer<Int>
  private let output: PixelSource?
  private let residual: PixelSource?
  private let byteOutput: PixelSource?
  private let block: Int
  let bytes: ByteTargets?

  /// - Parameter memory: three rows of a table.
  @inline(__always)
  init(
    _ memory: UnsafeMutablePointer<Int>, _ output: FeatureMap?, _ epilogue: Epilogue, _ block: Int
  ) {
    self.memory = memory
    self.block = block
    self.output = output.map(PixelSource.init)
    residual = epilogue.residual.map(PixelSource.init)
    byteOutput = epilogue.bytes.map { PixelSource($0.map) }
    bytes = epilogue.bytes.map {
      ByteTargets(UnsafePointer(memory + 2 * tableRow), $0.scaling, block: block)
    }
  }

  var targets: UnsafePointer<Int>? { output == nil ? nil : UnsafePointer(memory) }

  var residuals: UnsafePointer<Int>? {
    residual == nil ? nil : UnsafePointer(memory + tableRow)
  }

  @inline(__always)
  func fill(_ group: PixelGroup) {
    if let output { group.fill(memory, output, offset: 128 * block) }
    if let residual { group.fill(memory + tableRow, residual, offset: 128 * block) }
    if let byteOutput { group.fill(memory + 2 * tableRow, byteOutput, offset: 32 * block) }
  }
}
