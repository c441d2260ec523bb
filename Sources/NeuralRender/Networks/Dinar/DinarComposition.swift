import Compute
import Foundation

/// How DINAR's renderer makes a picture of colours and mask.
public struct DinarComposition: Sendable, Hashable {
  /// The rasterized mask is added to the network's, so that the body is opaque.
  public var addsUVMask: Bool
  /// A background is an input of the network; without one, colours fade to black and the threshold is
  /// not applied.
  public var hasBackground: Bool
  /// Mask values below it become 0; 0 is no threshold.
  public var threshold: Float
  /// Around a threshold other than 0 the mask rises exponentially instead of being cut.
  public var isExponential: Bool

  public init(
    addsUVMask: Bool = true, hasBackground: Bool = true, threshold: Float = 0,
    isExponential: Bool = true
  ) {
    self.addsUVMask = addsUVMask
    self.hasBackground = hasBackground
    self.threshold = threshold
    self.isExponential = isExponential
  }

  /// Appends outputs `rgb` = 2 (c s + background (1 - s)) - 1, c = (rgb + 1) / 2, and `segm` = s.
  ///
  /// - Parameters:
  ///   - rgb: (N, 3, H, W) in [-1, 1].
  ///   - segm: (N, 1, H, W) in [0, 1].
  ///   - uvMask: (N, 1, H, W).
  func append(
    rgb: Graph.Value, segm: Graph.Value, uvMask: Graph.Value, to graph: inout Graph
  ) throws {
    var s = segm
    if addsUVMask { s = try graph.clamp(graph.add(s, uvMask), to: 0...1) }
    let colours = try graph.affine(rgb, scale: 0.5, offset: 0.5)
    let picture: Graph.Value
    if hasBackground {
      s = try thresholded(s, in: &graph)
      let background = graph.input("background", shape: rgb.shape)
      picture = try graph.blend(colours, background, mask: s)
    } else {
      picture = try graph.multiply(colours, s)
    }
    graph.output("rgb", try graph.affine(picture, scale: 2, offset: -1))
    graph.output("segm", s)
  }

  /// clip((1 - e^(20 (t - s))) (1 + e^(70 (s - t - 0.2))), 0, 1), or s where it is not below t.
  private func thresholded(_ s: Graph.Value, in graph: inout Graph) throws -> Graph.Value {
    guard threshold != 0 else { return s }
    guard isExponential else {
      let zero = graph.constant(Tensor(shape: [1]))
      let bound = graph.constant(Tensor(shape: [1], [threshold]))
      return try graph.select(graph.less(s, bound), zero, else: s)
    }
    let fall = try graph.elementwise(
      graph.affine(s, scale: -20, offset: 20 * threshold), .exp)
    let rise = try graph.elementwise(
      graph.affine(graph.affine(s, offset: -threshold - 0.2), scale: 70), .exp)
    let product = try graph.multiply(
      graph.affine(fall, scale: -1, offset: 1), graph.affine(rise, offset: 1))
    return try graph.clamp(product, to: 0...1)
  }
}

extension DinarComposition {
  /// The opacity of one pixel, as the graph's operations give it.
  ///
  /// - Parameters:
  ///   - segm: what the network says, in [0, 1].
  ///   - uvMask: 1 where the rasterizer drew the body.
  public func opacity(segm: Float, uvMask: Float) -> Float {
    // What is not a number is nothing: a network whose arithmetic overflows draws no pixel.
    let s = addsUVMask ? (segm + uvMask).limited(to: 0...1) : segm.isNaN ? 0 : segm
    guard hasBackground, threshold != 0 else { return s }
    guard isExponential else { return s < threshold ? 0 : s }
    // Below the threshold the first factor is not positive; 0.2 above it the product exceeds 1.
    if s <= threshold { return 0 }
    if s - threshold >= 0.2 { return 1 }
    let fall = exp(-20 * s + 20 * threshold)
    let rise = exp(70 * (s + (-threshold - 0.2)))
    return ((1 - fall) * (1 + rise)).limited(to: 0...1)
  }

  /// The byte of a colour over a background, as DINAR truncates it; 0 for what is not a number.
  ///
  /// - Parameters:
  ///   - value: what the network says, in [-1, 1].
  ///   - background: in [0, 1].
  @inline(__always)
  public static func byte(_ value: Float, opacity: Float, background: Float) -> UInt8 {
    let colour = 0.5 * value + 0.5
    let picture = colour * opacity + background * (1 - opacity)
    let signed = 2 * picture - 1
    return UInt8(saturating: (signed + 1) / 2 * 255, .towardZero)
  }
}
