import Compute

/// Arrays of Python objects: behind the header of `.npy` lies a pickle, which the safe reader takes.
///
/// Matches: `numpy.load(allow_pickle=True)`, without running anything.
enum NPYObjects {
  /// The object of an array without axes, or a list of the objects of one with axes; nil for an array of
  /// another type.
  static func read(_ bytes: UnsafeRawBufferPointer) throws -> PickleValue? {
    let head = min(NPYHeader.length(bytes), bytes.count)
    let prefix = bytes.count > 6 && bytes[6] == 1 ? 10 : 12
    guard bytes.starts(with: NPYHeader.magic), head > prefix, head <= NPYHeader.longest else {
      return nil
    }
    var parser = NPYHeaderParser(String(decoding: bytes[prefix..<head], as: UTF8.self))
    guard let fields = try? parser.dictionary(), case .text(let type)? = fields["descr"],
      type == "|O" || type == "O", case .integers(let shape)? = fields["shape"]
    else { return nil }
    let value = try Pickle.read(
      UnsafeRawBufferPointer(rebasing: bytes[head...]), keepsStrangers: true)
    // The pickled array is flat; one without axes is its only element.
    if shape.isEmpty, let items = value.sequence, items.count == 1 { return items[0] }
    return value
  }
}

extension NPY {
  /// The objects of a file of them, as `NPZFile.value` has them; nil for an array of numbers.
  static func objects(path: String) throws -> PickleValue? {
    let file = try MappedFile(path: path)
    return try ProgramError.locating(file: path) {
      try withExtendedLifetime(file) { try NPYObjects.read(file.bytes) }
    }
  }
}
