import Compute

/// Writing `.npz` archives.
public enum NPZ {
  /// Writes arrays in the given order, beside `path` and renamed. The same arrays give the same
  /// bytes: dates are fixed (1980-01-01).
  ///
  /// - Parameter overwrite: whether a file of that name may be replaced.
  /// - Throws: `dataError` for types that NumPy lacks and names that are used twice or too long.
  public static func write(
    _ arrays: [(String, ArraySource)], to path: String, compressed: Bool = true,
    overwrite: Bool
  ) throws {
    var seen: Set<String> = []
    let heads = try arrays.map { name, array in
      guard seen.insert(name).inserted, name.utf8.count < 1 << 15 else {
        throw ProgramError(
          .dataError, "an array's name is used twice or is too long", file: path, key: name)
      }
      return try NPY.head(array.header)
    }
    var archive = try ZipWriter(
      path: path, compressed: compressed, overwrite: overwrite)
    for (head, (name, array)) in zip(heads, arrays) {
      try archive.add("\(name).npy") { body in
        try head.withUnsafeBytes(body)
        try array.forEachPiece(body)
      }
    }
    try archive.finish()
  }

  /// As above, over whatever has that name.
  public static func write(
    _ arrays: [(String, ArraySource)], to path: String, compressed: Bool = true
  ) throws {
    try write(arrays, to: path, compressed: compressed, overwrite: true)
  }

  public static func write(
    _ arrays: [(String, TensorData)], to path: String, compressed: Bool = true
  ) throws {
    try write(arrays.map { ($0, ArraySource($1)) }, to: path, compressed: compressed)
  }
}
