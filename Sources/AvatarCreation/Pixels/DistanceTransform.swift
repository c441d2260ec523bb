import Compute

/// Exact Euclidean distances between pixel centres.
///
/// Source: Felzenszwalb and Huttenlocher 2012, "Distance Transforms of Sampled Functions": columns by two
/// sweeps, rows by the lower envelope of parabolas.
enum DistanceTransform {
  /// The distance of each pixel to the nearest seed, pixels; infinity where there is no seed at all.
  ///
  /// - Parameter seeds: (height, width).
  static func distances(
    to seeds: [Bool], width: Int, height: Int, pool: WorkerPool
  ) -> [Float] {
    precondition(seeds.count == width * height)
    // Further than any pixel, and its square is a float.
    let far = Float(width + height)
    var result = [Float](repeating: far, count: width * height)
    let columns = 64
    result.withUnsafeMutableBufferPointer { result in
      seeds.withUnsafeBufferPointer { seeds in
        // Pieces write to columns, then to rows of their own.
        nonisolated(unsafe) let (result, seeds) = (result, seeds)
        pool.run((width + columns - 1) / columns) { piece, _ in
          let range = piece * columns..<min((piece + 1) * columns, width)
          for y in 0..<height {
            for x in range {
              let above = y > 0 ? result[(y - 1) * width + x] + 1 : far
              result[y * width + x] = seeds[y * width + x] ? 0 : min(above, far)
            }
          }
          for y in (0..<max(height - 1, 0)).reversed() {
            for x in range {
              let below = result[(y + 1) * width + x] + 1
              if below < result[y * width + x] { result[y * width + x] = below }
            }
          }
        }
        let rows = 16
        pool.run((height + rows - 1) / rows) { piece, _ in
          var envelope = Envelope(count: width)
          for y in piece * rows..<min((piece + 1) * rows, height) {
            envelope.transform(
              UnsafeMutableBufferPointer(rebasing: result[y * width..<(y + 1) * width]), far: far)
          }
        }
      }
    }
    return result
  }

  /// The distance to the edge of a set of pixels, positive inside: half a pixel at the pixels beside it.
  static func signedDistances(
    to inside: [Bool], width: Int, height: Int, pool: WorkerPool
  ) -> [Float] {
    let outwards = distances(to: inside, width: width, height: height, pool: pool)
    let inwards = distances(to: inside.map { !$0 }, width: width, height: height, pool: pool)
    return zip(inwards, outwards).map { $0 > 0 ? $0 - 0.5 : 0.5 - $1 }
  }

  /// Scratch of one row.
  private struct Envelope {
    private var roots: [Int]
    private var borders: [Float]
    private var squares: [Float]

    init(count: Int) {
      roots = [Int](repeating: 0, count: max(count, 1))
      borders = [Float](repeating: 0, count: count + 1)
      squares = [Float](repeating: 0, count: count)
    }

    /// Distances along columns to distances in the plane.
    mutating func transform(_ row: UnsafeMutableBufferPointer<Float>, far: Float) {
      let count = row.count
      guard count > 0 else { return }
      roots.withUnsafeMutableBufferPointer { roots in
        borders.withUnsafeMutableBufferPointer { borders in
          squares.withUnsafeMutableBufferPointer { squares in
            for x in 0..<count { squares[x] = row[x] * row[x] }
            var last = 0
            roots[0] = 0
            borders[0] = -.infinity
            borders[1] = .infinity
            for x in 1..<max(count, 1) {
              var crossing: Float
              repeat {
                let root = roots[last]
                crossing =
                  (squares[x] - squares[root] + Float(x * x - root * root))
                  / Float(2 * (x - root))
                if crossing > borders[last] { break }
                last -= 1
              } while last >= 0
              last += 1
              roots[last] = x
              borders[last] = crossing
              borders[last + 1] = .infinity
            }
            var piece = 0
            for x in 0..<count {
              while borders[piece + 1] < Float(x) { piece += 1 }
              let root = roots[piece]
              let square = Float((x - root) * (x - root)) + squares[root]
              row[x] = square >= far * far ? .infinity : square.squareRoot()
            }
          }
        }
      }
    }
  }
}
