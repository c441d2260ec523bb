import AvatarCreation
import Compute
import SMPLX
import TensorFiles

/// Pictures of made-up people as `Tools/train_depth.py` reads them: arrays `features`, (people, 2 sides,
/// features), and `values`, (people, 2, measures), in a `.npz`.
struct DepthLessons {
  let body: BodyModel
  let offsets: LandmarkOffsets
  let detector: LandmarkDetector
  /// Every other pair of people is drawn by the second one.
  let studios: (Studio, Studio)
  let pool: WorkerPool

  func write(
    people: Int, seed: UInt64, stance: StudioPerson.Stance, to path: String
  ) throws {
    var features: [Float] = []
    var values: [Float] = []
    for number in 0..<people {
      let person = try StudioPerson(
        body: body, seed: seed, number: number, stance: stance, dressed: number % 2 == 1)
      let studio = number % 4 < 2 ? studios.0 : studios.1
      let photo = try studio.photo(of: person, seed: seed, number: number).photo
      guard let found = try detector.persons(in: photo).first,
        let landmarks = try? detector.landmarks(of: found, in: photo).landmarks
      else { continue }
      let lesson = try DepthLesson(
        landmarks, model: body, offsets: offsets, betas: person.betas, pose: person.pose,
        gravity: person.gravity, pool: pool)
      for side in 0..<2 {
        features += lesson.features[side].map { Float($0) }
        values += lesson.values[side].map { Float($0) }
      }
    }
    func tensor(_ values: [Float], _ rows: Int) -> TensorData {
      TensorData(shape: [rows / 2, 2, values.count / max(rows, 1)], floats: values)
    }
    let rows = values.count / DepthLesson.valueCount
    try NPZ.write(
      [("features", tensor(features, rows)), ("values", tensor(values, rows))], to: path)
  }
}
