import Foundation

/// What a calibration found: a plan for `PlanPrecision.fast`, and why it is as it is. Can be stored beside
/// the avatar whose frames it is from.
public struct QuantizationResult: Sendable, Hashable, Codable {
  /// A convolution and what became of it.
  public struct Layer: Sendable, Hashable, Codable {
    /// As in `PlanProfile`.
    public var name: String
    /// What computes it in the plan: "direct int8", "Winograd", ...
    public var kernel: String
    /// Signal to noise of its output in bytes, on exact inputs; nil if that was not tried.
    public var decibels: Double?
    /// Why it stayed in float32; nil if it is computed in bytes.
    public var reason: String?
  }

  public var plan: QuantizationPlan
  /// The lowest PSNR of the pictures from the exact ones, over the calibration frames.
  public var decibels: Double
  public var budget: Double
  public var layers: [Layer]

  /// A line a layer.
  public var summary: String {
    let lines = layers.map { layer in
      let error = layer.decibels.map { String(format: "%.1f dB", $0) } ?? "-"
      return "\(layer.name): \(layer.kernel), \(error)" + (layer.reason.map { "; \($0)" } ?? "")
    }
    let head = String(
      format: "%.1f dB from exact (budget %.0f), %d of %d convolutions in bytes", decibels, budget,
      layers.count { $0.reason == nil }, layers.count)
    return ([head] + lines).joined(separator: "\n")
  }
}
