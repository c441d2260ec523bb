/// A texture as kernels read it; the texture must outlive it.
public struct MipmappedTextureView: @unchecked Sendable {
  // Sendable: read only.
  /// Four halves a texel.
  let texels: UnsafePointer<UInt16>
  let lastLevel: Int32
  /// First texel, width and height of each of up to sixteen levels; the padding is not counted.
  var offset = SIMD16<Int32>.zero
  var width = SIMD16<Int32>(repeating: 1)
  var height = SIMD16<Int32>(repeating: 1)

  /// Texels of the first level along u and v.
  public var size: SIMD2<Float> { [Float(width[0]), Float(height[0])] }
}
