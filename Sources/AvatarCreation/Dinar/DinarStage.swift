/// Stages from a person's files to a neural avatar in their order.
public enum DinarStage: String, WorkStage {
  case reading = "reading the person"
  case style = "looking at the photo"
  case projection = "carrying the photo onto the body"
  case compression = "compressing the texture"
  case diffusion = "completing the texture"
  case decoding = "decoding the texture"
  case file = "writing"
  case sheet = "drawing the sheet"

  /// As measured at the released sizes with 20 steps.
  public var share: Int {
    switch self {
    case .reading: 1
    case .style: 4
    case .projection: 1
    case .compression: 5
    case .diffusion: 70
    case .decoding: 7
    case .file: 10
    case .sheet: 2
    }
  }
}
