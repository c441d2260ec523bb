import Compute

/// Reads Python pickles (protocols 0 to 5) without running anything: a fixed list of constructors
/// is understood, everything else is refused by name.
///
/// The entry to `PickleMachine` (the stack machine), `PickleGlobals` (what may be constructed) and
/// `PickleConversion` (the machine's objects to values). Body models and motions come this way.
public enum Pickle {
  /// Reads a pickle.
  ///
  ///     let model = try Pickle.read(path: "SMPLX_MALE.pkl")
  ///     let vertices = try model["v_template"]?.tensor()?.floats()
  ///
  /// Arrays of joblib's are read, and files that joblib compressed by zlib or gzip.
  ///
  /// - Parameter keepsStrangers: makes objects of other classes `opaque` values, which do nothing,
  ///   instead of an error.
  /// - Throws: `ProgramError`: no such file (`.noInput`), a damaged pickle or one that names
  ///   anything but arrays, tensors and plain containers (`.dataError`; `found` is the name).
  public static func read(path: String, keepsStrangers: Bool = false) throws -> PickleValue {
    let file = try MappedFile(path: path)
    return try ProgramError.locating(file: path) {
      try withExtendedLifetime(file) {
        try CompressedFile.unfolding(file.bytes) { try read($0, keepsStrangers: keepsStrangers) }
      }
    }
  }

  /// The text keys of a pickled dictionary, or of the first one in a list, without converting anything;
  /// what is unknown is passed over.
  static func topLevelKeys(path: String) throws -> (keys: [String], isList: Bool) {
    let file = try MappedFile(path: path)
    return try withExtendedLifetime(file) {
      try CompressedFile.unfolding(file.bytes) { bytes in
        let heap = PickleHeap(inputCount: bytes.count, toleratesUnknown: true)
        var machine = PickleMachine(bytes, heap: heap)
        let root = try machine.run()
        let first = heap.items(root)?.first
        guard case .dict(let items)? = heap.content(first ?? root) else {
          return ([], first != nil)
        }
        let keys = stride(from: 0, to: items.count - 1, by: 2).compactMap { heap.name(items[$0]) }
        return (keys, first != nil)
      }
    }
  }

  public static func read(bytes: [UInt8], keepsStrangers: Bool = false) throws -> PickleValue {
    try bytes.withUnsafeBytes { try read($0, keepsStrangers: keepsStrangers) }
  }

  static func read(
    _ bytes: UnsafeRawBufferPointer, keepsStrangers: Bool = false
  ) throws -> PickleValue {
    let heap = PickleHeap(inputCount: bytes.count, toleratesUnknown: keepsStrangers)
    var machine = PickleMachine(bytes, heap: heap)
    let result = try machine.run()
    var conversion = PickleConversion(heap: heap)
    return try conversion.value(result)
  }
}
