import Compute

extension Evaluation {
  /// A line for each pair, then mean, lower and upper bound, pooled value.
  ///
  /// Numbers have all their digits; `inf` is that of identical pictures, nothing stands where a metric is
  /// undefined.
  public func csv(_ summaries: [MetricSummary]) -> String {
    func line(_ name: String, _ values: [Double?]) -> String {
      ([Self.quoted(name)] + values.map { $0.map { "\($0)" } ?? "" }).joined(separator: ",")
        + "\n"
    }
    var text = (["pair"] + metrics.map(\.name)).joined(separator: ",") + "\n"
    for pair in pairs { text += line(pair.name, metrics.map { pair.measurement.values[$0] }) }
    text += line("mean", summaries.map(\.mean))
    text += line("low 95 %", summaries.map { $0.interval?.low })
    text += line("high 95 %", summaries.map { $0.interval?.high })
    text += line("pooled", summaries.map(\.pooled))
    return text
  }

  /// Names with commas, quotes or line breaks in quotes; nothing that steers a terminal.
  private static func quoted(_ name: String) -> String {
    let name = name.printable()
    return name.contains { $0 == "," || $0 == "\"" }
      ? "\"\(name.replacing("\"", with: "\"\""))\"" : name
  }
}
