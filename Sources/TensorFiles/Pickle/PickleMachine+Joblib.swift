import Compute

// joblib writes the elements of an array into the pickle, right behind the object that stands for it.
//
// Matches: joblib 0.10 to 1.5, `NumpyArrayWrapper.read_array`: a byte of padding's length and the
// padding where the object has an alignment (since 1.2), then the elements; arrays of Python objects are
// pickles of their own.

extension PickleMachine {
  /// Arrays of objects within arrays of objects.
  static let deepestJoblib = 8

  /// Fills `target` with the array that follows in the file, if it stands for one.
  mutating func readJoblibArray(_ target: PickleItem) throws {
    guard case .object(let index) = target,
      case .instance(.joblibArray, let state)? = heap.content(target)
    else { return }
    let object = heap.objects[index]
    if let name = try heap.opaqueName(heap.entry("dtype", of: state)) {
      throw fail("an array of joblib is of a type that is not read", found: name)
    }
    guard let shape = try heap.integers(heap.entry("shape", of: state)),
      let type = try heap.dtype(heap.entry("dtype", of: state)),
      let order = try heap.name(heap.entry("order", of: state))
    else { throw fail("an array of joblib is not understood") }
    guard let scalarType = type.scalarType else {
      guard level < Self.deepestJoblib else {
        throw fail("arrays of objects are nested too deeply")
      }
      var machine = PickleMachine(input, from: position, heap: heap, level: level + 1)
      let item = try machine.run()
      _ = try take(machine.position - position)
      object.content = heap.content(item) ?? .list([item])
      return
    }
    if let alignment = try heap.integer(heap.entry("numpy_array_alignment_bytes", of: state)),
      alignment > 0
    {
      _ = try take(Int(take(1)[0]))
    }
    let length = try elementCount(shape, scalarType) * scalarType.size
    let bytes = [UInt8](try take(length))
    object.content = .array(try array(type, shape, bytes, isFortran: order == "F"))
  }
}
