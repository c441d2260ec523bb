import Compute
import SMPLX
import TensorFiles

/// A person's photo, mask and fit as DINAR's networks take them: a square crop and the body in its pixels.
public struct DinarSample: Sendable {
  /// The photo's name up to its first dot.
  public var name: String
  /// Pixels of the square.
  public let side: Int
  /// (1, 3, side, side) sRGB in [-1, 1]; -1 where the person is not.
  public let inputRGB: Tensor
  /// (1, 3, side, side) sRGB in [-1, 1]; white where the person is not.
  public let realRGB: Tensor
  /// (1, 1, side, side) 1 where the person is, 0 elsewhere.
  public let mask: Tensor
  /// (side, side) 1 where the photo could show the person; no stage of inference reads it.
  public let cropMask: [UInt8]
  /// (rows, 3) homogeneous pixel coordinates (x z, y z, z) of the uv rows' vertices.
  public let vertices: [Float]
  /// 3 x 3, row by row, in pixels of the square.
  public let calibration: [Float]
  /// What DINAR writes of the fit, in shapes and types of its own.
  public let fit: DinarFit
  /// The body that was posed, and how, in the camera's axes; the translation is that of a body that
  /// is not scaled.
  public let shape: ShapedBody
  public let pose: BodyPose
  public let body: DinarBodies.Entry
  /// What was cut, for pictures of it.
  let cut: DinarCut
}

/// How a sample was cut out of its photo.
struct DinarCut: Equatable {
  /// Of the photo, or of the part that its fit is for: pixels.
  var width: Int
  var height: Int
  /// Boxes about the vertices and about the mask, both grown, and about both.
  var vertices: CropBox
  var mask: CropBox
  var box: CropBox
}
