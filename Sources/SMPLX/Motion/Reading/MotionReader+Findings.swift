import Compute

/// What is told about a motion beside its frames: units that look wrong, gaps, whose body it is.
extension MotionReader {
  /// Tells of numbers that look like another unit: poses beyond three whole turns. Throws for numbers that
  /// nobody could see.
  mutating func judge(_ key: String, _ quantity: MotionQuantity, largest: Float) throws {
    guard largest <= quantity.limit else {
      throw arrays.error(
        "the motion holds a number that nobody can move by", key: key,
        expected: "at most \(decimal(Double(quantity.limit), digits: 0)) \(quantity.unit)",
        found: "\(largest)")
    }
    if quantity == .angle, largest > 6 * .pi {
      let text = decimal(Double(largest), digits: 1)
      notices.append("`\(key)` goes up to \(text) radians; are these degrees?")
    }
  }

  /// Betas that cannot be read (Python objects) are no reason to refuse a motion.
  mutating func shape(_ keys: ParameterKeys) throws -> [Float]? {
    guard let key = arrays.first(keys.shape) else { return nil }
    markUsed(key)
    let shape = (try? arrays.shape(key, entry: 0)) ?? []
    return shape.isEmpty ? nil : try arrays.numbers(key, limit: min(shape.last ?? 0, 1000))
  }

  func gender() throws -> String? {
    let name = try (arrays.text("gender") ?? arrays.text("genders"))?.lowercased().shortened(to: 40)
    switch name {
    case nil, "", "unknown", "none": return nil
    case "m": return "male"
    case "f": return "female"
    case let name: return name
    }
  }

  /// Numbers that are none matter where they are shown.
  mutating func checkGaps(rate: Double) throws {
    guard let gap = gaps.first else { return }
    // A time so near to a frame shows that frame alone; times are written with few digits.
    let near = MotionTable.Gap.nearness
    let first = Int(saturating: ((options.start ?? 0) * rate + near).rounded(.down))
    let last = options.end.map { Int(saturating: ($0 * rate - near).rounded(.up)) } ?? .max
    for gap in gaps where gap.frames.contains(where: { $0.overlaps(first...max(first, last)) }) {
      throw gap.error(arrays, rate: rate, frameCount: frameTotal)
    }
    notices.append("`\(gap.key)` is not a number in \(gap.words), which are not shown")
  }

  /// Tells of translations in centimetres or millimetres: of bodies that fly, or are a kilometre away.
  mutating func judgeTravel(rate: Double) throws {
    guard let key = translationKey, options.scale == nil,
      let part = parts.first(where: { $0.pieces.first?.offset == MotionFrame.translation })
    else { return }
    var (largest, path) = (Float(0), 0.0)
    var last: SIMD3<Float>?
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: 3) { row in
      guard let base = row.baseAddress else { return }
      for index in 0..<part.store.count {
        try part.store.read(index, into: base)
        let place = SIMD3(base[0], base[1], base[2])
        largest = max(largest, abs(place).max())
        if let last { path += Double((place - last).length) }
        last = place
      }
    }
    let seconds = Double(max(1, part.store.count - 1)) / rate
    let speed = path / seconds
    let text = decimal(Double(largest), digits: 1)
    if largest > 1000 {
      let unit =
        speed > 0 && speed * 0.01 < MotionLimits.fastest && speed * 0.001 < 0.3
        ? "centimetres" : "millimetres"
      notices.append("`\(key)` goes up to \(text) metres; are these \(unit)?")
    } else if part.store.count > 1, speed > MotionLimits.fastest {
      let isCentimetres = speed * 0.01 < MotionLimits.fastest
      notices.append(
        "`\(key)` moves at \(decimal(speed, digits: 1)) metres a second; are these "
          + (isCentimetres
            ? "centimetres? `motion-scale` 0.01" : "millimetres? `motion-scale` 0.001")
          + " makes them metres")
    }
  }
}

extension SIMD3<Float> {
  fileprivate var length: Float { (self * self).sum().squareRoot() }
}

private func abs(_ value: SIMD3<Float>) -> SIMD3<Float> {
  value.replacing(with: -value, where: value .< 0)
}
