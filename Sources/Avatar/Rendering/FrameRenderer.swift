import Media
import NeuralRender
import SMPLX

/// Turns a posed person into a frame; one at a time, its memory reused.
public protocol FrameRenderer: AnyObject, Sendable {
  /// Whether it knows an opacity that masks can show.
  var drawsMasks: Bool { get }
  /// What became of a network's layers in `fast` precision; nil if all are exact or there are none.
  var quantization: QuantizationResult? { get }

  /// - Parameters:
  ///   - person: world coordinates of its parts.
  ///   - frame: number in the sequence, for the camera.
  ///   - mask: also filled, with the opacity as grey, by renderers that draw masks.
  func render(_ person: PosedPerson, frame: Int, into buffer: FrameBuffer, mask: FrameBuffer?)

  /// What the layers of a network take, measured on the last frame; nil without one.
  func profile() throws -> NetworkProfile?
}

extension FrameRenderer {
  public var drawsMasks: Bool { false }
  public var quantization: QuantizationResult? { nil }
  public func profile() throws -> NetworkProfile? { nil }
}
