import Avatar
import Compute
import Media
import SMPLX

/// What is known of a photo besides the photo, and what is to be made of it.
public struct PhotoAvatarSettings: Sendable {
  /// Which person, from 1, the largest first.
  public var person = 1
  /// A picture that shows the person white, instead of what networks find.
  public var mask: String?
  /// A fit of the person, which is then read instead of found.
  public var fit: String?
  /// "neutral", "male" or "female".
  public var gender = "neutral"
  /// A path, a folder of official files or a name; nil for the free body of the gender.
  public var body: String?
  /// Coefficients of shape and expression that are read of the body; all of them unless told otherwise.
  public var bodyColumns = BodyModel.ColumnLimits()
  /// Of the person, metres.
  public var height: Double?
  /// Of the lens, millimetres on film of 36 x 24 mm; nil for what the photo's file says.
  public var focalLength: Double?
  /// Nil for what the person is seen to do.
  public var pose: FitOptions.Mode?
  /// Whether clothes, hair and shoes move the surface.
  public var isDisplaced = true
  /// Texels along either side.
  public var textureSize = 2048
  public var light = Light.none
  public var name: String?

  public init() {}

  func fitOptions(for person: FoundPerson) -> FitOptions {
    FitOptions(
      mode: pose ?? (person.assessment.stands ? .standing : .free), height: height,
      focalLength: focalLength(in: person.photo))
  }

  /// Pixels of a photo; nil where neither the user nor its file says it.
  func focalLength(in photo: Photo) -> Double? {
    let diagonal = Double(photo.width * photo.width + photo.height * photo.height).squareRoot()
    return focalLength.map { $0 / EXIF.filmDiagonal * diagonal }
      ?? photo.focalLength.map { Double($0) }
  }
}
