/// What the known names do when a pickle calls them or sets an object's state.
///
/// Matches: numpy's `_reconstruct`, `scalar`, `_frombuffer`, `ndarray.__setstate__`,
/// `dtype.__setstate__`; torch's `_rebuild_tensor_v2`.
import Compute

extension PickleMachine {
  /// REDUCE and NEWOBJ: `function(*arguments)`.
  func call(_ function: PickleItem, _ arguments: [PickleItem]?, isNew: Bool) throws -> PickleItem {
    // The same long tuple may be passed again and again.
    if let count = arguments?.count, count > 64 { try heap.charge(8 * count) }
    // What something unknown makes, or what is made of it, is unknown too.
    let unknown = [function] + (arguments ?? [])
    if let name = unknown.lazy.compactMap({ self.heap.opaqueName($0) }).first {
      return try heap.add(.opaque(name))
    }
    guard case .global(let global) = function else {
      throw fail("the pickle calls something that is no function")
    }
    guard let arguments else { throw fail("the pickle calls without a tuple of arguments") }
    func argument(_ index: Int) -> PickleItem? {
      arguments.indices.contains(index) ? arguments[index] : nil
    }
    func wrong() -> ProgramError {
      fail("the arguments of a call are not understood", found: "\(global), byte \(position - 1)")
    }
    switch global {
    case .reconstructor, .newObject:
      guard case .global(let type)? = argument(0) else { throw wrong() }
      return try instance(type) ?? { throw wrong() }()
    case .chumpy, .sparse, .joblibArray:
      guard isNew, let made = try instance(global) else { throw wrong() }
      return made
    case .encode:
      guard let text = heap.string(argument(0)) else { throw wrong() }
      let name = heap.name(argument(1)) ?? "utf-8"
      try heap.charge(text.utf8.count)
      if ["latin1", "latin-1", "iso-8859-1"].contains(name) {
        guard let bytes = latin1Bytes(text) else { throw wrong() }
        return try heap.add(.bytes(bytes))
      }
      guard ["utf-8", "utf8", "ascii"].contains(name) else { throw wrong() }
      return try heap.add(.bytes(Array(text.utf8)))
    case .bytes, .bytearray:
      guard let first = argument(0) else { return try heap.add(.bytes([])) }
      if let bytes = heap.bytes(first) {
        try heap.charge(bytes.count)
        return try heap.add(.bytes(bytes))
      }
      guard let items = heap.items(first) else { throw wrong() }
      try heap.charge(items.count)
      return try heap.add(
        .bytes(
          items.map { item in
            guard let value = heap.integer(item).flatMap({ UInt8(exactly: $0) }) else {
              throw wrong()
            }
            return value
          }))
    case .set:
      guard let first = argument(0) else { return try heap.add(.set([])) }
      guard let items = heap.items(first) else { throw wrong() }
      try heap.charge(16 * items.count)
      return try heap.add(.set(items))
    case .complex:
      guard case .float(let real)? = argument(0), case .float(let imaginary)? = argument(1)
      else { throw wrong() }
      let bytes = [real, imaginary].withUnsafeBytes { [UInt8]($0) }
      return try heap.add(
        .array(TensorData(scalarType: .complex128, shape: [], bytes: bytes)))
    case .orderedDictionary:
      guard let first = argument(0) else { return try heap.add(.dict([])) }
      guard let pairs = heap.items(first) else { throw wrong() }
      try heap.charge(32 * pairs.count)
      return try heap.add(
        .dict(
          pairs.flatMap { pair in
            guard let parts = heap.items(pair), parts.count == 2 else { throw wrong() }
            return parts
          }))
    case .defaultDictionary:
      // The factory of missing values does not matter; the entries come as items.
      guard arguments.count <= 1 else { throw wrong() }
      return try heap.add(.dict([]))
    case .dtype:
      guard let name = heap.name(argument(0)) else { throw wrong() }
      do {
        return try heap.add(.dtype(dtype(name)))
      } catch  where heap.toleratesUnknown {
        return try heap.add(.opaque("numpy.dtype \(name.prefix(100))"))
      }
    case .arrayReconstruct:
      guard case .global(.array)? = argument(0) else { throw wrong() }
      return try heap.add(.array(nil))
    case .arrayScalar:
      guard let type = heap.dtype(argument(0)) else { throw wrong() }
      guard type.scalarType != nil else { return argument(1) ?? .none }
      guard let bytes = heap.bytes(argument(1)) else { throw wrong() }
      let tensor = try array(type, [], bytes, isFortran: false)
      switch tensor.scalarType {
      case .unicode: return try heap.add(.string(tensor.strings().first ?? ""))
      case .bytes: return try heap.add(.bytes(bytes))
      default: return try heap.add(.array(tensor))
      }
    case .arrayFromBuffer:
      guard let bytes = heap.bytes(argument(0)), let type = heap.dtype(argument(1)),
        let shape = heap.integers(argument(2)), let order = heap.name(argument(3))
      else { throw wrong() }
      return try heap.add(.array(array(type, shape, bytes, isFortran: order == "F")))
    case .torchTensor:
      guard case .storage(let storage)? = argument(0).flatMap(heap.content),
        let offset = heap.integer(argument(1)), let shape = heap.integers(argument(2)),
        let strides = heap.integers(argument(3))
      else { throw wrong() }
      return try heap.add(.view(view(storage, offset, shape, strides)))
    case .torchParameter:
      guard let tensor = argument(0), case .view? = heap.content(tensor) else { throw wrong() }
      return tensor
    case .torchLoadBytes:
      guard let bytes = heap.bytes(argument(0)) else { throw wrong() }
      return try loadTorch(bytes)
    case .torchSize:
      guard let sizes = heap.integers(argument(0)) else { throw wrong() }
      return try heap.add(.tuple(sizes.map { PickleItem.int($0) }))
    case .torchDevice:
      guard let kind = heap.name(argument(0)) else { throw wrong() }
      return try heap.add(.string(heap.integer(argument(1)).map { "\(kind):\($0)" } ?? kind))
    case .object, .array, .torchStorage, .typeName: throw wrong()
    }
  }

  /// An object whose state comes later; nil for classes that are made otherwise.
  private func instance(_ type: PickleGlobal) throws -> PickleItem? {
    switch type {
    case .chumpy, .sparse, .joblibArray: try heap.add(.instance(type, state: .none))
    case .orderedDictionary, .defaultDictionary: try heap.add(.dict([]))
    case .set: try heap.add(.set([]))
    default: nil
    }
  }

  /// BUILD: sets the state of `target`.
  func build(_ target: PickleItem, _ state: PickleItem) throws {
    guard case .object(let index) = target else {
      throw fail("the pickle sets the state of a plain value")
    }
    let object = heap.objects[index]
    if case .opaque = object.content { return }
    if let name = heap.opaqueName(state) {
      // The attributes of a dictionary are no content.
      if case .dict = object.content { return }
      object.content = .opaque(name)
      return
    }
    let parts = heap.items(state) ?? []
    func wrong() -> ProgramError { fail("the state of an object is not understood") }
    switch object.content {
    case .dtype(var type):
      // (version, byte order, subarray, names, fields, ...)
      guard parts.count >= 5, let order = heap.name(parts[1]) else { throw wrong() }
      for part in parts[2..<5] {
        guard case .none = part else {
          if heap.toleratesUnknown { return object.content = .opaque("a structured dtype") }
          throw fail("arrays of records are not read", found: "a structured dtype")
        }
      }
      type.isBigEndian = order == ">"
      object.content = .dtype(type)
    case .array(let old):
      // (version, shape, type, is Fortran, data)
      if parts.count == 5, let name = heap.opaqueName(parts[2]) {
        object.content = .opaque(name)
        return
      }
      guard old == nil, parts.count == 5, let shape = heap.integers(parts[1]),
        let type = heap.dtype(parts[2]), let isFortran = heap.integer(parts[3])
      else { throw wrong() }
      if type.scalarType == nil {
        guard let items = heap.items(parts[4]) else { throw wrong() }
        try heap.charge(16 * items.count)
        object.content = .list(items)
      } else {
        guard let bytes = heap.bytes(parts[4]) else { throw wrong() }
        object.content = .array(try array(type, shape, bytes, isFortran: isFortran != 0))
      }
    case .instance(let type, _):
      // A dictionary, or a pair of one and of slots.
      let fields = parts.count == 2 ? parts[0] : state
      guard case .dict? = heap.content(fields) else { throw wrong() }
      object.content = .instance(type, state: fields)
    case .dict, .set: break  // Attributes of a container (torch's _metadata) are no content.
    default: throw wrong()
    }
  }

  private func dtype(_ name: String) throws -> PickleDType {
    if name.hasPrefix("O") || name.hasPrefix("|O") {
      return PickleDType(scalarType: nil, isBigEndian: false)
    }
    let parsed = try NPYHeader.scalarType(name)
    return PickleDType(scalarType: parsed.type, isBigEndian: parsed.bigEndian)
  }

  /// Number of elements; throws for sizes that no file can hold.
  func elementCount(_ shape: [Int], _ type: ScalarType) throws -> Int {
    var total = max(1, type.size)
    for extent in shape {
      let (product, overflow) = total.multipliedReportingOverflow(by: max(extent, 1))
      guard extent >= 0, !overflow, product < 1 << 46 else {
        throw fail("the shape of an array is not possible", found: "\(shape)")
      }
      total = product
    }
    // Elements without bytes cost nothing in a file, so their number needs a limit.
    guard type.size > 0 || total <= NPYHeader.mostEmptyElements else {
      throw fail("the shape of an array is not possible", found: "\(shape)")
    }
    return shape.reduce(1, *)
  }

  func array(
    _ type: PickleDType, _ shape: [Int], _ bytes: [UInt8], isFortran: Bool
  ) throws -> TensorData {
    guard let scalarType = type.scalarType else {
      throw fail("arrays of Python objects are not read here")
    }
    let length = try elementCount(shape, scalarType) * scalarType.size
    guard bytes.count == length else {
      throw fail(
        "the data of an array does not fit its shape",
        expected: "\(length) bytes for \(shape) of \(scalarType)", found: "\(bytes.count)")
    }
    try heap.charge(length)
    var data = bytes
    if type.isBigEndian { swapByteOrder(&data, unit: scalarType.swapUnit) }
    if isFortran && shape.count > 1 && length > 0 {
      data = cOrdered(data, shape: shape, size: scalarType.size)
    }
    return TensorData(scalarType: scalarType, shape: shape, bytes: data)
  }

  private func view(
    _ storage: TorchStorage, _ offset: Int, _ shape: [Int], _ strides: [Int]
  ) throws -> TorchView {
    func outside() -> ProgramError {
      fail(
        "a tensor reaches outside of its storage", expected: "\(storage.count) elements",
        found: "offset \(offset), shape \(shape), strides \(strides)")
    }
    guard strides.count == shape.count else { throw outside() }
    let count = try elementCount(shape, storage.scalarType)
    guard offset >= 0, offset <= storage.count else { throw outside() }
    if count > 0 {
      var last = offset
      for (extent, stride) in zip(shape, strides) {
        let (reach, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
        guard stride >= 0, !overflow, reach <= storage.count - 1 - last else { throw outside() }
        last += reach
      }
      guard last < storage.count else { throw outside() }
    }
    return TorchView(storage: storage, offset: offset, shape: shape, strides: strides)
  }
}
