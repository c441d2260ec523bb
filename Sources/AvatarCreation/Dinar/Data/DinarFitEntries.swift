import Avatar
import Compute
import TensorFiles

/// The entries of a fit's file, unwrapped and renamed as DINAR does, with checks of what is read.
struct DinarFitEntries {
  let gender: String
  private(set) var arrays: [(key: String, value: TensorData)] = []
  private(set) var genderPosition = 0
  private let path: String

  var keys: [String] { arrays.map(\.key) }

  /// Numbers beyond are no pose, no shape and no place.
  private static let largest: Float = 1e6
  /// What something is made of: it must be numbers, or nothing.
  private static let read: Set = [
    "betas", "expression", "global_orient", "body_pose", "jaw_pose", "left_hand_pose",
    "right_hand_pose", "transl", "camera_translation", "body_scale", "ltrb",
  ]
  private static let mostAxes = 4
  /// What DINAR drops.
  private static let ignored: Set = ["frame_fns", "camera_rotation"]
  /// Right before left, as DINAR sets them.
  private static let eyes = [
    ("reye_pose", [-0.39876276, -0.0913531, -0.07875713]),
    ("leye_pose", [-0.23671481, -0.14406434, 0.10868622]),
  ]

  init(_ content: PickleValue, path: String) throws {
    self.path = path
    var content = content
    for wrapper in ["result", "smplx"] { content = content[wrapper] ?? content }
    guard case .dict(let entries) = content, !content.keys.isEmpty else {
      throw ProgramError(
        .dataError, "this is no fit", file: path, expected: "a dictionary of SMPL-X parameters",
        found: "another pickle", hint: "SMPLify-X writes such files, one for each picture")
    }
    if let text = content["gender"]?.string?.lowercased() {
      gender = text
    } else if content["gender"] == nil {
      gender = "neutral"
    } else {
      gender = "no text"
    }
    guard AvatarDescription.genders.contains(gender) else {
      throw ProgramError(
        .dataError, "the fit's gender is not known", file: path, key: "gender",
        expected: AvatarDescription.genders.listed(), found: gender.shortened(to: 40))
    }
    var place: TensorData?
    var position: Int?
    for entry in entries {
      guard let key = entry.key.string, !Self.ignored.contains(key) else { continue }
      if key == "gender" {
        position = arrays.count
      } else if let array = try ProgramError.locating(
        file: path, key: key, { try Self.array(entry.value) })
      {
        if key == "camera_translation" { place = array } else { set(key, array) }
      } else if Self.read.contains(key), let kind = Self.kind(of: entry.value) {
        throw ProgramError(
          .dataError, "the entry holds no numbers", file: path, key: key,
          expected: "an array of numbers", found: kind)
      }
    }
    // A gender that is added comes last.
    genderPosition = position ?? arrays.count
    if let place { set("transl", place) }
    for (key, numbers) in Self.eyes { set(key, TensorData(shape: [1, 3], doubles: numbers)) }
  }

  /// An array of numbers; whole numbers of a list stay whole. nil for other things.
  ///
  /// - Parameter outer: extents of the lists around it: JSON's way to say (1, n).
  private static func array(_ value: PickleValue, outer: [Int] = []) throws -> TensorData? {
    if let items = value.sequence {
      if items.count == 1, items[0].sequence != nil, outer.count < mostAxes {
        return try array(items[0], outer: outer + [1])
      }
      let whole = items.compactMap { item -> Int64? in
        if case .int(let number) = item { return Int64(number) }
        return nil
      }
      if whole.count == items.count, !whole.isEmpty {
        return TensorData(shape: outer + [whole.count], int64s: whole)
      }
    }
    guard let array = try value.tensor(), array.scalarType.isReal else { return nil }
    return outer.isEmpty
      ? array : TensorData(shape: outer + array.shape, doubles: try array.doubles())
  }

  /// What an entry is that holds no numbers; nil for None, which is nothing.
  private static func kind(of value: PickleValue) -> String? {
    switch value {
    case .none: nil
    case .string(let text): "the text \"\(text.shortened(to: 40))\""
    case .bytes: "bytes"
    case .list(let items), .tuple(let items), .set(let items):
      items.isEmpty ? "an empty list" : "a list of other things"
    case .dict: "a dictionary"
    case .tensor(let array): "an array of \(array.scalarType)"
    default: "something else"
    }
  }

  private mutating func set(_ key: String, _ value: TensorData) {
    if let index = arrays.firstIndex(where: { $0.key == key }) {
      arrays[index].value = value
    } else {
      arrays.append((key, value))
    }
  }

  func contains(_ key: String) -> Bool { arrays.contains { $0.key == key } }

  /// The numbers of one person, all of them finite and of a size that means something.
  private func numbers(
    _ key: String, expected: String, fits: (Int) -> Bool, hint: (Int) -> String? = { _ in nil }
  ) throws -> [Float]? {
    guard let array = arrays.first(where: { $0.key == key })?.value else { return nil }
    let shape = array.shape.count > 1 ? array.shape.dropFirst() : array.shape[...]
    let isOne = array.shape.count < 2 || array.shape[0] == 1 || array.count == array.shape[0]
    guard isOne, fits(array.count) else {
      throw ProgramError(
        .dataError, "the array has another size", file: path, key: key, expected: expected,
        found: "\(array.shape)", hint: isOne ? hint(shape.reduce(1, *)) : nil)
    }
    let values = try ProgramError.locating(file: path, key: key) { try array.floats() }
    // Written so that a NaN is bad.
    if let bad = values.first(where: { !(abs($0) <= Self.largest) }) {
      throw ProgramError(
        .dataError, "the array holds a number that means nothing", file: path, key: key,
        expected: "finite numbers within \(Int(Self.largest))", found: "\(bad)")
    }
    return values
  }

  /// So many numbers; zeros where the file has none.
  func floats(_ key: String, count: Int) throws -> [Float] {
    try numbers(
      key, expected: "(1, \(count))", fits: { $0 == count },
      hint: { found in
        key == "body_pose" && found == 32
          ? "this is a pose in VPoser's latent space; decode it, or let SMPLify-X write body_pose"
          : nil
      }) ?? [Float](repeating: 0, count: count)
  }

  /// The first components of a hand.
  func hand(_ key: String) throws -> [Float] {
    let count = DinarFit.handComponentCount
    let all = try numbers(
      key, expected: "(1, \(count)) to (1, 45) hand components", fits: { (count...45).contains($0) }
    )
    return all.map { Array($0.prefix(count)) } ?? [Float](repeating: 0, count: count)
  }

  /// The part of the picture that the fit is for.
  func crop() throws -> CropBox? {
    guard
      let sides = try numbers("ltrb", expected: "left, top, right, bottom", fits: { $0 == 4 })
    else { return nil }
    let box = sides.map { Int(saturating: $0, .towardZero) }
    guard box[0] < box[2], box[1] < box[3] else {
      throw ProgramError(
        .dataError, "the box of the picture is empty", file: path, key: "ltrb",
        expected: "left < right and top < bottom", found: "\(box)")
    }
    return CropBox(left: box[0], top: box[1], right: box[2], bottom: box[3])
  }
}
