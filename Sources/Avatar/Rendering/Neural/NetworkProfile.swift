import Compute
import NeuralRender

/// A table of what a network's layers take.
public struct NetworkProfile: Sendable {
  public let layers: [PlanProfile]
  /// GFLOP/s of fused multiply-adds in registers, measured beside.
  public let roof: Double

  init(layers: [PlanProfile], pool: WorkerPool) {
    self.layers = layers
    // The first run wakes the processor up.
    _ = ProcessorRoof.multiplyAdds(pool: pool)
    roof = ProcessorRoof.multiplyAdds(pool: pool)
  }

  /// Milliseconds, the share of the layer that was computed, the rate of that share's operations as the
  /// network defines them, and the rate's share of the roof: above 100 % where a kernel saves
  /// multiplications.
  public var lines: [String] {
    let total = layers.reduce(0) { $0 + $1.seconds }
    let width = (layers.map(\.name.count).max() ?? 0) + 2
    func column(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    func number(_ value: Double, _ digits: Int) -> String {
      let scale = digits == 0 ? 1.0 : 10
      let rounded = (value * scale).rounded() / scale
      return digits == 0 ? "\(Int(saturating: rounded))" : "\(rounded)"
    }
    func row(
      _ name: String, _ ms: String, _ part: String, _ rate: String, _ share: String,
      _ kernel: String
    )
      -> String
    {
      name + String(repeating: " ", count: max(1, width - name.count)) + column(ms, 8)
        + column(part, 10)
        + column(rate, 10) + column(share, 8) + "  " + kernel
    }
    var result = [row("layer", "ms", "computed", "GFLOP/s", "roof", "kernel")]
    for layer in layers {
      let rate = Double(layer.operations) * layer.share / layer.seconds / 1e9
      let counts = layer.operations > 0
      result.append(
        row(
          layer.name, number(layer.seconds * 1e3, 1), number(layer.share * 100, 0) + " %",
          counts ? number(rate, 0) : "",
          counts ? number(rate / roof * 100, 0) + " %" : "", layer.kernel))
    }
    let all = layers.reduce(0) { $0 + Double($1.operations) }
    let operations = layers.reduce(0) { $0 + Double($1.operations) * $1.share }
    let rate = operations / max(total, 1e-9) / 1e9
    result.append(
      row(
        "all", number(total * 1e3, 1), number(operations / max(all, 1) * 100, 0) + " %",
        number(rate, 0), number(rate / roof * 100, 0) + " %",
        "roof \(number(roof, 0)) GFLOP/s"))
    return result
  }
}
