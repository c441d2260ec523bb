// Copies between orders of axes: transpositions, permutations, parts of larger arrays.

import CSIMD
import Compute

/// Copies every element of one view of memory to its place in another view of the same shape.
///
/// Axes that follow each other in both views are one; what is left is walked in planes of two axes, in
/// which rows are contiguous in both views, or each view is contiguous along another axis (a
/// transposition, in tiles), or neither holds.
struct StridedCopy: Sendable {
  /// Which axis of a plane is contiguous.
  private enum Order { case rows, tiles, elements }

  /// An extent and the floats between neighbours.
  struct Axis {
    var extent: Int
    var source: Int
    var target: Int

    static let single = Axis(extent: 1, source: 0, target: 0)
  }

  private let order: Order
  /// The plane's axes: columns are the axis along which the target's neighbours are closest.
  let lines: Axis
  let columns: Axis
  /// The axes around the plane, outermost first; the rest are of extent 1.
  private let outerExtents: SIMD4<Int>
  private let outerSources: SIMD4<Int>
  private let outerTargets: SIMD4<Int>
  /// Pieces of a plane, copied one by one.
  private let lineBlock: Int
  private let columnBlock: Int
  private let units: Int
  private let unitsPerItem: Int

  /// Floats of an item: a good share of the first-level cache.
  private static let itemSize = 8192
  /// Floats between rows of which some lie in a page of memory.
  private static let closeFloats = 256

  /// - Parameters:
  ///   - shape: at most six extents.
  ///   - sourceStrides: floats between neighbours along each axis; 0 repeats an element.
  ///   - targetStrides: the same of the target, whose elements are all different.
  static let mostAxes = 6

  init(shape: [Int], sourceStrides: [Int], targetStrides: [Int]) {
    precondition(shape.count <= Self.mostAxes && shape.allSatisfy { $0 >= 0 })
    precondition(sourceStrides.count == shape.count && targetStrides.count == shape.count)
    var axes = Self.merged(
      shape.indices.map {
        Axis(extent: shape[$0], source: sourceStrides[$0], target: targetStrides[$0])
      })
    let columns = axes.popLast() ?? .single
    let place: Int?
    if columns.target == 1 && columns.source == 1 || columns.extent == 1 {
      order = .rows
      place = axes.indices.max { axes[$0].extent < axes[$1].extent }
    } else if columns.target == 1, let contiguous = axes.firstIndex(where: { $0.source == 1 }) {
      order = .tiles
      place = contiguous
    } else {
      order = .elements
      place = axes.indices.last
    }
    let lines = place.map { axes.remove(at: $0) } ?? .single
    (self.lines, self.columns) = (lines, columns)
    var outer = (SIMD4<Int>(repeating: 1), SIMD4<Int>.zero, SIMD4<Int>.zero)
    for (index, axis) in axes.enumerated() {
      (outer.0[index], outer.1[index], outer.2[index]) = (axis.extent, axis.source, axis.target)
    }
    (outerExtents, outerSources, outerTargets) = outer
    (lineBlock, columnBlock) = Self.blocks(order, lines, columns)
    let planes = axes.reduce(1) { $0 * $1.extent }
    units =
      planes * ((lines.extent + lineBlock - 1) / lineBlock)
      * ((columns.extent + columnBlock - 1) / columnBlock)
    unitsPerItem = max(1, Self.itemSize / (lineBlock * columnBlock))
  }

  /// The axes of more than one element in the order of the target's strides, longest first, those
  /// that follow each other in both views made one.
  private static func merged(_ axes: [Axis]) -> [Axis] {
    if axes.contains(where: { $0.extent == 0 }) { return [Axis(extent: 0, source: 1, target: 1)] }
    let sorted = axes.filter { $0.extent > 1 }.sorted { abs($0.target) > abs($1.target) }
    var result: [Axis] = []
    for axis in sorted {
      if let last = result.last, last.source == axis.source * axis.extent,
        last.target == axis.target * axis.extent
      {
        result[result.count - 1] = Axis(
          extent: last.extent * axis.extent, source: axis.source, target: axis.target)
      } else {
        result.append(axis)
      }
    }
    return result
  }

  /// Lines and columns of a piece of a plane.
  private static func blocks(_ order: Order, _ lines: Axis, _ columns: Axis) -> (Int, Int) {
    let (height, width) = (max(1, lines.extent), max(1, columns.extent))
    switch order {
    case .rows, .elements:
      let column = min(width, itemSize)
      return (min(height, max(1, itemSize / column)), column)
    case .tiles:
      // Whole cache lines of both views. Where the target's rows lie close together and the source's far
      // apart, long stretches of few of the source's: each of those is a page of its own.
      let isGathered = abs(lines.target) <= closeFloats && abs(columns.source) > closeFloats
      if isGathered && min(height, width) >= 16 { return (min(height, itemSize / 16), 16) }
      // Longer along one axis where the other is short.
      let line = min(height, max(64, itemSize / 4 / width & ~15))
      return (line, min(width, max(64, itemSize / 4 / line & ~15)))
    }
  }

  /// Pieces of work for `run`; they may run at the same time in any order.
  var itemCount: Int { (units + unitsPerItem - 1) / unitsPerItem }

  /// Copies an item. The views must not overlap.
  func run(
    item: Int, from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>
  ) {
    let columnBlocks = (columns.extent + columnBlock - 1) / columnBlock
    let lineBlocks = (lines.extent + lineBlock - 1) / lineBlock
    var unit = item * unitsPerItem
    let end = min(unit + unitsPerItem, units)
    while unit < end {
      let column = unit % columnBlocks * columnBlock
      let line = unit / columnBlocks % lineBlocks * lineBlock
      var plane = unit / columnBlocks / lineBlocks
      var from = source + (line * lines.source + column * columns.source)
      var to = target + (line * lines.target + column * columns.target)
      var axis = 3
      while plane > 0 {
        let extent = outerExtents[axis]
        if extent > 1 {
          let index = plane % extent
          plane /= extent
          from += index * outerSources[axis]
          to += index * outerTargets[axis]
        }
        axis -= 1
      }
      let height = min(lineBlock, lines.extent - line)
      let width = min(columnBlock, columns.extent - column)
      switch order {
      case .rows: copyRows(from, to, height, width)
      case .tiles: copyTiles(from, to, height, width)
      case .elements: copyElements(from, to, height, width)
      }
      unit += 1
    }
  }
}
