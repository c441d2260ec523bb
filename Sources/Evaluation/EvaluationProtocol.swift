import NeuralRender

/// How somebody published that pictures were measured.
public enum EvaluationProtocol: String, Sendable, CaseIterable {
  /// Textures: both multiplied by the UV mask, kornia's PSNR and piq's SSIM of what remains.
  ///
  /// Source: the metrics that Sample&Refine's code imports (kornia, piq 0.5.5); its evaluation script was
  /// never published. piq 0.5.5 computes in float32, which is off by up to 2e-4 in flat regions; here it is
  /// double precision.
  case sampleRefine = "sample-refine"
  /// Views of SnapshotPeople: torchmetrics' PSNR over all frames together and SSIM, LPIPS of AlexNet.
  ///
  /// Source: `models/evaluator.py` of Anim-NeRF, which InstantAvatar, GART and HAHA (`calculate_metrics.py`)
  /// took over: whole pictures with their background, colours of 0 to 1 clamped, LPIPS given these values
  /// although it expects -1 to 1.
  case snapshotPeople = "snapshot-people"

  public var metrics: [Metric] {
    switch self {
    case .sampleRefine: [.psnr, .ssim]
    case .snapshotPeople: [.psnr, .ssimFull]
    }
  }

  /// What has to be given besides the pictures.
  public var needsMask: Bool { self == .sampleRefine }

  public var lpipsRange: PerceptualDistance.InputRange {
    self == .snapshotPeople ? .unsigned : .signed
  }

  public var reading: PairSource.Reading {
    var reading = PairSource.Reading()
    switch self {
    case .sampleRefine:
      reading.maskUse = .multiply
      reading.resamplesMask = true
      reading.alpha = .ignore
    case .snapshotPeople:
      reading.alpha = .ignore
    }
    return reading
  }

  /// In a line, for tables and files.
  public var words: String {
    switch self {
    case .sampleRefine:
      "Sample&Refine: kornia's PSNR and piq's SSIM of textures multiplied by the UV mask"
    case .snapshotPeople:
      "SnapshotPeople (Anim-NeRF, InstantAvatar, HAHA): PSNR of all frames together, SSIM of torchmetrics, LPIPS (AlexNet) of values 0 to 1"
    }
  }
}
