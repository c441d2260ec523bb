/// Turns the objects of a pickle into values.
///
/// The last step of `Pickle.read`. An object used twice is converted once; objects that contain
/// themselves, deep nesting and pickles that unfold into too many values are refused.
import Compute

struct PickleConversion {
  private let heap: PickleHeap
  private enum State {
    case open
    /// values: number of values when written out as a tree.
    case done(PickleValue, values: Int)
  }
  private var states: [Int: State] = [:]
  private var depth = 0

  static let deepest = 200
  static let mostValues = 1 << 26

  init(heap: PickleHeap) { self.heap = heap }

  mutating func value(_ item: PickleItem) throws -> PickleValue { try convert(item).0 }

  private func fail(_ what: String, found: String? = nil) -> ProgramError {
    ProgramError(.dataError, what, found: found)
  }

  private mutating func convert(_ item: PickleItem) throws -> (PickleValue, Int) {
    switch item {
    case .none: return (.none, 1)
    case .bool(let value): return (.bool(value), 1)
    case .int(let value): return (.int(value), 1)
    case .float(let value): return (.float(value), 1)
    case .global(.typeName(let name)): return (.string(name), 1)
    case .global(let global):
      return try stranger("the pickle holds a class as a value", "\(global)")
    case .object(let index):
      switch states[index] {
      case .open: throw fail("the pickle contains itself")
      case .done(let value, let values): return (value, values)
      case nil: break
      }
      guard depth < Self.deepest else {
        throw fail("the pickle is nested too deeply", found: "more than \(Self.deepest) levels")
      }
      states[index] = .open
      depth += 1
      defer { depth -= 1 }
      let result = try convert(heap.objects[index].content)
      guard result.1 <= Self.mostValues else { throw fail("the pickle unfolds too far") }
      states[index] = .done(result.0, values: result.1)
      return result
    }
  }

  private mutating func convert(_ items: [PickleItem]) throws -> ([PickleValue], Int) {
    var values: [PickleValue] = []
    values.reserveCapacity(items.count)
    var total = 1
    for item in items {
      let (value, count) = try convert(item)
      values.append(value)
      // Each is below `mostValues`, and there are fewer than 2^32.
      total += count
    }
    return (values, total)
  }

  private mutating func convert(
    _ content: PickleObject.Content
  ) throws -> (PickleValue, Int) {
    switch content {
    case .bigInteger(let digits): return (.bigInteger(digits), 1)
    case .string(let text): return (.string(text), 1)
    case .byteString(let bytes): return (.string(latin1(bytes)), 1)
    case .bytes(let bytes): return (.bytes(bytes), 1)
    case .list(let items):
      let (values, count) = try convert(items)
      return (.list(values), count)
    case .tuple(let items):
      let (values, count) = try convert(items)
      return (.tuple(values), count)
    case .set(let items):
      let (values, count) = try convert(items)
      return (.set(values), count)
    case .dict(let items):
      let (values, count) = try convert(items)
      return (
        .dict(
          stride(from: 0, to: values.count - 1, by: 2).map {
            (key: values[$0], value: values[$0 + 1])
          }), count
      )
    case .array(let tensor):
      guard let tensor else { return try stranger("an array has no content", "an array") }
      return (.tensor(tensor), 1)
    case .view(let view): return (.tensor(try tensor(view)), 1)
    case .storage(let storage):
      let whole = TorchView(storage: storage, offset: 0, shape: [storage.count], strides: [1])
      return (.tensor(try tensor(whole)), 1)
    case .instance(.chumpy, let state):
      guard let item = try heap.entry("x", of: state) else {
        throw fail("an array of chumpy has no content")
      }
      return try convert(item)
    case .instance(.sparse(let isColumnCompressed), let state):
      return (.sparse(try sparse(state, isColumnCompressed)), 1)
    case .instance(let type, _):
      return try stranger("an object is not understood", "\(type)")
    case .opaque(let name):
      return try stranger("the pickle holds something that is not read", name)
    case .dtype: return try stranger("the pickle holds a type of numpy as a value", "numpy.dtype")
    }
  }

  /// What is not read passes by its name, or ends the reading.
  private func stranger(_ what: String, _ name: String) throws -> (PickleValue, Int) {
    guard heap.toleratesUnknown else { throw fail(what, found: name) }
    return (.opaque(name), 1)
  }

  private func tensor(_ view: TorchView) throws -> TensorData {
    let type = view.storage.scalarType
    guard let elements = view.storage.elements else {
      throw fail("the elements of a tensor are missing")
    }
    let count = view.shape.reduce(1, *)
    try heap.charge(count * type.size)
    return TensorData(
      scalarType: type, shape: view.shape,
      bytes: try elements.withBytes {
        gathered(
          $0, shape: view.shape, size: type.size, strides: view.strides, offset: view.offset)
      })
  }

  private mutating func sparse(
    _ state: PickleItem, _ isColumnCompressed: Bool
  ) throws -> SparseMatrix {
    func part(_ key: String) throws -> TensorData {
      guard let item = try heap.entry(key, of: state), case .tensor(let tensor) = try value(item)
      else { throw fail("a sparse matrix lacks an array", found: "no \(key)") }
      return tensor
    }
    guard
      let shape = heap.integers(
        try heap.entry("_shape", of: state) ?? heap.entry("shape", of: state)),
      shape.count == 2
    else { throw fail("a sparse matrix has no shape") }
    let (starts, indices) = (try part("indptr"), try part("indices"))
    // Many matrices may be made of the same arrays, and each has its own lists of places.
    try heap.charge((starts.count + indices.count) * MemoryLayout<Int>.size)
    return try SparseMatrix(
      rowCount: shape[0], columnCount: shape[1], isColumnCompressed: isColumnCompressed,
      starts: starts.ints(), indices: indices.ints(), data: part("data"))
  }
}
