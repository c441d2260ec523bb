import Compute
import Foundation
import TestSupport
import Testing

@testable import TensorFiles

@Suite struct ModuleTreeTests {
  static let tensors: [(name: String, scalarType: ScalarType, shape: [Int])] = [
    ("a.0.weight", .float32, [4, 3]), ("a.0.bias", .float32, [4]),
    ("a.1.steps", .int64, []), ("b.c.d.w", .float16, [5, 2]), ("scale", .bfloat16, [7]),
  ]

  static func text(_ rows: [ModuleTree.Row]) -> [String] {
    rows.map {
      String(repeating: "  ", count: $0.level) + $0.node.name + ($0.isCollapsed ? ".*" : "")
    }
  }

  @Test func modulesAddUp() throws {
    let tree = ModuleTree(Self.tensors)
    #expect(tree.root.tensorCount == 5)
    #expect(tree.root.elementCount == 12 + 4 + 1 + 10 + 7)
    #expect(tree.root.byteCount == 48 + 16 + 8 + 20 + 14)
    #expect(tree.root.types == [.float32, .int64, .float16, .bfloat16])
    let first = try #require(tree.root.children.first)
    #expect(first.name == "a" && first.tensorCount == 3 && first.byteCount == 72)
    #expect(first.types == [.float32, .int64])
  }

  @Test func cutAtADepth() {
    let tree = ModuleTree(Self.tensors)
    #expect(Self.text(tree.rows(depth: 1)) == ["a.*", "b.c.d.w", "scale"])
    #expect(
      Self.text(tree.rows(depth: 2)) == ["a", "  0.*", "  1.steps", "b.c.d.w", "scale"])
    let whole = ["a", "  0", "    weight", "    bias", "  1.steps", "b.c.d.w", "scale"]
    #expect(Self.text(tree.rows(depth: 9)) == whole)
    #expect(Self.text(tree.rows(atMost: 100)) == whole)
    #expect(tree.rows(atMost: 6).count == 5)
    #expect(tree.rows(atMost: 1).count == 3)
  }

  @Test func manyTensorsOfOneModule() throws {
    let tree = ModuleTree(
      (0..<500).map { ("m.t\($0)", ScalarType.float32, [2]) } + [
        ("m.n.x", .float64, [3]), ("m.n.y", .float64, [3]),
      ])
    let rows = tree.rows(depth: 3)
    #expect(rows.count == 9)
    let rest = try #require(rows.last)
    #expect(rest.isCollapsed && rest.node.tensorCount == 496)
    let shown = rows.filter { !$0.isCollapsed && $0.node.children.isEmpty }
    #expect(shown.map(\.node.elementCount).reduce(rest.node.elementCount, +) == 1006)
  }

  @Test func namesOfVeryManyParts() {
    let name = String(repeating: "x.", count: 100_000) + "w"
    let tree = ModuleTree([(name, .float32, [1]), ("x.y", .float32, [1]), ("", .float32, [1])])
    #expect(tree.root.tensorCount == 3)
    #expect(tree.rows(atMost: 48).count <= 48)
  }
}
