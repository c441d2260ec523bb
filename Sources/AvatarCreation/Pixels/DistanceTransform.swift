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
    let plane = self.plane(to: seeds, width: width, height: height, pool: pool)
    return withExtendedLifetime(plane) {
      Array(UnsafeBufferPointer(start: plane.pointer, count: seeds.count))
    }
  }

  /// - Parameters:
  ///   - seeds: (height, width).
  ///   - reach: infinity stands for what is farther, which is found faster.
  /// - Returns: (height, width) distances.
  static func plane(
    to seeds: [Bool], width: Int, height: Int, reach: Float = .infinity, pool: WorkerPool
  ) -> Plane<Float> {
    precondition(seeds.count == width * height)
    // Further than any pixel, and its square is a float.
    let far = Float(width + height)
    let result = Plane<Float>(count: max(width * height, 1), filledWith: far)
    let columns = 64
    seeds.withUnsafeBufferPointer { seeds in
      // Pieces write to columns, then to rows of their own.
      nonisolated(unsafe) let (result, seeds) = (result.pointer, seeds)
      pool.run((width + columns - 1) / columns) { piece, _ in
        let range = piece * columns..<min((piece + 1) * columns, width)
        for y in 0..<height {
          for x in range {
            let above = y > 0 ? result[(y - 1) * width + x] + 1 : far
            result[y * width + x] = seeds[y * width + x] ? 0 : above < far ? above : far
          }
        }
        for y in (0..<max(height - 1, 0)).reversed() {
          for x in range {
            let (below, own) = (result[(y + 1) * width + x] + 1, result[y * width + x])
            result[y * width + x] = below < own ? below : own
          }
        }
      }
      let rows = 16
      pool.run((height + rows - 1) / rows) { piece, _ in
        var envelope = Envelope(count: width)
        for y in piece * rows..<min((piece + 1) * rows, height) {
          envelope.transform(
            UnsafeMutableBufferPointer(start: result + y * width, count: width),
            reach: min(reach, far))
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

    /// Distances along columns to distances in the plane, infinite from `reach` on.
    mutating func transform(_ row: UnsafeMutableBufferPointer<Float>, reach: Float) {
      let steps = Int(saturating: reach, .up)
      var x = 0
      while x < row.count {
        guard row[x] < reach else {
          row[x] = .infinity
          x += 1
          continue
        }
        // Pixels that are near enough to some roots, and have none beyond.
        var (last, next) = (x, x + 1)
        while next < row.count, next - last <= 2 * steps {
          if row[next] < reach { last = next }
          next += 1
        }
        let first = max(x - steps, 0)
        let end = min(last + steps + 1, row.count)
        transform(row, first: first, roots: x...last, end: end, reach: reach)
        x = end
      }
    }

    private mutating func transform(
      _ row: UnsafeMutableBufferPointer<Float>, first: Int, roots range: ClosedRange<Int>,
      end: Int, reach: Float
    ) {
      roots.withUnsafeMutableBufferPointer { roots in
        borders.withUnsafeMutableBufferPointer { borders in
          squares.withUnsafeMutableBufferPointer { squares in
            for x in range { squares[x] = row[x] * row[x] }
            var last = 0
            roots[0] = range.lowerBound
            borders[0] = -.infinity
            borders[1] = .infinity
            for x in range.dropFirst() where row[x] < reach {
              // Between two seeds nothing is nearer than itself.
              if squares[x] == 0, x < range.upperBound, squares[x - 1] == 0, squares[x + 1] == 0 {
                continue
              }
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
            for x in first..<end {
              if row[x] == 0 { continue }
              while borders[piece + 1] < Float(x) { piece += 1 }
              let root = roots[piece]
              let square = Float((x - root) * (x - root)) + squares[root]
              row[x] = square >= reach * reach ? .infinity : square.squareRoot()
            }
          }
        }
      }
    }
  }
}
