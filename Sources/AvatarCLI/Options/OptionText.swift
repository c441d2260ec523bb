import ArgumentParser

/// Texts that options take: names of files, folders and bundled things, lists of numbers.
///
/// Options take what follows them even if it begins with a hyphen, so that `--yaw -30` works; a text
/// must not swallow the next option for that.
enum OptionText {
  /// Any text but an empty one and one that looks like an option.
  @Sendable static func parse(_ text: String) throws -> String {
    if text.isEmpty { throw ValidationError("it must not be empty") }
    if text.hasPrefix("--") {
      throw ValidationError(
        "the value is missing, or it is a file whose name begins with hyphens: ./\(text)")
    }
    return text
  }

  /// Numbers with commas between them.
  static func numbers(_ text: String, limit: Limit<Float>) throws -> [Float] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map {
      do {
        return try limit.parse(String($0))
      } catch {
        throw ValidationError("it must be numbers such as 0.5,-1,2; each \(limit)")
      }
    }
  }

  /// x,y,z in metres.
  @Sendable static func point(_ text: String) throws -> SIMD3<Float> {
    guard let numbers = try? numbers(text, limit: Limits.coordinate), numbers.count == 3 else {
      throw ValidationError("it must be x,y,z such as 0,0.3,-0.1; each \(Limits.coordinate)")
    }
    return SIMD3(numbers[0], numbers[1], numbers[2])
  }

  /// Shape coefficients.
  @Sendable static func betas(_ text: String) throws -> [Float] {
    try numbers(text, limit: Limits.beta)
  }
}
