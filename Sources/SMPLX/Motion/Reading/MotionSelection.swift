import Compute

/// The arrays of one person in one sequence of a file.
struct MotionSelection {
  let arrays: MotionArrays
  /// Names that could have been chosen; empty where there was no choice.
  private(set) var persons: [String] = []
  private(set) var sequences: [String] = []
  private(set) var notices: [String] = []

  /// - Throws: `usage` for a person or a sequence that is not there.
  init(_ input: MotionInput, _ options: MotionOptions) throws {
    guard var tree = try input.tree(options.coordinates) else { throw MotionFile.unknown(input) }
    var (hasPerson, hasSequence) = (options.person == nil, options.sequence == nil)
    while true {
      switch tree {
      case .arrays(let arrays):
        guard hasPerson || options.person == "0" || options.person == "1" else {
          throw ProgramError(
            .usage, "the file has one person", file: input.path, key: "person",
            found: options.person)
        }
        guard hasSequence else {
          throw ProgramError(
            .usage, "the file has one sequence", file: input.path, key: "sequence",
            found: options.sequence)
        }
        self.arrays = arrays
        return
      case .poses(let frames, let persons):
        guard options.person != nil else {
          notices.append(
            "\(persons.count) poses, one each, are taken as frames that follow each other; `person` "
              + "takes one of them")
          tree = .arrays(frames)
          break
        }
        let child = try Self.choose(
          persons, options.person, "person", input.path, notices: &notices)
        hasPerson = true
        self.persons = persons.map(\.name)
        tree = child.tree
      case .persons(let children):
        let child = try Self.choose(
          children, options.person, "person", input.path, notices: &notices)
        hasPerson = true
        if children.count > 1 { persons = children.map(\.name) }
        tree = child.tree
      case .sequences(let children):
        let child = try Self.choose(
          children, options.sequence, "sequence", input.path, notices: &notices)
        hasSequence = true
        if children.count > 1 { sequences = children.map(\.name) }
        tree = child.tree
      }
    }
  }

  private static func choose(
    _ children: [MotionTree.Child], _ name: String?, _ kind: String, _ path: String,
    notices: inout [String]
  ) throws -> MotionTree.Child {
    let names = children.map(\.name)
    if let name {
      if let child = children.first(where: { $0.name == name }) { return child }
      // "person2" by its number, and the other way round.
      let isWord = name.allSatisfy { $0.isLetter || $0.isNumber || "_ #".contains($0) }
      let number = isWord ? name.filter { $0.isASCII && $0.isNumber } : ""
      let alike = children.filter { $0.name.filter { $0.isASCII && $0.isNumber } == number }
      if !number.isEmpty, alike.count == 1, kind == "person" { return alike[0] }
      throw ProgramError(
        .usage, "there is no such \(kind) in the motion", file: path, key: kind,
        expected: names.listed(most: 12), found: name.shortened(to: 80))
    }
    if children.count > 1 {
      notices.append(
        "the first of \(children.count) \(kind)s, \(names[0].shortened(to: 60)); `\(kind)` takes "
          + "another: \(names.dropFirst().map { $0.shortened(to: 40) }.listed(most: 6))")
    }
    guard let first = children.first else {
      throw ProgramError(.dataError, "the motion has no \(kind)", file: path)
    }
    return first
  }
}
