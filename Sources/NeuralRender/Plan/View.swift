import Compute

/// Where a value of any rank lies while a plan runs: floats of a buffer, a stride for each axis.
///
/// Transpositions, slices and most reshapes are other views of the same floats. Kernels want one of two
/// forms: an image has its channels (axis 1) contiguous, rows have their last axis contiguous. What is in
/// neither form is copied for them (`StridedCopyStep`).
struct View: Sendable, Hashable {
  let buffer: Int
  /// Floats from the buffer's start to the first element.
  let offset: Int
  let shape: [Int]
  /// Floats between neighbours along each axis.
  let strides: [Int]

  var count: Int { shape.reduce(1, *) }

  /// Floats from the first element to behind the last.
  var span: Int { zip(shape, strides).reduce(1) { $0 + ($1.0 - 1) * $1.1 } }

  /// Whether its elements fill their memory, each float one element, in some order of the axes.
  var isDense: Bool {
    var expected = 1
    for axis in shape.indices.filter({ shape[$0] != 1 }).sorted(by: { strides[$0] < strides[$1] }) {
      if strides[axis] != expected { return false }
      expected *= shape[axis]
    }
    return true
  }

  /// N x C x ... with the channels last in memory, packed.
  init(image shape: [Int], buffer: Int) {
    let order = shape.count < 3 ? Array(shape.indices) : [0] + Array(2..<shape.count) + [1]
    self.init(buffer: buffer, offset: 0, shape: shape, strides: Self.strides(shape, order))
  }

  /// In C order, packed.
  init(rows shape: [Int], buffer: Int) {
    self.init(buffer: buffer, offset: 0, shape: shape, strides: Indexing.strides(shape))
  }

  init(_ place: Place, shape: [Int]) {
    let row = place.width * place.pixelStride
    let image = place.height * row
    let strides =
      switch shape.count {
      case 4: [image, 1, row, place.pixelStride]
      case 3: [image, 1, place.pixelStride]
      case 2: [image, 1]
      default: Indexing.strides(shape)
      }
    self.init(buffer: place.buffer, offset: place.offset, shape: shape, strides: strides)
  }

  init(buffer: Int, offset: Int, shape: [Int], strides: [Int]) {
    self.buffer = buffer
    self.offset = offset
    self.shape = shape
    self.strides = strides
  }

  /// Packed strides with axes from the slowest to the fastest as `order` says.
  private static func strides(_ shape: [Int], _ order: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    var stride = 1
    for axis in order.reversed() {
      strides[axis] = stride
      stride *= shape[axis]
    }
    return strides
  }

  // MARK: Views of the same floats

  func permuted(_ order: [Int]) -> View {
    View(
      buffer: buffer, offset: offset, shape: order.map { shape[$0] },
      strides: order.map { strides[$0] })
  }

  func sliced(_ ranges: [Slice.Range], to shape: [Int]) -> View {
    View(
      buffer: buffer, offset: zip(ranges, strides).reduce(offset) { $0 + $1.0.start * $1.1 },
      shape: shape, strides: zip(ranges, strides).map { $0.step * $1 })
  }

  /// `count` elements along an axis from `first` on.
  func part(_ axis: Int, from first: Int, count: Int) -> View {
    var shape = shape
    shape[axis] = count
    return View(
      buffer: buffer, offset: offset + first * strides[axis], shape: shape, strides: strides)
  }

  /// The same elements in C order under another shape; nil where they are not evenly apart.
  func reshaped(_ new: [Int]) -> View? {
    // Axes of one element say nothing about where others lie.
    let old = shape.indices.filter { shape[$0] != 1 }
    var strides = [Int](repeating: 1, count: new.count)
    let wanted = new.indices.filter { new[$0] != 1 }
    var (i, j) = (0, 0)
    while i < old.count && j < wanted.count {
      // The shortest runs of axes that hold equally many elements.
      var (from, to) = (shape[old[i]], new[wanted[j]])
      let (firstOld, firstNew) = (i, j)
      while from != to {
        if from < to {
          i += 1
          from *= shape[old[i]]
        } else {
          j += 1
          to *= new[wanted[j]]
        }
      }
      for axis in firstOld..<i
      where self.strides[old[axis]] != shape[old[axis + 1]] * self.strides[old[axis + 1]] {
        return nil
      }
      var stride = self.strides[old[i]]
      for axis in (firstNew...j).reversed() {
        strides[wanted[axis]] = stride
        stride *= new[wanted[axis]]
      }
      i += 1
      j += 1
    }
    return View(buffer: buffer, offset: offset, shape: new, strides: strides)
  }

  // MARK: Forms that kernels want

  /// Images with their channels contiguous: (N, C, H, W), (N, C, W), (N, C) or (C).
  var image: Place? {
    let axes: ([Int], [Int])? =
      switch shape.count {
      case 0: ([1, 1, 1, 1], [0, 1, 0, 0])
      case 1: ([1, shape[0], 1, 1], [0, strides[0], 0, 0])
      case 2: (shape + [1, 1], strides + [0, 0])
      case 3: ([shape[0], shape[1], 1, shape[2]], [strides[0], strides[1], 0, strides[2]])
      case 4: (shape, strides)
      default: nil
      }
    return axes.flatMap { shape, strides in
      View(buffer: buffer, offset: offset, shape: shape, strides: strides)
        .place(channels: 1, rows: 2, columns: 3, images: 0)
    }
  }

  /// All axes but the last in a row, the last contiguous.
  var rows: Place? {
    guard let last = shape.last else { return image }
    let merged = reshaped([1, shape.dropLast().reduce(1, *), last])
    return merged.flatMap {
      View(
        buffer: buffer, offset: offset, shape: [1, 1] + $0.shape[1...],
        strides: [0, 0] + $0.strides[1...]
      ).place(channels: 3, rows: 1, columns: 2, images: 0)
    }
  }

  /// The view as a place, where it has the form.
  func place(_ form: ViewForm) -> Place? {
    switch form {
    case .image: image
    case .rows: rows
    }
  }

  private func place(channels: Int, rows: Int, columns: Int, images: Int) -> Place? {
    let (c, h, w, n) = (shape[channels], shape[rows], shape[columns], shape[images])
    guard c == 1 || strides[channels] == 1 else { return nil }
    // An axis of one element may have any stride: the next slower one tells how far pixels are apart.
    let pixel =
      if w > 1 { strides[columns] } else if h > 1 { strides[rows] } else if n > 1 {
        strides[images]
      } else { c }
    guard pixel >= c, h == 1 || strides[rows] == w * pixel,
      n == 1 || strides[images] == h * w * pixel
    else { return nil }
    return Place(
      buffer: buffer, offset: offset, images: n, channels: c, height: h, width: w,
      pixelStride: pixel)
  }

  /// All floats between the first and the last element, as one pixel.
  var extent: Place {
    Place(
      buffer: buffer, offset: offset, images: 1, channels: span, height: 1, width: 1,
      pixelStride: span)
  }
}
