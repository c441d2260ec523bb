/// Layouts of systems beyond those of `MotionFormatTests`: estimators, data sets whose rows are of many
/// scenes, generators that put frames last, and fits in folders.
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import SMPLX

@Suite struct MotionSystemTests {
  typealias Written = MotionFormatTests

  static func texts(_ texts: [String]) -> TensorData {
    let width = texts.map(\.unicodeScalars.count).max() ?? 1
    let bytes = texts.flatMap { text -> [UInt8] in
      let codes = text.unicodeScalars.map(\.value)
      return (codes + [UInt32](repeating: 0, count: width - codes.count)).flatMap { code in
        (0..<4).map { UInt8(truncatingIfNeeded: code >> (8 * $0)) }
      }
    }
    return TensorData(scalarType: .unicode(width), shape: [texts.count], bytes: bytes)
  }

  static func zeros(_ shape: [Int]) -> PickleValue {
    .tensor(TensorData(shape: shape, doubles: [Double](repeating: 0, count: shape.reduce(1, *))))
  }

  // MARK: Estimators

  /// `hps_track_0.npy`: a dictionary in an array of objects, matrices, a translation with an axis more.
  @Test func tram() throws {
    var places: [Double] = []
    for frame in 0..<Written.frames { places += [0, 0.9, 0.05 * Double(frame)] }
    let file = Written.group([
      ("pred_cam", Self.zeros([12, 3])), ("pred_pose", Self.zeros([12, 144])),
      ("pred_shape", Self.zeros([12, 10])),
      ("pred_rotmat", Written.matrices(0..<24, shape: [12, 24, 3, 3])),
      ("pred_trans", .tensor(TensorData(shape: [12, 1, 3], doubles: places))),
      ("frame", .tensor(TensorData(shape: [12], int64s: (0..<12).map { Int64($0) }))),
    ])
    let motion = try Written.load(file)
    try Written.check(motion, layout: "TRAM (camera)", rate: 30)
    #expect(motion.summary.layout.up == .usually(.minusY))
  }

  /// Persons under integers, rows of rotation vectors, a camera that is no place.
  @Test func vibe() throws {
    func person(_ joints: PickleValue) -> PickleValue {
      Written.group([
        ("pred_cam", Self.zeros([12, 3])), ("orig_cam", Self.zeros([12, 4])),
        ("verts", Self.zeros([12, 2, 3])), ("pose", joints), ("betas", Self.zeros([12, 10])),
        ("joints3d", Self.zeros([12, 49, 3])), ("joints2d", .none),
        ("bboxes", Self.zeros([12, 4])),
        ("frame_ids", .tensor(TensorData(shape: [12], int64s: (0..<12).map { Int64($0) }))),
      ])
    }
    let file = PickleValue.dict([
      (key: .int(1), value: person(Self.zeros([12, 72]))),
      (key: .int(7), value: person(Written.tensor(0..<24))),
    ])
    let motion = try Written.load(file) { $0.person = "7" }
    try Written.check(motion, layout: "VIBE (camera)", rate: 30, walks: nil)
    #expect(motion.summary.persons == ["1", "7"])
    #expect(motion.summary.notices.contains("no translation in the file: the body stays in place"))
  }

  /// Persons along the first axis, the world with Y down.
  @Test func slahmr() throws {
    func two(_ first: PickleValue, _ second: PickleValue) throws -> TensorData {
      let pair = try #require(try PickleValue.list([first, second]).tensor())
      return pair
    }
    func still(_ width: Int) -> PickleValue { Self.zeros([12, width]) }
    try MotionFileTests.withFolder { folder in
      try NPZ.write(
        [
          ("root_orient", two(still(3), Written.tensor(0..<1))),
          ("pose_body", two(still(63), Written.tensor(1..<22))),
          ("trans", two(still(3), Written.walk())),
          ("betas", TensorData(shape: [2, 16], doubles: [Double](repeating: 0.5, count: 32))),
          ("cam_R", TensorData(shape: [2, 12, 3, 3], doubles: [Double](repeating: 0, count: 216))),
          ("floor_plane", TensorData(shape: [1, 3], doubles: [0, -1, 0])),
        ], to: folder + "clip_world_results.npz")
      var options = MotionOptions()
      options.person = "1"
      let motion = try MotionFile.load(
        path: folder + "clip_world_results.npz", options: options)
      try Written.check(motion, layout: "SLAHMR", rate: 30)
      #expect(motion.summary.persons == ["0", "1"] && motion.summary.betas?.count == 16)
      #expect(motion.summary.layout.up == .usually(.minusY))
    }
  }

  /// A folder of fits, one a frame, whose names skip two frames: the pose before holds, and that is said.
  @Test func foldersOfFitsWithGaps() throws {
    func write(_ numbers: [Int], to folder: String) throws {
      for number in numbers {
        let body = (1..<22).flatMap { joint in
          (0..<3).map { Written.angle(number, joint, $0) }
        }
        let fit = Written.group([
          (
            "camera_translation",
            .tensor(TensorData(shape: [1, 3], doubles: [0, 1, 0.1 * Double(number)]))
          ),
          (
            "global_orient",
            .tensor(TensorData(shape: [1, 3], doubles: [0, 0.05 * Double(number), 0]))
          ),
          ("body_pose", .tensor(TensorData(shape: [1, 63], doubles: body))),
          ("left_hand_pose", Self.zeros([1, 12])), ("right_hand_pose", Self.zeros([1, 12])),
          ("betas", Self.zeros([1, 10])),
        ])
        try Data(Pickle.encode(fit)).write(
          to: URL(fileURLWithPath: folder + "frame_\(number).pkl"))
      }
    }
    try MotionFileTests.withFolder { folder in
      try write([1, 2, 3, 6, 7, 8, 9, 10], to: folder)
      let motion = try MotionFile.load(path: folder)
      #expect(motion.summary.layout.label == "SMPLify-X (camera)" && motion.frameCount == 10)
      #expect(
        motion.summary.notices.contains(
          "2 frames are missing by their numbers: the pose before holds"))
      #expect(try motion.pose(frame: 4).rotations == motion.pose(frame: 2).rotations)
      #expect(abs(try motion.pose(frame: 5).translation.z - 0.6) < 1e-6)
    }
    // Every fifth picture is a whole recording.
    try MotionFileTests.withFolder { folder in
      try write([0, 5, 10, 15], to: folder)
      let motion = try MotionFile.load(path: folder)
      #expect(motion.frameCount == 4 && !motion.summary.notices.contains { $0.contains("missing") })
    }
    // Two recordings in a folder: nobody stands still for a minute between.
    try MotionFileTests.withFolder { folder in
      try write([0, 1, 2, 900, 901], to: folder)
      let motion = try MotionFile.load(path: folder)
      #expect(motion.frameCount == 5)
      #expect(motion.summary.notices.contains { $0.contains("what follows a gap comes at once") })
    }
  }

  // MARK: Data sets

  /// Scenes and persons of BEDLAM follow each other in rows; pictures in which nobody is seen have none.
  @Test func bedlamsRowsAreScenesAndPersons() throws {
    var names: [String] = []
    var people: [String] = []
    var poses: [Double] = []
    var places: [Double] = []
    func row(_ scene: Int, _ person: String, _ frame: Int, _ z: Double) {
      names.append(
        "seq_00000\(scene)/seq_00000\(scene)_\(String(5 * frame + 10_000).dropFirst()).png")
      people.append(person)
      poses += (0..<55).flatMap { joint in (0..<3).map { Written.angle(frame, joint, $0) } }
      places += [0, 0.9, z]
    }
    for frame in 0..<4 { row(0, "rp_aaron_002", frame, 7) }
    for frame in [0, 1, 2, 5, 6, 7, 8, 9, 10, 11] {
      row(1, "rp_aaron_002", frame, 0.05 * Double(frame))
    }
    for frame in 0..<12 { row(1, "rp_eve_001", frame, 9) }
    let count = names.count
    try MotionFileTests.withFolder { folder in
      try NPZ.write(
        [
          ("imgname", Self.texts(names)), ("sub", Self.texts(people)),
          ("gender", Self.texts(people.map { $0.contains("eve") ? "female" : "male" })),
          (
            "pose_cam",
            TensorData(shape: [count, 165], doubles: [Double](repeating: 0, count: 165 * count))
          ),
          ("pose_world", TensorData(shape: [count, 165], doubles: poses)),
          ("trans_world", TensorData(shape: [count, 3], doubles: places)),
          ("trans_cam", TensorData(shape: [count, 3], doubles: places)),
          (
            "shape",
            TensorData(shape: [count, 11], doubles: [Double](repeating: 0.1, count: 11 * count))
          ),
          (
            "cam_int",
            TensorData(shape: [count, 3, 3], doubles: [Double](repeating: 1, count: 9 * count))
          ),
        ], to: folder + "a.npz")
      var options = MotionOptions()
      (options.sequence, options.person) = ("seq_000001", "rp_aaron_002")
      let motion = try MotionFile.load(path: folder + "a.npz", options: options)
      #expect(motion.summary.layout.label == "BEDLAM" && motion.frameRate == 6)
      #expect(motion.summary.sequences == ["seq_000000", "seq_000001"])
      #expect(motion.summary.persons == ["rp_aaron_002", "rp_eve_001"])
      #expect(motion.frameCount == 12 && motion.summary.gender == "male")
      for frame in [0, 2, 5, 11] {
        let pose = try motion.pose(frame: frame)
        for joint in [0, 16, 54] {
          #expect(abs(Double(pose.rotations[joint].x) - Written.angle(frame, joint, 0)) < 1e-5)
        }
        #expect(abs(pose.translation.z - 0.05 * Float(frame)) < 1e-6)
      }
      #expect(try motion.pose(frame: 4).rotations == motion.pose(frame: 2).rotations)
      #expect(motion.summary.notices.contains { $0.hasPrefix("2 frames are missing") })
      let first = try MotionFile.load(path: folder + "a.npz")
      #expect(
        first.frameCount == 4 && first.summary.notices.contains { $0.contains("2 sequences") })
      #expect(try first.pose(frame: 1).translation.z == 7)
      options.person = "rp_eve_001"
      #expect(
        try MotionFile.load(path: folder + "a.npz", options: options).summary.gender == "female")
    }
  }

  /// AMASS's archive of SMPL-X: all parts beside the joined rows.
  @Test func amassStageII() throws {
    try MotionFileTests.withFolder { folder in
      var arrays: [(String, TensorData)] = [
        ("gender", Self.texts(["neutral"])), ("surface_model_type", Self.texts(["smplx"])),
        ("mocap_frame_rate", TensorData(shape: [], doubles: [120])),
        ("mocap_time_length", TensorData(shape: [], doubles: [0.1])),
        ("betas", TensorData(shape: [16], doubles: (0..<16).map(Double.init))),
        ("num_betas", TensorData(shape: [], int64s: [16])),
      ]
      for (key, joints) in [
        ("poses", 0..<55), ("root_orient", 0..<1), ("pose_body", 1..<22), ("pose_jaw", 22..<23),
        ("pose_eye", 23..<25), ("pose_hand", 25..<55),
      ] {
        if let tensor = try Written.tensor(joints).tensor() { arrays.append((key, tensor)) }
      }
      if let trans = try Written.walk().tensor() { arrays.append(("trans", trans)) }
      try NPZ.write(arrays, to: folder + "a_stageii.npz")
      let joined = try MotionFile.load(path: folder + "a_stageii.npz")
      try Written.check(joined, layout: "AMASS SMPL-X", rate: 120, joints: 0..<55)
      #expect(joined.summary.layout.up == .definitely(.z) && joined.summary.hands == .rotations)
      try NPZ.write(
        arrays.filter { $0.0 != "poses" }, to: folder + "parts.npz")
      let parts = try MotionFile.load(path: folder + "parts.npz")
      try Written.check(parts, layout: "AMASS SMPL-X", rate: 120, joints: 0..<55)
    }
  }

  /// Arguments of smplx in a file of torch's names, hands about the relaxed mean.
  @Test func smplxParameters() throws {
    let file = Written.group([
      ("global_orient", Written.tensor(0..<1)), ("body_pose", Written.tensor(1..<22)),
      ("jaw_pose", Written.tensor(22..<23)), ("leye_pose", Written.tensor(23..<24)),
      ("reye_pose", Written.tensor(24..<25)), ("left_hand_pose", Written.tensor(25..<40)),
      ("right_hand_pose", Written.tensor(40..<55)), ("transl", Written.walk()),
      ("betas", Self.zeros([1, 10])), ("expression", Self.zeros([12, 10])), ("fps", .int(24)),
    ])
    let motion = try Written.load(file)
    // Without a body there is no mean hand to add.
    try Written.check(motion, layout: "smplx parameters", rate: 24, joints: 0..<55)
    #expect(motion.summary.hands == .rotationsFromMean)
  }

  @Test func aistAndEDGE() throws {
    let scaled = PickleValue.tensor(
      TensorData(
        shape: [12, 3], doubles: (0..<12).flatMap { [0, 0.9 * 93.7, 93.7 * 0.05 * Double($0)] }))
    let aist = Written.group([
      ("smpl_poses", Written.tensor(0..<24)), ("smpl_trans", scaled),
      ("smpl_scaling", .tensor(TensorData(shape: [1], doubles: [93.7]))), ("smpl_loss", .float(1)),
    ])
    try Written.check(Written.load(aist), layout: "AIST++", rate: 60)
    let edge = Written.group([
      ("smpl_poses", Written.tensor(0..<24)), ("smpl_trans", Written.walk()),
    ])
    let motion = try Written.load(edge)
    try Written.check(motion, layout: "EDGE", rate: 30)
    #expect(motion.summary.layout.up == .usually(.z))
  }

  // MARK: Generators

  /// Joints x 6 x frames, the first two rows of each matrix; the root's place on its own or as a row more.
  static func mdm(_ index: Int) -> (thetas: [Double], places: [Double]) {
    var thetas: [Double] = []
    for joint in 0..<24 {
      for number in 0..<6 {
        for frame in 0..<Written.frames {
          let r = RotationMatrix(
            axisAngle: SIMD3(
              Written.angle(frame, joint, 0), Written.angle(frame, joint, 1),
              Written.angle(frame, joint, 2)))
          thetas.append(number < 3 ? r.row0[number] : r.row1[number - 3])
        }
      }
    }
    var places = [Double](repeating: Double(index), count: Written.frames)
    places += [Double](repeating: 0.9, count: Written.frames)
    for frame in 0..<Written.frames { places.append(0.05 * Double(frame)) }
    return (thetas, places)
  }

  @Test func mdmsParameters() throws {
    let (thetas, places) = Self.mdm(0)
    let file = Written.group([
      ("motion", Self.zeros([25, 6, 12])),
      ("thetas", .tensor(TensorData(shape: [24, 6, 12], doubles: thetas))),
      ("root_translation", .tensor(TensorData(shape: [3, 12], doubles: places))),
      ("faces", Self.zeros([5, 3])), ("vertices", Self.zeros([6890, 3, 12])),
      ("text", .string("a person walks")), ("length", .int(12)),
      ("global_orient", Self.zeros([12, 1, 3, 3])),
    ])
    let motion = try Written.load(file)
    try Written.check(motion, layout: "MDM", rate: 20)
    #expect(motion.summary.layout.up == .usually(.y))
  }

  /// Several samples of unequal lengths in one array.
  @Test func mdmsSamples() throws {
    var numbers: [Double] = []
    for sample in 0..<2 {
      let (thetas, places) = Self.mdm(sample)
      numbers += thetas + places + [Double](repeating: 0, count: 36)
    }
    let file = Written.group([
      ("motion", .tensor(TensorData(shape: [2, 25, 6, 12], doubles: numbers))),
      ("lengths", .tensor(TensorData(shape: [2], int64s: [7, 12]))),
      ("text", .list([.string("a"), .string("b")])),
    ])
    let first = try Written.load(file)
    #expect(first.frameCount == 7 && first.summary.sequences == ["0", "1"])
    let second = try Written.load(file) { $0.sequence = "1" }
    try Written.check(second, layout: "MDM", rate: 20)
    #expect(try second.pose(frame: 3).translation.x == 1)
    // Of three numbers they are positions.
    let positions = Written.group([
      ("motion", Self.zeros([2, 22, 3, 12])), ("lengths", Self.zeros([2])),
    ])
    let error = programError { _ = try Written.load(positions) }
    #expect(error?.what.hasPrefix("these are positions of 22 joints (MDM's results)") == true)
    #expect(error?.key == "motion")
  }
}
