extension QuantizationCalibrator.Picture {
  /// The colours of DINAR's renderer inside the body, and its opacity everywhere.
  public static let dinar = [
    QuantizationCalibrator.Picture(output: "rgb", peak: 2, mask: "uv_mask"),
    QuantizationCalibrator.Picture(output: "segm", peak: 1),
  ]
}
