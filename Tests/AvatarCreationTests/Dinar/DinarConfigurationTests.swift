import Compute
import Foundation
import TestSupport
import Testing

@testable import AvatarCreation

@Suite struct DinarConfigurationTests {
  /// A configuration of this text, in a file that is gone afterwards.
  private func read(_ text: String) throws -> DinarConfiguration {
    let path = NSTemporaryDirectory() + "dinar-\(UUID().uuidString).yaml"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return try DinarConfiguration(path: path)
  }

  private func text(heads: String) -> String {
    "runner: {params: {unet_config: {params: {num_heads: \(heads)}}}}"
  }

  @Test func leavesWhatIsAbsentAsReleased() throws {
    var released = DinarConfiguration()
    let read = try read("runner: {params: {}}")
    released.path = read.path
    #expect(read == released)
    #expect(released.attentionHeads == 8)
  }

  @Test func takesHeadChannelsUnlessTheyAreMinusOne() throws {
    let rest = "num_heads: 4, num_head_channels: "
    func configuration(_ channels: Int) throws -> DinarConfiguration {
      try read("runner: {params: {unet_config: {params: {\(rest)\(channels)}}}}")
    }
    #expect(try configuration(-1).attentionHeadChannels == nil)
    #expect(try configuration(32).attentionHeadChannels == 32)
    let text = "num_heads: -1, num_head_channels: 16"
    let swapped = try read("runner: {params: {unet_config: {params: {\(text)}}}}")
    #expect(swapped.attentionHeadChannels == 16)
  }

  @Test(arguments: ["0", "-3", "many", "2.5", "1e300", "[8]", "99999999999999999999"])
  func refusesOtherNumbers(_ heads: String) {
    let error = #expect(throws: ProgramError.self) { try read(text(heads: heads)) }
    #expect(error?.code == .dataError)
    #expect(error?.key == "runner.params.unet_config.params.num_heads")
  }

  @Test(arguments: ["", "- 1", "just words", "a: [1, 2", "a: &x [*x]", "\u{0}\u{1}"])
  func refusesWhatIsNoMapping(_ text: String) {
    let error = #expect(throws: ProgramError.self) { try read(text) }
    #expect(error?.code == .dataError)
  }

  /// Keys of mappings are compared with all that their aliases stand for: forty lines, 9^39 values.
  @Test func refusesWhatUnfoldsWithoutEnd() {
    let levels = (1..<40).map { level in
      let items = [String](repeating: "*a\(level - 1)", count: 9).joined(separator: ",")
      return "a\(level): &a\(level) [\(items)]"
    }
    let text = (["a0: &a0 [x, x]"] + levels + ["? *a39", ": 1"]).joined(separator: "\n")
    let error = #expect(throws: ProgramError.self) { try read(text) }
    #expect(error?.code == .dataError)
    #expect(error?.found == "\(39 * 9 + 1)")
  }

  @Test func takesAnchorsAndNamesThatLookLikeThem() throws {
    let stars = (0..<100).map { "note\($0): a*b, 2 * 3, x*" }
    let text = (["heads: &h 4", text(heads: "*h")] + stars).joined(separator: "\n")
    #expect(try read(text).attentionHeads == 4)
  }
}

@Suite(.enabled(if: Fixtures.goldenDataIsExpected, "golden data"))
struct DinarConfigurationParityTests {
  @Test func readsWhatWeightsDoNotTell() throws {
    let configuration = try DinarConfiguration(path: Fixtures.path("dinar/eval.yaml"))
    #expect(configuration.attentionHeads == 2)
    #expect(configuration.attentionHeadChannels == nil)
    #expect(configuration.bodyFolder == "./smplx_models")
    #expect(configuration.tableFolder == "./smplx_data/")
  }

  @Test func looksBesideTheCheckpoint() throws {
    let found = try DinarConfiguration.find(
      given: nil, checkpoint: Fixtures.path("dinar/dinar.ckpt"))
    let expected = try Fixtures.path("dinar/eval.yaml")
    #expect(found.path == expected)
    let absent = try DinarConfiguration.find(given: nil, checkpoint: "nowhere/dinar.ckpt")
    #expect(absent == DinarConfiguration())
  }
}
