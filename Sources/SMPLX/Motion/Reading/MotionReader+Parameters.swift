import Compute

/// Reading named arrays of rotations: which of a file's keys are taken, and how.
///
/// Matches: smplx.SMPLX.forward: hands of fewer than 45 numbers are coefficients of the model's hand
/// components; the mean hand is added to components and to rotations alike unless the file says
/// `flat_hand_mean`. AMASS's hands are complete rotations. Differs: rotation matrices, 6D rotations and
/// quaternions are read as well, and taken as complete.
extension MotionReader {
  mutating func readParameters(_ c: ParameterConventions) throws -> MotionClip {
    if arrays.listKey == Self.dinarKey { return try readDINAR() }
    let keys = c.keys
    var body = arrays.first(keys.body)
    var joined = try joinedKey(keys)
    if let key = body, try isJoined(key) { (body, joined) = (nil, joined ?? key) }
    if body != nil, let key = joined,
      !(c.prefersJoined ?? !["full_pose", "fullpose"].contains(key))
    {
      joined = nil
    }
    let root = arrays.first(keys.root)
    guard joined != nil || body != nil || root != nil else {
      throw arrays.error("the motion has no rotations", expected: "a pose of the body")
    }
    let translation = arrays.first(keys.translation)
    try settle(joined: joined, body: body, root: root, outer: arrays.first(keys.outerRoot))
    var kind = MotionHands.flat
    if let joined {
      kind = try addJoined(joined, root: root, c)
    } else {
      if let body { try addBody(body) }
      if let root { try addJoints(root, ParameterRows.root, taken: 1, at: 0) }
      kind = try addParts(c)
    }
    let outer = arrays.first(keys.outerRoot)
    if let outer { try addOuterRoot(outer) }
    // The translation of a single fit's camera is the camera's.
    let isFit = translation == "camera_translation" && frameTotal == 1
    try addTranslation(isFit ? nil : translation, factor: factor(keys))
    if let key = arrays.first(keys.expression) { try addExpression(key) }
    let rate = try frameRate(ofLayout: c.frameRate)
    try compareModelType(c.layout)
    noteUnused(keys)
    let clip = try finish(c.layout, hands: kind, rate: rate, keys: keys)
    return outer == nil ? clip : clip.turning(about: .origin)
  }

  private mutating func settle(joined: String?, body: String?, root: String?, outer: String?) throws
  {
    var keys: [(key: String, accepts: (Int) -> Bool, expected: String)] = []
    if let joined {
      keys.append(
        (
          joined,
          {
            ParameterRows(width: $0, ParameterRows.joined) != nil
              || ParameterRows.extras.contains($0)
          }, "156, 165, 72 or 66 numbers"
        ))
    }
    if let body {
      keys.append(
        (body, { ParameterRows(width: $0, ParameterRows.body) != nil }, "63 numbers (21 joints)"))
    }
    for root in [root, outer].compactMap(\.self) {
      keys.append(
        (root, { ParameterRows(width: $0, ParameterRows.root) != nil }, "3 numbers (1 joint)"))
    }
    try settleFrames(keys)
  }

  private mutating func addBody(_ key: String) throws {
    // SMPL's body has 23 joints; its last two are whole hands, which SMPL-X does not have.
    try addJoints(
      key, ParameterRows.body, pieces: [.init(column: 0, offset: MotionFrame.body, count: 63)],
      expected: "63 numbers (21 joints)")
  }

  /// Metres of a unit of the translation.
  private mutating func factor(_ keys: ParameterKeys) throws -> Double {
    var factor = options.scale ?? 1
    if let key = arrays.first(keys.scaling), let scaling = try arrays.number(key) {
      guard scaling.isFinite, scaling > 1e-6 else {
        throw arrays.error(
          "the scale of the translation is not possible", key: key, expected: "a positive number",
          found: "\(scaling)")
      }
      factor /= scaling
      markUsed(key)
    }
    return factor
  }

  /// Some files name their model; a name that contradicts the columns is worth a word.
  private mutating func compareModelType(_ layout: MotionLayout) throws {
    guard let name = try arrays.text("surface_model_type")?.lowercased() else { return }
    let expected: MotionLayout? =
      name.hasPrefix("smplx") ? .amassSMPLX : name.hasPrefix("smplh") ? .amassSMPLH : nil
    if let expected, expected != layout {
      notices.append("`surface_model_type` says \(name), the columns are \(layout.label)")
    }
  }

  /// One notice of all that was there and not taken.
  private mutating func noteUnused(_ keys: ParameterKeys) {
    guard let entry = arrays.entries.first else { return }
    let known = used.union(ParameterKeys.about).union(Self.rateKeys).union(keys.shape)
      .union(keys.expression)
    let unused = arrays.keys.filter { !known.contains($0) }.compactMap { key -> String? in
      if case .opaque(let name)? = entry.value(key) {
        return "`\(key.shortened(to: 40))` (\(name.shortened(to: 60)))"
      }
      if entry.value(key) != nil { return "`\(key.shortened(to: 40))`" }
      guard let header = try? entry.header(key), header.scalarType.isReal, header.count > 1 else {
        return nil
      }
      return "`\(key.shortened(to: 40))`"
    }
    guard !unused.isEmpty else { return }
    notices.append("not used: " + unused.listed(most: 8))
  }
}
