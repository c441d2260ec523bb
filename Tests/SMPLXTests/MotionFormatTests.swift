/// Layouts of systems, from files that the tests write: each is recognised by its content, and what is
/// shown is the motion that was written.
import Compute
import Foundation
import TensorFiles
import TestSupport
import Testing

@testable import SMPLX

@Suite struct MotionFormatTests {
  static let frames = 12

  /// Rotation `axis` of a joint in a frame; the pelvis turns about the vertical of its world.
  static func angle(_ frame: Int, _ joint: Int, _ axis: Int) -> Double {
    if joint == 0 { return axis == 1 ? 0.05 * Double(frame) : 0 }
    return 0.2 * sin(Double(frame) + 1.7 * Double(joint * joint) + 2.3 * Double(axis * joint))
  }

  static func rows(_ joints: Range<Int>, frames: Int = frames) -> [Double] {
    (0..<frames).flatMap { frame in
      joints.flatMap { joint in (0..<3).map { Self.angle(frame, joint, $0) } }
    }
  }

  static func tensor(_ joints: Range<Int>, shape: [Int]? = nil) -> PickleValue {
    .tensor(TensorData(shape: shape ?? [frames, 3 * joints.count], doubles: rows(joints)))
  }

  static func walk(_ metres: Double = 1) -> PickleValue {
    .tensor(
      TensorData(
        shape: [frames, 3],
        doubles: (0..<frames).flatMap { [0, 0.9 * metres, metres * 0.05 * Double($0)] }))
  }

  static func matrices(_ joints: Range<Int>, frames: Int = frames, shape: [Int]) -> PickleValue {
    let numbers = (0..<frames).flatMap { frame in
      joints.flatMap { joint -> [Double] in
        let r = RotationMatrix(
          axisAngle: SIMD3(angle(frame, joint, 0), angle(frame, joint, 1), angle(frame, joint, 2)))
        return [r.row0, r.row1, r.row2].flatMap { [$0.x, $0.y, $0.z] }
      }
    }
    return .tensor(TensorData(shape: shape, doubles: numbers))
  }

  static func group(_ pairs: [(String, PickleValue)]) -> PickleValue {
    .dict(pairs.map { (key: .string($0.0), value: $0.1) })
  }

  static func load(
    _ value: PickleValue, _ change: (inout MotionOptions) -> Void = { _ in }
  ) throws -> any Motion {
    var options = MotionOptions()
    change(&options)
    return try MotionFolderTests.written(value, options)
  }

  /// The body is what was written, and so is the way.
  static func check(
    _ motion: any Motion, layout: String, rate: Double, joints: Range<Int> = 0..<22,
    walks: Float? = 1
  ) throws {
    #expect(motion.summary.layout.label == layout && motion.frameRate == rate)
    #expect(motion.frameCount == frames)
    for frame in [0, 5, frames - 1] {
      let pose = try motion.pose(frame: frame)
      for joint in joints {
        for axis in 0..<3 {
          #expect(abs(Double(pose.rotations[joint][axis]) - angle(frame, joint, axis)) < 1e-5)
        }
      }
      if let walks {
        #expect(abs(pose.translation.z - walks * 0.05 * Float(frame)) < 1e-5)
        #expect(abs(pose.translation.y - walks * 0.9) < 1e-5)
      }
    }
  }

  @Test func amass() throws {
    var arrays: [(String, TensorData)] = []
    for (key, value) in [("poses", Self.tensor(0..<52)), ("trans", Self.walk())] {
      if let tensor = try value.tensor() { arrays.append((key, tensor)) }
    }
    arrays.append(("mocap_framerate", TensorData(shape: [], doubles: [120])))
    arrays.append(("dmpls", TensorData(shape: [12, 8], floats: [Float](repeating: 0, count: 96))))
    try MotionFileTests.withFolder { folder in
      try NPZ.write(arrays, to: folder + "a")
      let motion = try MotionFile.load(path: folder + "a")
      try Self.check(motion, layout: "AMASS SMPL-H", rate: 120)
      #expect(motion.summary.notices == ["not used: `dmpls`"])
      #expect(motion.summary.layout.up == .definitely(.z))
    }
  }

  @Test func moshsRateLiesInItsDetails() throws {
    let details = Self.group([
      ("mocap_frame_rate", .float(100)), ("cfg", Self.group([("a", .opaque("b.C"))])),
    ])
    let motion = try Self.load(
      Self.group([
        ("fullpose", Self.tensor(0..<55)), ("trans", Self.walk()),
        ("stageii_debug_details", details),
      ]))
    try Self.check(motion, layout: "MoSh++ stage II", rate: 100, joints: 0..<55)
  }

  @Test func beatIsYUp() throws {
    let motion = try Self.load(
      Self.group([
        ("poses", Self.tensor(0..<55)), ("trans", Self.walk()), ("model", .string("smplx2020")),
        ("mocap_frame_rate", .int(30)), ("gender", .string("neutral")),
      ]))
    try Self.check(motion, layout: "BEAT2", rate: 30, joints: 0..<55)
    #expect(motion.summary.layout.up == .definitely(.y))
  }

  @Test func threeDPWHasListsOfPersons() throws {
    let other = TensorData(shape: [12, 72], doubles: [Double](repeating: 0.1, count: 864))
    let file = Self.group([
      ("poses", .list([.tensor(other), Self.tensor(0..<24)])),
      ("trans", .list([Self.walk(3), Self.walk()])),
      ("genders", .list([.string("m"), .string("f")])),
      (
        "cam_poses",
        .tensor(TensorData(shape: [12, 4, 4], doubles: [Double](repeating: 0, count: 192)))
      ),
    ])
    let motion = try Self.load(file) { $0.person = "1" }
    try Self.check(motion, layout: "3DPW", rate: 30)
    #expect(motion.summary.persons == ["0", "1"] && motion.summary.gender == "female")
    #expect(try Self.load(file).pose(frame: 3).rotations[5].x == 0.1)
    // Persons who are seen for different times cannot be stacked.
    let short = TensorData(shape: [7, 72], doubles: [Double](repeating: 0.1, count: 504))
    let uneven = Self.group([
      ("poses", .list([Self.tensor(0..<24), .tensor(short)])),
      (
        "trans",
        .list([
          Self.walk(),
          .tensor(TensorData(shape: [7, 3], doubles: [Double](repeating: 0, count: 21))),
        ])
      ),
      ("jointPositions", .list([])),
    ])
    try Self.check(Self.load(uneven), layout: "3DPW", rate: 30)
    #expect(try Self.load(uneven) { $0.person = "1" }.frameCount == 7)
  }

  @Test func emdbAndGRABLieInGroups() throws {
    let emdb = try Self.load(
      Self.group([
        ("name", .string("P0_00")),
        (
          "smpl",
          Self.group([
            ("poses_root", Self.tensor(0..<1)), ("poses_body", Self.tensor(1..<24)),
            ("trans", Self.walk()),
          ])
        ),
      ]))
    try Self.check(emdb, layout: "EMDB", rate: 30)
    let grab = try Self.load(
      Self.group([
        ("framerate", .float(120)),
        (
          "lhand",
          Self.group([("params", Self.group([("global_orient", Self.tensor(0..<1))]))])
        ),
        (
          "body",
          Self.group([
            (
              "params",
              Self.group([
                ("transl", Self.walk()), ("global_orient", Self.tensor(0..<1)),
                ("body_pose", Self.tensor(1..<22)), ("fullpose", Self.tensor(0..<55)),
                (
                  "left_hand_pose",
                  .tensor(TensorData(shape: [12, 24], doubles: [Double](repeating: 0, count: 288)))
                ),
              ])
            ),
            ("vtemp", .opaque("pathlib.PosixPath")),
          ])
        ),
      ]))
    try Self.check(grab, layout: "GRAB", rate: 120, joints: 0..<55)
    #expect(grab.summary.hands == .rotations)
  }

  @Test func interHumanNamesItsPersons() throws {
    func person(_ walk: Double) -> PickleValue {
      Self.group([
        ("root_orient", Self.tensor(0..<1)), ("pose_body", Self.tensor(1..<22)),
        ("trans", Self.walk(walk)),
      ])
    }
    let file = Self.group([
      ("mocap_framerate", .int(59)), ("person1", person(2)), ("person2", person(1)),
    ])
    let motion = try Self.load(file) { $0.person = "2" }
    try Self.check(motion, layout: "InterHuman", rate: 59)
    #expect(motion.summary.persons == ["person1", "person2"])
  }

  @Test func motionX() throws {
    var numbers: [Double] = []
    for frame in 0..<Self.frames {
      let joints = Array(0..<22) + Array(25..<55) + [22]
      numbers += joints.flatMap { joint in (0..<3).map { Self.angle(frame, joint, $0) } }
      numbers += [Double](repeating: 0.5, count: 150) + [0, 0.9, 0.05 * Double(frame)]
      numbers += [Double](repeating: 0, count: 10)
    }
    let array = PickleValue.tensor(TensorData(shape: [Self.frames, 322], doubles: numbers))
    try Self.check(Self.load(array), layout: "Motion-X", rate: 30, joints: 0..<23)
    try Self.check(Self.load(array), layout: "Motion-X", rate: 30, joints: 25..<55)
  }

  @Test(arguments: [
    (66, "body poses (22 joints)"), (72, "SMPL poses"), (156, "SMPL-H poses"),
    (165, "SMPL-X poses"),
  ])
  func arraysOfColumns(columns: Int, label: String) throws {
    let motion = try Self.load(Self.tensor(0..<columns / 3)) { $0.frameRate = 25 }
    try Self.check(motion, layout: label, rate: 25, walks: nil)
  }

  @Test func whamsWorldAndCamera() throws {
    let still = TensorData(shape: [12, 72], doubles: [Double](repeating: 0.3, count: 864))
    let person = Self.group([
      ("pose", .tensor(still)), ("trans", Self.walk(5)), ("pose_world", Self.tensor(0..<24)),
      ("trans_world", Self.walk()),
    ])
    let file = PickleValue.dict([(key: .int(0), value: person), (key: .int(4), value: person)])
    let motion = try Self.load(file) { $0.person = "4" }
    try Self.check(motion, layout: "WHAM", rate: 30)
    #expect(motion.summary.persons == ["0", "4"])
    let camera = try Self.load(file) { $0.coordinates = .camera }
    let pose = try camera.pose(frame: 3)
    #expect(pose.rotations[4].x == 0.3 && abs(pose.translation.y - 4.5) < 1e-5)
  }

  @Test func gvhmrAndPromptHMRPreferTheWorld() throws {
    func parameters(_ metres: Double) -> PickleValue {
      Self.group([
        ("global_orient", Self.tensor(0..<1)), ("body_pose", Self.tensor(1..<22)),
        ("transl", Self.walk(metres)),
      ])
    }
    let gvhmr = Self.group([
      ("smpl_params_incam", parameters(4)), ("smpl_params_global", parameters(1)),
    ])
    try Self.check(Self.load(gvhmr), layout: "GVHMR", rate: 30)
    try Self.check(
      Self.load(gvhmr) { $0.coordinates = .camera }, layout: "GVHMR (camera)", rate: 30, walks: 4)
    func pose(_ metres: Double) -> PickleValue {
      Self.group([("pose", Self.tensor(0..<55)), ("trans", Self.walk(metres))])
    }
    let people = PickleValue.dict([
      (key: .int(1), value: Self.group([("smplx_cam", pose(4)), ("smplx_world", pose(1))]))
    ])
    let results = Self.group([("camera", Self.group([("R", .none)])), ("people", people)])
    try Self.check(Self.load(results), layout: "PromptHMR", rate: 30, joints: 0..<55)
  }

  /// A group a frame, a list of persons in each, who come and go.
  @Test func phalpsFramesHoldPersons() throws {
    var entries: [(key: PickleValue, value: PickleValue)] = []
    for frame in 0..<12 {
      func person(_ frame: Int) -> PickleValue {
        let root = RotationMatrix(axisAngle: SIMD3(0, Self.angle(frame, 0, 1), 0))
        let rows = [root.row0, root.row1, root.row2].flatMap { [$0.x, $0.y, $0.z] }
        let body = (1..<24).flatMap { joint -> [Double] in
          let r = RotationMatrix(
            axisAngle: SIMD3(
              Self.angle(frame, joint, 0), Self.angle(frame, joint, 1), Self.angle(frame, joint, 2))
          )
          return [r.row0, r.row1, r.row2].flatMap { [$0.x, $0.y, $0.z] }
        }
        return Self.group([
          ("global_orient", .tensor(TensorData(shape: [1, 3, 3], doubles: rows))),
          ("body_pose", .tensor(TensorData(shape: [23, 3, 3], doubles: body))),
        ])
      }
      let isThere = frame != 7
      let place = PickleValue.tensor(
        TensorData(shape: [3], doubles: [0, 0.9, 0.05 * Double(frame)]))
      entries.append(
        (
          key: .string("out/frame_\(frame + 1).jpg"),
          value: Self.group([
            ("tid", .list(isThere ? [.int(9), .int(3)] : [.int(9)])),
            ("smpl", .list(isThere ? [person(0), person(frame)] : [person(0)])),
            ("camera", .list(isThere ? [place, place] : [place])),
          ])
        ))
    }
    // In any order: names decide, 2 before 10.
    let motion = try Self.load(.dict(entries.reversed())) { $0.person = "3" }
    try Self.check(motion, layout: "4D-Humans (camera)", rate: 30)
    #expect(motion.summary.persons == ["9", "3"])
    #expect(try motion.pose(frame: 7).rotations == motion.pose(frame: 6).rotations)
  }

  @Test func rompsRowsArePersons() throws {
    func frame(_ index: Int, _ keys: Set<String>) -> PickleValue {
      let rows = Self.rows(0..<24, frames: index + 1).suffix(72)
      let all: [(String, PickleValue)] = [
        ("smpl_thetas", .tensor(TensorData(shape: [2, 72], doubles: Array(rows) + rows))),
        (
          "cam_trans",
          .tensor(TensorData(shape: [2, 3], doubles: [1, 2, 3, 0, 0.9, 0.05 * Double(index)]))
        ),
        ("center_confs", .tensor(TensorData(shape: [2, 1], doubles: [1, 1]))),
      ]
      return Self.group(all.filter { keys.contains($0.0) })
    }
    let keys: Set = ["smpl_thetas", "cam_trans"]
    for keys in [keys, keys.union(["center_confs"])] {
      let file = Self.group((0..<12).map { ("\($0).jpg", frame($0, keys)) })
      let motion = try Self.load(file) { $0.person = "1" }
      try Self.check(motion, layout: "ROMP (camera)", rate: 30)
      #expect(motion.frameCount == 12 && motion.summary.persons == ["0", "1"])
      #expect(programError { _ = try Self.load(file) { $0.person = "-1" } }?.key == "person")
    }
  }

  /// A frame that is not understood is no frame less: what is behind it would come too early.
  @Test func framesAreNotLeftOut() throws {
    let row = Self.rows(0..<55, frames: 1)
    func frame(_ count: Int) -> PickleValue {
      .tensor(TensorData(shape: [count], doubles: Array(row.prefix(count))))
    }
    var frames = (0..<10).map { _ in frame(165) }
    #expect(try Self.load(.list(frames)).frameCount == 10)
    frames[5] = frame(160)
    #expect(throws: ProgramError.self) { try Self.load(.list(frames)) }
  }

  @Test func matricesThatAreNoRotations() throws {
    for diagonal: Double in [0, -1, 3] {
      let values = (0..<4 * 22).flatMap { _ -> [Double] in
        [diagonal, 0, 0, 0, diagonal, 0, 0, 0, diagonal]
      }
      let poses = TensorData(shape: [4, 22, 3, 3], doubles: values)
      let error = programError {
        _ = try Self.load(Self.group([("poses", .tensor(poses))]))
      }
      #expect(error?.what.contains("no rotations") == true, "\(diagonal)")
    }
  }

  /// The first two rows of a matrix, its first two columns, and quaternions either way round.
  @Test func otherRotationsAreFound() throws {
    func written(_ kind: RotationKind, _ r: RotationMatrix) -> [Double] {
      let q = UnitQuaternion(r)
      switch kind {
      case .sixRows: return [r.row0, r.row1].flatMap { [$0.x, $0.y, $0.z] }
      case .sixColumns: return [r.row0, r.row1, r.row2].flatMap { [$0.x, $0.y] }
      case .quaternionRealFirst: return [q.w, q.v.x, q.v.y, q.v.z]
      case .quaternionRealLast: return [q.v.x, q.v.y, q.v.z, q.w]
      default: return []
      }
    }
    for kind in [
      RotationKind.sixRows, .sixColumns, .quaternionRealFirst, .quaternionRealLast,
    ] {
      func array(_ joints: Range<Int>) -> PickleValue {
        let numbers = (0..<Self.frames).flatMap { frame in
          joints.flatMap { joint in
            written(
              kind,
              RotationMatrix(
                axisAngle: SIMD3(
                  Self.angle(frame, joint, 0), Self.angle(frame, joint, 1),
                  Self.angle(frame, joint, 2))))
          }
        }
        return .tensor(
          TensorData(shape: [Self.frames, joints.count, kind.width], doubles: numbers))
      }
      let file = Self.group([
        ("global_orient", array(0..<1)), ("body_pose", array(1..<22)), ("transl", Self.walk()),
        ("fps", .int(50)),
      ])
      try Self.check(Self.load(file), layout: "smplx parameters", rate: 50)
    }
  }

  /// A root beside rows whose own never turns is not lost.
  @Test func rootsBesideRowsCount() throws {
    var rows = Self.rows(0..<24)
    for frame in 0..<Self.frames { for axis in 0..<3 { rows[72 * frame + axis] = 0 } }
    let file = Self.group([
      ("poses", .tensor(TensorData(shape: [12, 72], doubles: rows))),
      ("global_orient", Self.tensor(0..<1)), ("trans", Self.walk()), ("fps", .int(20)),
    ])
    try Self.check(Self.load(file), layout: "SMPL poses", rate: 20)
  }

  @Test func meshcapade() throws {
    let file = Self.group([
      ("smplVersion", .int(2)), ("frameRate", .float(60)), ("bodyTranslation", Self.walk()),
      ("bodyPose", Self.tensor(0..<22, shape: [12, 22, 3])),
      ("headPose", Self.tensor(22..<25, shape: [12, 3, 3])),
      ("leftHandPose", Self.tensor(25..<40, shape: [12, 15, 3])),
      ("rightHandPose", Self.tensor(40..<55, shape: [12, 15, 3])),
    ])
    try Self.check(Self.load(file), layout: "Meshcapade .smpl", rate: 60, joints: 0..<55)
  }

  @Test func severalSequences() throws {
    func take(_ metres: Double) -> PickleValue {
      Self.group([("poses", Self.tensor(0..<24)), ("trans", Self.walk(metres)), ("fps", .int(15))])
    }
    let file = Self.group([("kick", take(2)), ("run", take(1)), ("notes", .string("x"))])
    let motion = try Self.load(file) { $0.sequence = "run" }
    try Self.check(motion, layout: "SMPL poses", rate: 15)
    #expect(motion.summary.sequences == ["kick", "run"])
    #expect(
      try Self.load(file).summary.notices.contains { $0.contains("the first of 2 sequences") })
    let error = programError { _ = try Self.load(file) { $0.sequence = "jump" } }
    #expect(error?.key == "sequence" && error?.expected == "kick, run")
  }

  /// Positions alone say nothing of how bones turn.
  @Test func positionsAloneAreRefused() throws {
    let rest: [SIMD3<Double>] = [
      SIMD3(0, 0, 0), SIMD3(0.06, -0.09, 0), SIMD3(-0.06, -0.09, 0), SIMD3(0, 0.11, -0.03),
      SIMD3(0.1, -0.47, 0), SIMD3(-0.1, -0.47, 0), SIMD3(0, 0.25, 0), SIMD3(0.1, -0.87, -0.03),
      SIMD3(-0.1, -0.87, -0.03), SIMD3(0, 0.3, 0.02), SIMD3(0.12, -0.92, 0.1),
      SIMD3(-0.12, -0.92, 0.1), SIMD3(0, 0.51, 0), SIMD3(0.08, 0.42, 0), SIMD3(-0.08, 0.42, 0),
      SIMD3(0, 0.6, 0.05), SIMD3(0.19, 0.45, 0), SIMD3(-0.19, 0.45, 0), SIMD3(0.45, 0.44, 0),
      SIMD3(-0.45, 0.44, 0), SIMD3(0.71, 0.44, 0), SIMD3(-0.71, 0.44, 0),
    ]
    // Exact, and as detectors see them: a centimetre off either way.
    for tremble in [0, 0.01] {
      let numbers = (0..<12).flatMap { frame in
        rest.enumerated().flatMap { joint, place -> [Double] in
          let p = RotationMatrix.yaw(0.1 * Double(frame)) * place + SIMD3(0, 1, 0.1 * Double(frame))
          return [p.x, p.y, p.z].enumerated().map { axis, value in
            value + tremble * sin(Double(7 * frame + 13 * joint + 5 * axis))
          }
        }
      }
      let positions = TensorData(shape: [12, 22, 3], doubles: numbers)
      let error = programError { _ = try Self.load(Self.group([("poses", .tensor(positions))])) }
      #expect(error?.what.hasPrefix("these are positions of joints") == true, "\(tremble)")
      #expect(error?.key == "poses")
    }
    let features = TensorData(shape: [60, 263], floats: [Float](repeating: 0, count: 60 * 263))
    #expect(
      programError { _ = try Self.load(.tensor(features)) }?.what.contains("HumanML3D") == true)
  }
}
