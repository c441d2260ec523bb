// The shape of a convolution as the kernels see it, and where its taps fall at borders.

/// What lies beyond the border of an image.
public enum BorderMode: Sendable, Equatable {
  case zero
  /// Mirrored without repeating the edge pixel, as PyTorch's "reflect".
  case reflect
  /// The edge pixel.
  case replicate
}

/// Kernel size, step and padding of a convolution without groups.
public struct ConvolutionShape: Sendable, Equatable {
  public var kernelHeight: Int
  public var kernelWidth: Int
  public var stride: Int
  public var dilation: Int
  /// Pixels that the first tap of the first output lies before the image; behind it, as many are read as the
  /// output's size wants.
  public var top: Int
  public var left: Int
  public var border: BorderMode

  public init(
    kernelHeight: Int, kernelWidth: Int, stride: Int = 1, dilation: Int = 1, top: Int,
    left: Int, border: BorderMode = .zero
  ) {
    precondition(kernelHeight > 0 && kernelWidth > 0 && stride > 0 && dilation > 0)
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.stride = stride
    self.dilation = dilation
    self.top = top
    self.left = left
    self.border = border
  }

  /// - Parameter padding: pixels added on each side.
  public init(
    kernelHeight: Int, kernelWidth: Int, stride: Int = 1, dilation: Int = 1, padding: Int = 0,
    border: BorderMode = .zero
  ) {
    self.init(
      kernelHeight: kernelHeight, kernelWidth: kernelWidth, stride: stride, dilation: dilation,
      top: padding, left: padding, border: border)
  }

  public var taps: Int { kernelHeight * kernelWidth }

  /// Output pixels along an axis of `input` pixels with `kernel` taps and padding on both sides.
  public func outputSize(input: Int, kernel: Int) -> Int {
    (input + top + left - dilation * (kernel - 1) - 1) / stride + 1
  }
}

extension ConvolutionShape: WindowReader {
  func rowsRead(_ y: Int) -> Range<Int> {
    let start = y * stride - top
    return start..<start + (kernelHeight - 1) * dilation + 1
  }

  func columnsRead(_ x: Int) -> Range<Int> {
    let start = x * stride - left
    return start..<start + (kernelWidth - 1) * dilation + 1
  }
}

/// The pixel at which position `index` of an axis of `count` pixels is read; nil reads zeros.
/// Reflection holds for one mirror: |overhang| < count.
@inline(__always)
func borderIndex(_ index: Int, count: Int, border: BorderMode) -> Int? {
  if index >= 0 && index < count { return index }
  switch border {
  case .zero: return nil
  case .reflect: return index < 0 ? -index : 2 * count - 2 - index
  case .replicate: return index < 0 ? 0 : count - 1
  }
}
