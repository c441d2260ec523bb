/// Stages from a photo to an avatar in their order, as people are told of them.
public enum CreationStage: String, WorkStage {
  case persons = "looking for persons"
  case landmarks = "finding landmarks"
  case mask = "cutting out"
  case fit = "fitting the body"
  case clothes = "dressing"
  case texture = "painting"
  case file = "writing"
  case report = "drawing the report"

  /// As measured on photos of 1080 px.
  public var share: Int {
    switch self {
    case .persons: 3
    case .landmarks: 10
    case .mask: 3
    case .fit: 12
    case .clothes: 15
    case .texture: 47
    case .file: 2
    case .report: 8
    }
  }
}
