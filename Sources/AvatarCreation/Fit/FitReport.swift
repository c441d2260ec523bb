import SMPLX

/// How well a body fits a person in a picture.
public struct FitReport: Sendable, Equatable {
  /// Distances of the landmarks and parts of the body, see `FitQuality`.
  public var quality: FitQuality
  /// Intersection over union of the body's silhouette and the mask. The body is bare: of dressed people
  /// 0.8 to 0.9 is good.
  public var silhouetteIoU: Double
  /// Share of the body's silhouette outside of the mask.
  public var outside: Double

  init(_ quality: FitQuality, iou: Double, outside: Double) {
    self.quality = quality
    silhouetteIoU = iou
    self.outside = outside
  }
}
