import Compute
import Media
import SMPLX

/// Whether prepared pictures are of a body's atlas: which cannot be seen from the pictures alone.
public enum AtlasAgreement {
  /// Of the texels that a mask knows, how many must lie on the body's islands.
  private static let least = 0.97

  /// - Parameter mask: of the partial texture.
  /// - Throws: `dataError` where much of what is known lies between the islands.
  public static func check(
    mask: PreparedPicture, atlas: TextureAtlas, model: BodyModel, pool: WorkerPool
  ) throws {
    let size = 128
    let known = try mask.planes(size: size, pool: pool).prefix(size * size)
    // Islands grown by a texel, as the authors' masks are.
    let texels = AtlasTexels(atlas, model: model, size: size, pool: pool)
    var isIsland = [Bool](repeating: false, count: size * size)
    for texel in 0..<texels.count {
      let place = Int(texels.places[texel])
      for row in max(place / size - 1, 0)...min(place / size + 1, size - 1) {
        for column in max(place % size - 1, 0)...min(place % size + 1, size - 1) {
          isIsland[row * size + column] = true
        }
      }
    }
    var (inside, all) = (0, 0)
    for (place, level) in known.enumerated() where level > 127 {
      all += 1
      if isIsland[place] { inside += 1 }
    }
    let share = all > 0 ? Double(inside) / Double(all) : 1
    guard share >= least else {
      throw ProgramError(
        .dataError, "the texture is of another atlas than the body's", file: model.path, key: "vt",
        expected: "texels on the body's islands",
        found: "\(Int(saturating: 100 * share)) % of those that are known",
        hint: "name the SMPL atlas of this body with `atlas`, or a body that has it with `body`")
    }
  }
}
