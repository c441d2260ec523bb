import Compute

// What each code of a pickle does to the stack.

extension PickleMachine {
  // MARK: Containers

  private func append(_ items: [PickleItem], to target: PickleItem) throws {
    guard case .object(let index) = target else { throw fail("the pickle appends to no list") }
    let object = heap.objects[index]
    switch object.content {
    case .list(var list):
      // The array is held once only while it grows, else every append would copy it.
      object.content = .list([])
      list.append(contentsOf: items)
      object.content = .list(list)
    case .set(var list):
      object.content = .set([])
      list.append(contentsOf: items)
      object.content = .set(list)
    case .opaque: break
    default: throw fail("the pickle appends to no list")
    }
  }

  private func setItems(_ items: [PickleItem], of target: PickleItem) throws {
    guard items.count % 2 == 0 else { throw fail("the pickle gives a key without a value") }
    if heap.opaqueName(target) != nil { return }
    guard case .object(let index) = target, case .dict(var list) = heap.objects[index].content
    else { throw fail("the pickle sets items of no dictionary") }
    heap.objects[index].content = .dict([])
    list.append(contentsOf: items)
    heap.objects[index].content = .dict(list)
  }

  // MARK: Persistent objects

  private mutating func persistent(_ item: PickleItem) throws {
    guard let storages else {
      throw fail(
        "the pickle refers to something outside of it", found: "a persistent id at byte \(position)"
      )
    }
    let parts = heap.items(item) ?? []
    if parts.count >= 5, let name = heap.opaqueName(parts[1]) { return try push(.opaque(name)) }
    guard parts.count >= 5, heap.name(parts[0]) == "storage",
      case .global(.torchStorage(let type)) = parts[1], let count = heap.integer(parts[4]),
      let key = heap.name(parts[2]) ?? heap.integer(parts[2]).map(String.init)
    else { throw fail("the pickle's persistent id is not a storage of torch") }
    if parts.count > 5, case .none = parts[5] {
    } else if parts.count > 5 {
      throw fail("views of storages in storages are not read")
    }
    try push(.storage(storages.storage(key: key, scalarType: type, count: count)))
  }

  // MARK: Codes

  mutating func step(_ code: PickleCode) throws {
    switch code {
    case .proto:
      let version = try take(1)[0]
      guard version <= Self.highestProtocol else {
        throw fail("the pickle's protocol is not known", expected: "0 to 5", found: "\(version)")
      }
    case .frame: _ = try number(UInt64.self)
    case .mark: try mark()
    case .pop:
      if stack.count > marks.last ?? 0 { _ = try pop() } else { _ = try popMark() }
    case .popMark: _ = try popMark()
    case .duplicate: try push(top())

    case .none: try push(PickleItem.none)
    case .newTrue: try push(PickleItem.bool(true))
    case .newFalse: try push(PickleItem.bool(false))
    case .binInt: try push(.int(number(Int32.self)))
    case .binInt1: try push(.int(number(UInt8.self)))
    case .binInt2: try push(.int(number(UInt16.self)))
    case .int: try push(decimal(line(), booleans: true))
    case .long: try push(decimal(line(), booleans: false))
    case .long1: try push(long(take(number(UInt8.self))))
    case .long4: try push(long(take(number(Int32.self))))
    case .float:
      let text = try text()
      guard let value = Double(text) else { throw fail("a number cannot be read", found: text) }
      try push(.float(value))
    case .binFloat:
      let bits = try take(8).loadUnaligned(as: UInt64.self)
      try push(.float(Double(bitPattern: UInt64(bigEndian: bits))))

    case .string: try push(.byteString(quoted(line())))
    case .binString: try push(.byteString([UInt8](take(number(Int32.self)))))
    case .shortBinString: try push(.byteString([UInt8](take(number(UInt8.self)))))
    case .unicode: try push(.string(rawUnicode(line())))
    case .binUnicode: try push(.string(String(decoding: take(number(UInt32.self)), as: UTF8.self)))
    case .shortBinUnicode:
      try push(.string(String(decoding: take(number(UInt8.self)), as: UTF8.self)))
    case .binUnicode8: try push(.string(String(decoding: take(number(UInt64.self)), as: UTF8.self)))
    case .binBytes: try push(.bytes([UInt8](take(number(UInt32.self)))))
    case .shortBinBytes: try push(.bytes([UInt8](take(number(UInt8.self)))))
    case .binBytes8, .byteArray8: try push(.bytes([UInt8](take(number(UInt64.self)))))
    case .readOnlyBuffer: _ = try top()

    case .emptyList: try push(.list([]))
    case .list: try push(.list(popMark()))
    case .append:
      let item = try pop()
      try append([item], to: top())
    case .appends:
      let items = try popMark()
      try append(items, to: top())
    case .emptyTuple: try push(.tuple([]))
    case .tuple: try push(.tuple(popMark()))
    case .tuple1: try tuple(1)
    case .tuple2: try tuple(2)
    case .tuple3: try tuple(3)
    case .emptyDict: try push(.dict([]))
    case .dict:
      let target = try heap.add(.dict([]))
      try setItems(popMark(), of: target)
      try push(target)
    case .setItem:
      let value = try pop()
      let key = try pop()
      try setItems([key, value], of: top())
    case .setItems:
      let items = try popMark()
      try setItems(items, of: top())
    case .emptySet: try push(.set([]))
    case .addItems:
      let items = try popMark()
      try append(items, to: top())
    case .frozenSet: try push(.set(popMark()))

    case .get:
      let text = try text()
      guard let key = Int(text) else { throw fail("a memo number cannot be read", found: text) }
      try push(recall(key))
    case .binGet: try push(recall(number(UInt8.self)))
    case .longBinGet: try push(recall(number(UInt32.self)))
    case .put:
      let text = try text()
      guard let key = Int(text), key >= 0 else {
        throw fail("a memo number cannot be read", found: text)
      }
      try remember(key)
    case .binPut: try remember(number(UInt8.self))
    case .longBinPut: try remember(number(UInt32.self))
    case .memoize: try remember(memo.count)

    default: try stepObject(code)
    }
  }

  private func global(_ module: String, _ name: String) throws -> PickleItem {
    do {
      return .global(try PickleGlobal(module: module, name: name))
    } catch {
      guard heap.toleratesUnknown else { throw error }
      return try heap.add(.opaque(String("\(module).\(name)".prefix(200))))
    }
  }

  /// The codes that name and make objects.
  private mutating func stepObject(_ code: PickleCode) throws {
    switch code {
    case .global: try push(global(text(), text()))
    case .stackGlobal:
      let name = try pop()
      let module = try pop()
      guard let module = heap.name(module), let name = heap.name(name) else {
        throw fail(
          "the pickle names an object by something else than a text",
          expected: "at most \(PickleHeap.longestName) bytes")
      }
      try push(global(module, name))
    case .reduce, .newObject:
      let arguments = try pop()
      let function = try pop()
      try push(call(function, heap.items(arguments), isNew: code == .newObject))
    case .newObjectEx:
      let keywords = try pop()
      let arguments = try pop()
      let function = try pop()
      if let name = heap.opaqueName(function) { return try push(.opaque(name)) }
      guard case .dict(let entries)? = heap.content(keywords), entries.isEmpty else {
        throw fail("objects made with keywords are not read")
      }
      try push(call(function, heap.items(arguments), isNew: true))
    case .instance:
      let function = try global(text(), text())
      try push(call(function, popMark(), isNew: true))
    case .object:
      let items = try popMark()
      guard let function = items.first else { throw fail("the pickle makes an object of nothing") }
      try push(call(function, Array(items.dropFirst()), isNew: true))
    case .build:
      let state = try pop()
      let target = try top()
      try build(target, state)
      try readJoblibArray(target)
    case .persistentID: try persistent(heap.add(.string(text())))
    case .binPersistentID: try persistent(pop())
    case .extension1, .extension2, .extension4: throw fail("registered extensions are not read")
    case .nextBuffer: throw fail("buffers outside of the pickle are not read")
    default:
      // `stop` ends the run before.
      throw fail("this is not a pickle, or it is damaged", expected: "a pickle's code")
    }
  }
}
