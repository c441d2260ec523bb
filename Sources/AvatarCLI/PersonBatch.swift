import ArgumentParser
import Avatar
import Compute

/// A person that is left to be made.
protocol BatchPerson {
  var name: String { get }
  /// The file that a failure is about, where its error names none.
  var input: String { get }
  /// The file that is made last.
  var result: String { get }
}

/// Persons that are made one after the other; one that fails does not stop the others.
protocol PersonBatch {
  associatedtype Item: BatchPerson

  /// What is left to do.
  var items: [Item] { get }
  /// Persons whose files are not all there.
  var incomplete: [(name: String, error: ProgramError)] { get }
  /// Persons who were made before.
  var finished: Int { get }
}

extension PersonBatch {
  /// The status of a run that could not make some of its persons.
  static var someFailed: Int32 { 1 }

  /// What lies where an avatar is to be must be one; one that was made otherwise is said.
  ///
  /// - Parameter isSame: whether what the file says of its making is what would be made now.
  static func checkFinished(
    _ path: String, _ provenance: String, isSame: (String) -> Bool
  ) throws {
    let description = try AvatarFile(path: path).description
    guard !(description.provenance.map(isSame) ?? false) else { return }
    Terminal.warn(
      "\(path) stays as it is: \(description.provenance?.shortened() ?? "its origin is not known"); "
        + "--force makes it again, \(provenance)")
  }

  func sayFinished(quiet: Bool) {
    guard finished > 0, !quiet else { return }
    Terminal.note(
      "\(finished) of \(finished + items.count) persons are finished already; --force makes them again"
    )
  }

  /// Calls `body` for each person and goes on after failures, which are said at once and listed at the end.
  ///
  /// - Parameter body: gets the person and, with several, "2 of 5, " for progress.
  /// - Throws: the failure of a single person; the status `someFailed` if others are made.
  func forEach(quiet: Bool, _ body: (Item, _ place: String) throws -> Void) throws {
    sayFinished(quiet: quiet)
    let isSingle = finished + items.count + incomplete.count == 1
    var failures: [String] = []
    func note(_ name: String, _ error: ProgramError) throws {
      if isSingle || error.code == .interrupted { throw error }
      Terminal.error(AvatarCommand.named(error))
      failures.append(name)
    }
    for (name, error) in incomplete { try note(name, error) }
    for (index, item) in items.enumerated() {
      do {
        try body(item, isSingle ? "" : "\(index + 1) of \(items.count), ")
      } catch let error as ProgramError {
        if error.code == .interrupted {
          throw ProgramError(
            .interrupted, "interrupted", file: item.result, found: "\(index) finished persons",
            hint: "the same command goes on")
        }
        try note(item.name, error.inFile(item.input))
      }
    }
    guard !failures.isEmpty else { return }
    if !quiet {
      Terminal.note(
        "failed: \(failures.joined(separator: ", ")); "
          + "made: \(items.count + incomplete.count - failures.count)")
    }
    throw ExitCode(Self.someFailed)
  }
}
