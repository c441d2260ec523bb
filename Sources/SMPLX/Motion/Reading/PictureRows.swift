import Compute
import TensorFiles

/// Arrays whose rows are persons in pictures, as archives for training have them: a row names its picture,
/// and rows of many scenes and persons follow each other.
///
/// Source: BEDLAM's `data_processing/df_full_body.py`: `imgname` is `seq_000000/seq_000000_0000.png`, `sub`
/// the person; scenes follow each other, in a scene the persons, of a person the pictures. Pictures in which
/// a person is not seen have no row.
struct PictureRows {
  private struct Row {
    let index: Int
    let picture: String
  }
  private struct Person {
    let name: String
    var rows: [Row]
  }

  private let group: any NamedArrays
  private let count: Int
  private let pictures: [String]
  private let people: [String]?

  /// Names of pictures.
  static let pictureKeys = ["imgname", "img_name", "imgnames"]
  /// Names of persons.
  static let personKeys = ["sub", "subject", "person_id"]

  /// nil for a group whose rows name no pictures.
  init?(_ group: any NamedArrays) {
    let keys = ParameterKeys()
    guard let pictures = Self.texts(Self.pictureKeys, in: group),
      let key = (keys.joined + keys.body + keys.root).first(where: group.holdsArray),
      let count = try? group.header(key).shape.first, count == pictures.count, count > 1
    else { return nil }
    self.group = group
    self.count = count
    self.pictures = pictures
    let people = Self.texts(Self.personKeys, in: group)
    self.people = people?.count == count ? people : nil
  }

  private static func texts(_ keys: [String], in group: any NamedArrays) -> [String]? {
    for key in keys {
      if let items = group.value(key)?.sequence {
        let texts = items.compactMap(\.string)
        if texts.count == items.count, !texts.isEmpty { return texts }
      } else if group.holdsArray(key), let header = try? group.header(key),
        header.scalarType.isText, header.shape.count == 1
      {
        return try? group.tensor(key).strings()
      }
    }
    return nil
  }

  /// Scenes by the folders of their pictures, in each the persons.
  func tree(_ arrays: ([any NamedArrays]) -> MotionArrays) -> MotionTree? {
    let scenes = self.scenes()
    func person(_ person: Person) -> MotionTree.Child? {
      let (rows, step, notice) = Self.ordered(person.rows)
      var found = arrays([RowArrays(group, rows: rows, of: count)])
      found.pictureStep = step
      if let notice { found.notices.append(notice) }
      return .init(name: person.name, tree: .arrays(found))
    }
    let children = scenes.map { scene in
      let people = scene.people.compactMap(person)
      return MotionTree.Child(
        name: scene.name, tree: people.count == 1 ? people[0].tree : .persons(people))
    }
    return children.count == 1 ? children.first?.tree : .sequences(children)
  }

  private func scenes() -> [(name: String, people: [Person])] {
    var scenes: [(name: String, people: [Person])] = []
    var sceneNumbers: [String: Int] = [:]
    var personNumbers: [String: Int] = [:]
    // Rows of a person without a name are told by how often their picture came before.
    var seen: [String: Int] = [:]
    for index in 0..<count {
      let picture = pictures[index]
      let scene = picture.lastIndex(of: "/").map { String(picture[..<$0]) } ?? ""
      let number = sceneNumbers[scene] ?? scenes.count
      if number == scenes.count {
        sceneNumbers[scene] = number
        scenes.append((scene.isEmpty ? "0" : scene, []))
      }
      let name = people?[index] ?? ""
      let times = seen["\(name)\n\(picture)", default: 0]
      seen["\(name)\n\(picture)"] = times + 1
      let key = "\(scene)\n\(name)\n\(times)"
      let place = personNumbers[key] ?? scenes[number].people.count
      if place == scenes[number].people.count {
        personNumbers[key] = place
        let label = name.isEmpty ? "\(times)" : times == 0 ? name : "\(name) \(times + 1)"
        scenes[number].people.append(Person(name: label, rows: []))
      }
      scenes[number].people[place].rows.append(Row(index: index, picture: picture))
    }
    return scenes
  }

  /// Rows in the order of their pictures, the row before standing for pictures that are missing.
  private static func ordered(_ rows: [Row]) -> (rows: [Int], step: Int?, notice: String?) {
    let rows = rows.sorted { FrameNames.precede($0.picture, $1.picture) }
    guard let numbers = FrameNumbers(rows.map(\.picture)) else {
      return (rows.map(\.index), nil, nil)
    }
    guard numbers.total > 0 else { return (rows.map(\.index), numbers.step, nil) }
    let holds = numbers.areFew
    return (
      holds ? numbers.held.map { rows[$0].index } : rows.map(\.index), numbers.step,
      FrameRun.words(numbers, holds: holds)
    )
  }
}
