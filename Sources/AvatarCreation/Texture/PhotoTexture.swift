import Compute
import SMPLX

/// A body's whole surface colour from one photo: what it shows, and a guess of the rest.
///
/// Stages: the part of the photo where the person is (`WorkingPhoto`), the fitted body before its camera
/// (`PosedSurface`), the texels that the photo shows (`SeenTexels`), the others, and the gutter between
/// the islands of the texture.
public struct PhotoTexture: Sendable {
  /// Texels along either side.
  public let size: Int
  /// (size, size, 3) sRGB bytes; row 0 is v = 1, as avatars store it.
  public let pixels: [UInt8]
  /// (size, size): 255 where the photo shows the texel, 0 where its colour is a guess.
  public let known: [UInt8]
  /// What the user should know, a sentence each.
  public let notices: [String]
}
