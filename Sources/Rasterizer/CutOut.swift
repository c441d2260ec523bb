import Compute

/// Where a part has holes: a sample that its triangles cover is theirs only where the opacity at the
/// sample's texture coordinates is at least a threshold.
///
/// Every sample is decided by itself, after depth: one that is cut out leaves what lies behind it as if
/// the triangle were not there. Hair cards and lace are parts of this kind; a part without holes is
/// faster without a cut-out.
public struct CutOut: Sendable {
  public let texture: OpacityTexture
  /// Texture coordinates; they need not be among the instance's attributes.
  public let u: VertexAttribute
  public let v: VertexAttribute
  /// Above 0 and at most 1: what is fully transparent is always cut out, what is opaque never.
  public let threshold: Float

  /// - Throws: `ProgramError` when the threshold is out of its range.
  public init(
    texture: OpacityTexture, u: VertexAttribute, v: VertexAttribute, threshold: Float = 0.5
  ) throws {
    guard threshold > 0 && threshold <= 1 else {
      throw ProgramError(
        .dataError, "the opacity threshold is out of range", key: "threshold",
        expected: "above 0, at most 1", found: "\(threshold)")
    }
    self.texture = texture
    self.u = u
    self.v = v
    self.threshold = threshold
  }
}
