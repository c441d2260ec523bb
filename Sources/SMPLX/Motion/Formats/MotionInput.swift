import Compute
import TensorFiles

/// A file or folder that may be a motion, opened as far as was asked for, once.
///
/// Formats look at it one after the other, so what is costly is kept.
final class MotionInput {
  let path: String
  let isFolder: Bool
  /// The container by its first bytes; `unknown` for a folder.
  let kind: FileKind
  private var contents: ArrayFile.Contents?
  private var trees: [MotionCoordinates: MotionTree?] = [:]

  /// - Throws: as `InputFile.open`.
  init(path: String) throws {
    self.path = path
    isFolder = InputFile.isFolder(path)
    kind = isFolder ? .unknown : try FileKind(path: path)
  }

  /// Contents that have been opened already.
  init(_ contents: ArrayFile.Contents, path: String, kind: FileKind) {
    self.path = path
    isFolder = false
    self.kind = kind
    self.contents = contents
  }

  /// Arrays that have been found already.
  init(_ arrays: MotionArrays) {
    path = arrays.file
    isFolder = false
    kind = .zip
    for coordinates in MotionCoordinates.allCases { trees[coordinates] = .arrays(arrays) }
  }

  /// What a file of arrays holds; nil for a file of another kind, and for a folder.
  ///
  /// - Throws: for damage.
  func opened() throws -> ArrayFile.Contents? {
    if let contents { return contents }
    guard !isFolder else { return nil }
    contents = try ArrayFile.open(path: path)
    return contents
  }

  /// Where the parameters of motions lie; nil where there are none.
  func tree(_ coordinates: MotionCoordinates) throws -> MotionTree? {
    if let tree = trees[coordinates] { return tree }
    let search = MotionSearch(file: path, coordinates: coordinates)
    let tree =
      isFolder
      ? try MotionFolder(path).tree(coordinates) : try opened().flatMap { search.tree(of: $0) }
    trees[coordinates] = tree
    return tree
  }

  /// The first arrays of the tree, by which a file is recognised.
  func arrays() throws -> MotionArrays? { try tree(.world)?.first }
}
