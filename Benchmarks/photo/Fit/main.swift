// Fits of people of whom everything is known: made-up people are drawn before made-up cameras, the
// networks look at the pictures, and the body is fitted.
//
//     photo-fit-benchmark [--people 40] [--seed 4242] [--threads 2] [--body FILE] [--assets FOLDER]
//
//     photo-fit-benchmark --photos FOLDER [--out FOLDER]
//
//     photo-fit-benchmark --lessons FILE --stance varied|anyhow|free [--avatar FILE] [--people] [--seed]
//
// Random shapes, arms hanging, at the hips or before the body, focal lengths of 0.8 to 1.6 times the guess,
// half of the people in clothes. With `--lessons` nobody is fitted: what the depth network learns from is
// written, half of the people in the avatar's texture (Tools/train_depth.py). With `--photos` the photos of a
// folder are fitted and dressed, and pictures are drawn of where outlines do not agree with masks.

import Avatar
import AvatarCreation
import Compute
import Foundation
import Media
import SMPLX
import TensorFiles

var options = [
  "--people": "40", "--seed": "4242", "--threads": "2", "--assets": "assets",
  "--body": "assets/body/SMPLX_NEUTRAL.npz",
]
var words = Array(CommandLine.arguments.dropFirst())
while words.count >= 2 {
  options[words[0]] = words[1]
  words.removeFirst(2)
}
let pool = WorkerPool(threads: Int(options["--threads"] ?? ""))
let assets = options["--assets"] ?? "assets"
let body = try BodyModel.load(path: options["--body"] ?? "")
let detector = try LandmarkDetector(models: assets + "/models", pool: pool)
let hash = try Assets.sha256(ofFile: body.path)
let offsets = try OffsetFile.read("\(assets)/offsets/\(OffsetFile.name(bodyHash: hash))")
let studio = try Studio(body, pool: pool)
let seed = UInt64(options["--seed"] ?? "") ?? 4242
let people = Int(options["--people"] ?? "") ?? 40
if let path = options["--lessons"] {
  let texture = try options["--avatar"].map { try AvatarFile(path: $0).colorTexture() }
  let lessons = DepthLessons(
    body: body, offsets: offsets, detector: detector,
    studios: (studio, try Studio(body, texture: texture, pool: pool)), pool: pool)
  let stance = StudioPerson.Stance(rawValue: options["--stance"] ?? "") ?? .varied
  try lessons.write(people: people, seed: seed, stance: stance, to: path)
  exit(0)
}
let depth = try DepthNetwork(path: assets + "/depth/bone_depth.safetensors")
let fitter = try BodyFitter(body: body, offsets: offsets, depth: depth, pool: pool)
if let folder = options["--photos"] {
  let finder = try PersonFinder(assets: Assets(root: assets), pool: pool)
  let shoes = try ShoeMorph(path: assets + "/garments/shoes.npz")
  for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  where [".jpg", ".png"].contains(where: name.hasSuffix) {
    let trial = try PhotoTrial(
      path: "\(folder)/\(name)", finder: finder, fitter: fitter, shoes: shoes, pool: pool)
    trial.report()
    if let out = options["--out"] {
      try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
      try PNGFile.write(trial.picture, to: "\(out)/\(trial.name).png", overwrite: true)
      let offsets = trial.dressed.offsets
      try NPZ.write(
        [
          (
            "offsets",
            TensorData(shape: [offsets.count, 3], floats: offsets.flatMap { [$0.x, $0.y, $0.z] })
          )
        ], to: "\(out)/\(trial.name).offsets.npz")
    }
  }
  exit(0)
}

var trials: [(trial: Trial, isDressed: Bool)] = []
for number in 0..<people {
  let isDressed = number % 2 == 1
  let person = try StudioPerson(
    body: body, seed: seed, number: number, stance: .varied, dressed: isDressed)
  let photo = try studio.photo(of: person, seed: seed, number: number).photo
  if let trial = try Trial(
    person, photo: photo, body: body, detector: detector, fitter: fitter, pool: pool)
  {
    trials.append((trial, isDressed))
  }
}

func row(_ name: String, _ value: Double) { print("photo-fit-\(seed),\(name),\(value)") }
func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }
let all = trials.map(\.trial)
row("people", Double(all.count))
row("not_found", Double(people - all.count))
row("joints_mm", 1000 * mean(all.map(\.joints)))
row("joints_mm_worst", 1000 * (all.map(\.joints).max() ?? 0))
row("shape_mm", 1000 * mean(all.map(\.shape)))
row("shape_mm_bare", 1000 * mean(trials.filter { !$0.isDressed }.map(\.trial.shape)))
row("shape_mm_dressed", 1000 * mean(trials.filter(\.isDressed).map(\.trial.shape)))
row("lean_degrees", mean(all.map { abs($0.lean) }))
row("lean_degrees_worst", all.map { abs($0.lean) }.max() ?? 0)
row("forearms_swapped", Double(all.reduce(0) { $0 + $1.swappedForearms }))
row("height_mm", 1000 * mean(all.map { abs($0.height) }))
row("silhouette_iou", mean(all.map(\.silhouetteIoU)))
row("landmarks_percent", 100 * mean(all.map(\.landmarkError)))
row("seconds", mean(all.map(\.seconds)))
