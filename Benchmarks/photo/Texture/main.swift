import Avatar
import Compute
import Foundation

// Textures from photographs whose truth is known: a bundled avatar is drawn with a known pose and camera,
// its texture is made anew from the picture and compared with its own. And how near avatars of real photos
// come to them, above all their faces.
//
//     photo-texture-benchmark [--size 2048] [--threads 2] [--repeats 1] [--out FOLDER]
//     photo-texture-benchmark --photos FOLDER [--points 51]
//     photo-texture-benchmark --face-points FILE.npz

var options = [
  "--size": "2048", "--threads": "2", "--out": "", "--repeats": "1",
  "--avatar": "assets/avatars/sample.safetensors", "--body": "assets/body/SMPLX_NEUTRAL.npz",
]
var words = Array(CommandLine.arguments.dropFirst())
while words.count >= 2 {
  options[words[0]] = words[1]
  words.removeFirst(2)
}
let pool = WorkerPool(threads: Int(options["--threads"] ?? ""))
let size = Int(options["--size"] ?? "") ?? 2048
if let folder = options["--photos"] {
  let paths = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    .filter { $0.hasSuffix(".jpg") || $0.hasSuffix(".png") }.map { "\(folder)/\($0)" }
  let photos = try PhotoScores(
    size: size, folder: options["--out"] ?? "", isWhole: options["--points"] != "51",
    assets: Assets.locate(), pool: pool)
  for path in paths { try photos.score(path) }
  exit(0)
}
if let path = options["--face-points"] {
  let truth = try GroundTruth(
    avatar: options["--avatar"] ?? "", body: options["--body"] ?? "", pool: pool)
  try FacePointStudio(truth, assets: Assets.locate(), pool: pool).measure().write(to: path)
  exit(0)
}
let trip = try RoundTrip(
  avatar: options["--avatar"] ?? "", body: options["--body"] ?? "",
  size: size, repeats: Int(options["--repeats"] ?? "") ?? 1,
  folder: options["--out"] ?? "", pool: pool)
for yaw in [0, 30] {
  try trip.score("yaw_\(yaw)", trip.truth.shot(yaw: Double(yaw), pool: pool))
}
// Where light comes from in the camera's axes, and the share that comes from everywhere.
let lights: [(name: String, direction: SIMD3<Float>, ambient: Float)] = [
  ("front", [0, -0.2, -1], 0.5), ("left_above", [-0.8, -0.5, -0.5], 0.5),
  ("hard_right", [0.95, -0.2, -0.25], 0.35),
]
for light in lights {
  try trip.score(
    "yaw_0_lit_\(light.name)",
    trip.truth.shot(yaw: 0, light: (light.direction, light.ambient), pool: pool))
}
