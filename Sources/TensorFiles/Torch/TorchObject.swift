import Compute

/// The object of a file of `torch.save`, either container, before anything is made of it.
struct TorchObject {
  let heap: PickleHeap
  let root: PickleItem
  /// nil for the older stream.
  let archive: ZipArchive?
  /// What the tensors are views of.
  let mapping: MappedFile

  /// - Parameter makeHeap: given the bytes of the object's description.
  /// - Throws: `dataError` for other files.
  init(path: String, _ makeHeap: (_ inputCount: Int) -> PickleHeap) throws {
    let file = try MappedFile(path: path)
    switch FileKind(head: file.bytes.prefix(FileKind.headLength)) {
    case .zip:
      let archive = try ZipArchive(path: path)
      guard FileContents(archive).meaning == .checkpoint else {
        throw ProgramError.otherKind(
          "this archive is not a PyTorch checkpoint", path: path,
          expected: "one NAME/data.pkl", hint: "checkpoints are files of torch.save")
      }
      (heap, root) = try TorchArchive(archive).read(makeHeap)
      self.archive = archive
      mapping = archive.file
    case .torchStream:
      heap = makeHeap(file.bytes.count)
      root = try TorchLegacyStream(heap: heap, level: 0).read(file.bytes) {
        TorchElements(.mapped(file, $0))
      }
      archive = nil
      mapping = file
    default:
      throw ProgramError.otherKind(
        "this is not a PyTorch checkpoint", path: path,
        expected: "a file of torch.save (zip, or the older stream)")
    }
  }

  /// The whole object as a value, its tensors in memory; what is of other classes is `opaque`.
  static func value(path: String) throws -> PickleValue {
    try ProgramError.locating(file: path) {
      let size = try MappedFile(path: path).bytes.count
      let object = try TorchObject(path: path) { _ in
        // The elements lie outside of the description, and the file bounds them.
        PickleHeap(inputCount: size, toleratesUnknown: true)
      }
      return try withExtendedLifetime(object.mapping) {
        var conversion = PickleConversion(heap: object.heap)
        return try conversion.value(object.root)
      }
    }
  }
}
