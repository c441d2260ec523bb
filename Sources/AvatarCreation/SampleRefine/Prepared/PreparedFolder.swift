import Compute
import Foundation

/// Prepared samples as people have them: a texture's file, folders, or the authors' list of a data set.
public struct PreparedFolder: Sendable {
  /// In the order of their files.
  public private(set) var samples: [PreparedSample]
  /// Textures whose mask or normals are missing.
  public private(set) var incomplete: [(name: String, error: ProgramError)]

  /// Whether a path is of prepared pictures and not a photo, by its name and what it holds.
  public static func matches(_ path: String) -> Bool {
    if InputFile.isFolder(path) {
      let isMarked = pictures(in: path).contains { isTexture($0) }
      return isMarked || InputFile.isFolder("\(path)/symmetry")
    }
    return path.lowercased().hasSuffix(".json") || isTexture(path)
  }

  /// - Parameters:
  ///   - path: a texture, a folder of textures, a data set's folder (`symmetry`, `mask_symm`, `normal_map`
  ///     or `normal_obj*`, with or without a folder for each angle), or a list, `data_list_test.json`.
  ///   - masks: a file for a file, a folder for a folder, whose pictures are taken in the order of their
  ///     names; nil for `P_mask_symm.png` beside `P_symmetry.png`.
  ///   - normals: likewise; nil for `P_norm.png`.
  /// - Throws: `noInput` where there is nothing, `dataError` for lists of different lengths.
  public init(_ path: String, masks: String? = nil, normals: String? = nil) throws {
    (samples, incomplete) = ([], [])
    if path.lowercased().hasSuffix(".json") {
      samples = try PreparedList.samples(of: path)
      try checkFiles()
    } else if !InputFile.isFolder(path) {
      add(texture: path, mask: masks, normals: normals)
    } else if masks != nil || normals != nil {
      try zip(path, masks: masks, normals: normals)
    } else if InputFile.isFolder("\(path)/symmetry") {
      try addDataSet(path)
    } else {
      for texture in Self.pictures(in: path) where Self.isTexture(texture) {
        add(texture: texture, mask: nil, normals: nil)
      }
    }
    guard !samples.isEmpty || !incomplete.isEmpty else {
      throw ProgramError(
        .noInput, "there is no prepared texture in the folder", file: path,
        expected: "NAME_symmetry.png, NAME_mask_symm.png and NAME_norm.png")
    }
    makeNamesUnique()
  }

  /// All .jpg and .png of a folder, sorted by their names' bytes as the authors' program sorts them.
  static func pictures(in folder: String) -> [String] {
    let base = folder.hasSuffix("/") ? folder : folder + "/"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let pictures = names.filter { name in
      !name.hasPrefix(".") && [".jpg", ".png"].contains { name.hasSuffix($0) }
        && !InputFile.isFolder(base + name)
    }
    return pictures.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { base + $0 }
  }

  private static func isTexture(_ path: String) -> Bool {
    let parts = PathParts(path)
    return parts.stem.hasSuffix(PreparedSample.textureEnding)
      && [".png", ".jpg"].contains(parts.pathExtension)
  }

  /// A texture with partners that are given, or that lie beside it.
  private mutating func add(texture: String, mask: String?, normals: String?) {
    let base = PathParts(texture).folder + PreparedSample.name(ofTexture: texture)
    func partner(_ given: String?, _ endings: [String]) -> String {
      if let given { return given }
      let places = endings.flatMap { [base + $0 + ".png", base + $0 + ".jpg"] }
      return places.first { FileManager.default.fileExists(atPath: $0) } ?? places[0]
    }
    add(
      PreparedSample(
        texture: texture, mask: partner(mask, ["_mask_symm", "_mask"]),
        normals: partner(normals, ["_norm", "_normal"])))
  }

  private mutating func add(_ sample: PreparedSample) {
    for (path, what) in [
      (sample.texture, "texture"), (sample.mask, "mask"), (sample.normals, "normal map"),
    ]
    where !FileManager.default.fileExists(atPath: path) || InputFile.isFolder(path) {
      let error = ProgramError(
        .noInput, "the \(what) of a prepared texture is missing", file: path,
        expected: "a picture for \(sample.texture)",
        hint: "`pmask` and `norm-map` name other places")
      incomplete.append((sample.name, error))
      return
    }
    samples.append(sample)
  }

  private mutating func checkFiles() throws {
    let all = samples
    samples = []
    for sample in all { add(sample) }
  }

  /// Pictures of three folders, the first with the first and so on.
  private mutating func zip(_ folder: String, masks: String?, normals: String?) throws {
    guard let masks, let normals else {
      throw ProgramError(
        .usage, "a folder of textures comes with folders of masks and of normal maps", file: folder,
        key: masks == nil ? "`pmask`" : "`norm-map`",
        hint: "leave out both for NAME_mask_symm.png and NAME_norm.png beside NAME_symmetry.png")
    }
    try zip(
      Self.pictures(in: folder), of: folder, masks: Self.pictures(in: masks), of: masks,
      normals: Self.pictures(in: normals), of: normals)
  }

  private mutating func zip(
    _ textures: [String], of folder: String, masks: [String], of maskFolder: String,
    normals: [String], of normalFolder: String
  ) throws {
    for (list, place) in [(masks, maskFolder), (normals, normalFolder)]
    where list.count != textures.count {
      throw ProgramError(
        .dataError, "textures and their partners are not as many", file: place,
        expected: "\(textures.count) pictures, as in \(folder)", found: "\(list.count)",
        hint: "pictures are paired by the order of their names")
    }
    for index in textures.indices {
      samples.append(
        PreparedSample(
          texture: textures[index], mask: masks[index], normals: normals[index]))
    }
  }

  /// The folders of a data set: pictures of every angle, and of normals one list for all angles or one each.
  private mutating func addDataSet(_ path: String) throws {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted() ?? []
    guard let normalName = names.first(where: { $0.hasPrefix("normal") }) else {
      throw ProgramError(
        .noInput, "the data set has no normal maps", file: path,
        expected: "normal_map or normal_obj beside symmetry")
    }
    let normalFolder = "\(path)/\(normalName)"
    let angles =
      ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/symmetry")) ?? [])
      .filter { InputFile.isFolder("\(path)/symmetry/\($0)") }
      .sorted { (Int($0) ?? .max, $0) < (Int($1) ?? .max, $1) }
    for angle in angles.isEmpty ? [""] : angles.map({ "/" + $0 }) {
      let (textures, masks) = ("\(path)/symmetry\(angle)", "\(path)/mask_symm\(angle)")
      let own = normalFolder + angle
      let normals = InputFile.isFolder(own) ? own : normalFolder
      try zip(
        Self.pictures(in: textures), of: textures, masks: Self.pictures(in: masks), of: masks,
        normals: Self.pictures(in: normals), of: normals)
    }
  }

  /// Puts folders' names before names that several samples have.
  private mutating func makeNamesUnique() {
    for depth in 1...4 {
      let counts = Dictionary(grouping: samples) { FileName.folded($0.name) }.mapValues(\.count)
      guard counts.values.contains(where: { $0 > 1 }) else { return }
      for index in samples.indices
      where counts[FileName.folded(samples[index].name), default: 0] > 1 {
        let folders = PathParts(samples[index].texture).folder.split(separator: "/")
        guard folders.count >= depth else { continue }
        samples[index].name = "\(folders[folders.count - depth])_\(samples[index].name)"
      }
    }
  }
}
