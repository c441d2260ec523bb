import Compute

/// Distances of pixels to the nearest pixel of another kind, exact.
///
/// Method: Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions" (2012).
enum DistanceInside {
  /// - Parameter isInside: (height, width).
  /// - Returns: (height, width) pixels from a pixel inside to the nearest one outside, 0 outside. Beyond the
  ///   picture's borders nothing is outside.
  static func distances(
    _ isInside: Plane<Bool>, width: Int, height: Int, pool: WorkerPool
  ) -> Plane<Float> {
    let result = Plane<Float>(count: max(width * height, 1), filledWith: 0)
    let far = Float(width + height)
    pool.inChunks(width, of: 64) { columns in
      for column in columns {
        var run = far
        for row in 0..<height {
          run = isInside[row * width + column] ? min(run + 1, far) : 0
          result[row * width + column] = run
        }
        run = far
        for row in stride(from: height - 1, through: 0, by: -1) {
          run = isInside[row * width + column] ? min(run + 1, far) : 0
          result[row * width + column] = min(result[row * width + column], run)
        }
      }
    }
    pool.inChunks(height, of: 32) { rows in
      var squares = [Float](repeating: 0, count: width)
      var places = [Int](repeating: 0, count: width)
      var borders = [Float](repeating: 0, count: width + 1)
      for row in rows {
        let line = result.pointer + row * width
        for column in 0..<width { squares[column] = line[column] * line[column] }
        var last = 0
        places[0] = 0
        borders[0] = -.infinity
        for column in stride(from: 1, to: width, by: 1) {
          var crossing: Float
          repeat {
            let place = places[last]
            crossing =
              (squares[column] - squares[place] + Float(column * column - place * place))
              / Float(2 * (column - place))
            if crossing <= borders[last] { last -= 1 } else { break }
          } while last >= 0
          last += 1
          places[last] = column
          borders[last] = last == 0 ? -.infinity : crossing
        }
        var next = 0
        for column in 0..<width {
          while next < last, borders[next + 1] < Float(column) { next += 1 }
          let step = Float(column - places[next])
          line[column] = min(far, (squares[places[next]] + step * step).squareRoot())
        }
      }
    }
    return result
  }
}
