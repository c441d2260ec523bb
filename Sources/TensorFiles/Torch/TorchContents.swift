import Compute

/// Walks the object of a checkpoint and lists its tensors by dotted names.
///
/// The weights are what lies below `state_dict`, or everything when there is no such entry. What
/// Lightning keeps besides (callbacks, optimizer) is listed as far as it can be; nothing in it keeps
/// the weights from being read.
struct TorchContents {
  private(set) var names: [String] = []
  private(set) var weights: [String: TorchTensor] = [:]
  /// Entries among the weights that are of classes that are not read: name and class.
  private(set) var skipped: [String: String] = [:]
  /// Tensors besides the weights, by their whole path.
  private(set) var otherNames: Set<String> = []
  /// Numbers and texts, by their whole path.
  private(set) var values: [String: PickleValue] = [:]
  private(set) var topLevelKeys: [String] = []
  private(set) var hasStateDict = false
  private(set) var notes: [String] = []

  private let heap: PickleHeap
  private let largestTensor: Int
  private var open: Set<Int> = []
  private var visits = 0
  private var listsWeights = true

  static let deepest = 100
  static let mostVisits = 1 << 20
  static let stateDict = "state_dict"
  static let mostNotes = 20

  /// fileSize: bytes of the whole file; a tensor expanded far beyond it is refused.
  init(_ root: PickleItem, heap: PickleHeap, fileSize: Int) throws {
    self.heap = heap
    largestTensor = (1 << 28) + 16 * fileSize
    if let name = heap.opaqueName(root) {
      throw ProgramError(
        .dataError, "the checkpoint is an object of a class that is not read",
        expected: "a dictionary of tensors", found: name,
        hint: "code in pickles is never run; save the module's state_dict() instead")
    }
    guard let state = try heap.entry(Self.stateDict, of: root) else {
      try walk(root, path: "", below: "")
      for name in skipped.keys.sorted().prefix(Self.mostNotes) {
        notes.append("\(name.shortened()) was skipped: \(skipped[name] ?? "") is never run")
      }
      if skipped.count > Self.mostNotes {
        notes.append("\(skipped.count - Self.mostNotes) objects more were skipped, never run")
      }
      return
    }
    hasStateDict = true
    guard case .dict? = heap.content(state) else {
      throw ProgramError(
        .dataError, "the checkpoint's weights are not a dictionary", key: Self.stateDict,
        found: heap.opaqueName(state))
    }
    try walk(state, path: "", below: Self.stateDict)
    if let (name, type) = skipped.min(by: { $0.key < $1.key }) {
      throw ProgramError(
        .dataError, "a weight is of a class that is not read", key: name.shortened(),
        expected: "a tensor",
        found: type, hint: "code in pickles is never run")
    }
    listsWeights = false
    readOthers(root)
  }

  private mutating func readOthers(_ root: PickleItem) {
    guard case .dict(let items)? = heap.content(root) else { return }
    var ignored: Set<String> = []
    for index in stride(from: 0, to: items.count - 1, by: 2) {
      guard let key = heap.string(items[index]) else { continue }
      topLevelKeys.append(key)
      if key == Self.stateDict { continue }
      open = []
      skipped = [:]
      do {
        try walk(items[index + 1], path: key, below: "")
      } catch let error as ProgramError {
        notes.append("\(key.shortened()) is not listed: \(error.what)")
      } catch {}
      ignored.formUnion(skipped.values)
    }
    skipped = [:]
    if !ignored.isEmpty {
      notes.append(
        "besides the weights, objects of these classes were skipped, never run: "
          + ignored.sorted().listed())
    }
  }

  private func fail(_ what: String, _ path: String, found: String? = nil) -> ProgramError {
    ProgramError(.dataError, what, key: path.isEmpty ? nil : path.shortened(), found: found)
  }

  /// path: the name so far. below: where the names begin, for errors at the root.
  private mutating func walk(_ item: PickleItem, path: String, below: String) throws {
    visits += 1
    guard visits <= Self.mostVisits else {
      throw fail("the checkpoint holds too many values", below, found: "over \(Self.mostVisits)")
    }
    switch item {
    case .none: return
    case .bool(let value): return values[path] = .bool(value)
    case .int(let value): return values[path] = .int(value)
    case .float(let value): return values[path] = .float(value)
    case .global(let global):
      if case .typeName(let name) = global { values[path] = .string(name) }
      return
    case .object(let index):
      guard open.insert(index).inserted else {
        throw fail("the checkpoint contains itself", path)
      }
      defer { open.remove(index) }
      guard open.count <= Self.deepest else {
        throw fail("the checkpoint is nested too deeply", below, found: "\(Self.deepest) levels")
      }
      try walk(heap.objects[index].content, path: path)
    }
  }

  private mutating func walk(_ content: PickleObject.Content, path: String) throws {
    func child(_ name: String) throws -> String {
      // Long keys used again and again would fill the memory with names.
      try heap.charge(path.utf8.count + name.utf8.count + 1)
      return path.isEmpty ? name : "\(path).\(name)"
    }
    switch content {
    case .string(let text): values[path] = .string(text)
    case .byteString(let bytes): values[path] = .string(latin1(bytes))
    case .bigInteger(let digits): values[path] = .bigInteger(digits)
    case .bytes, .dtype, .storage: return
    case .list(let items), .tuple(let items), .set(let items):
      for (index, item) in items.enumerated() {
        try walk(item, path: child("\(index)"), below: path)
      }
    case .dict(let items):
      for index in stride(from: 0, to: items.count - 1, by: 2) {
        guard let key = heap.string(items[index]) ?? heap.integer(items[index]).map(String.init)
        else {
          if let name = heap.opaqueName(items[index]) { skipped[try child(name)] = name }
          continue
        }
        let name = try child(key)
        if path.isEmpty, !hasStateDict { topLevelKeys.append(key) }
        try walk(items[index + 1], path: name, below: path)
      }
    case .array(let array):
      guard let array else { throw fail("an array has no content", path) }
      try add(tensor(array), path)
    case .view(let view): try add(tensor(view, path), path)
    case .opaque(let name): skipped[path] = name
    case .instance(let type, _): skipped[path] = "\(type)"
    }
  }

  private mutating func add(_ tensor: TorchTensor, _ path: String) throws {
    guard listsWeights else {
      otherNames.insert(path)
      return
    }
    let name = path.isEmpty ? "tensor" : path
    guard weights.updateValue(tensor, forKey: name) == nil else {
      throw fail("two tensors have one name", name)
    }
    names.append(name)
  }

  private func tensor(_ array: TensorData) -> TorchTensor {
    var strides: [Int] = []
    var step = 1
    for extent in array.shape.reversed() {
      strides.append(step)
      // Extents before one of 0 are not bounded by the file.
      step = step.multipliedReportingOverflow(by: extent).partialValue
    }
    return TorchTensor(
      scalarType: array.scalarType, shape: array.shape, strides: strides.reversed(), offset: 0,
      elements: TorchElements(.owned(array.withUnsafeBytes { [UInt8]($0) })))
  }

  private func tensor(_ view: TorchView, _ path: String) throws -> TorchTensor {
    guard let elements = view.storage.elements else {
      throw fail("the elements of a tensor are missing", path)
    }
    let tensor = TorchTensor(
      scalarType: view.storage.scalarType, shape: view.shape, strides: view.strides,
      offset: view.offset, elements: elements)
    guard tensor.byteCount <= largestTensor else {
      throw fail("a tensor is far larger than its file", path, found: "\(view.shape)")
    }
    return tensor
  }
}
