import NeuralRender

/// A person who stands upright, arms a little away, and fills the height: 24 % of the pixels.
///
/// Head, neck, trunk, arms and legs are ellipses and tapered limbs in units of the frame's height.
func standingFigure(size: Int) -> PixelSet {
  /// From one end to the other with a radius at each.
  struct Limb {
    var from: (x: Double, y: Double)
    var to: (x: Double, y: Double)
    var radii: (Double, Double)

    func contains(_ x: Double, _ y: Double) -> Bool {
      let (dx, dy) = (to.x - from.x, to.y - from.y)
      let along = ((x - from.x) * dx + (y - from.y) * dy) / max(dx * dx + dy * dy, 1e-12)
      let share = min(max(along, 0), 1)
      let (ex, ey) = (x - from.x - share * dx, y - from.y - share * dy)
      let radius = radii.0 + share * (radii.1 - radii.0)
      return ex * ex + ey * ey <= radius * radius
    }
  }
  var limbs = [
    Limb(from: (0, 0.09), to: (0, 0.13), radii: (0.062, 0.055)),
    Limb(from: (0, 0.16), to: (0, 0.24), radii: (0.035, 0.045)),
    Limb(from: (0, 0.28), to: (0, 0.40), radii: (0.105, 0.100)),
    Limb(from: (0, 0.40), to: (0, 0.50), radii: (0.095, 0.115)),
  ]
  for side in [-1.0, 1.0] {
    limbs += [
      Limb(from: (side * 0.10, 0.235), to: (side * 0.20, 0.40), radii: (0.048, 0.036)),
      Limb(from: (side * 0.20, 0.40), to: (side * 0.27, 0.54), radii: (0.036, 0.026)),
      Limb(from: (side * 0.27, 0.54), to: (side * 0.29, 0.60), radii: (0.028, 0.018)),
      Limb(from: (side * 0.065, 0.50), to: (side * 0.085, 0.72), radii: (0.075, 0.050)),
      Limb(from: (side * 0.085, 0.72), to: (side * 0.095, 0.93), radii: (0.052, 0.030)),
      Limb(from: (side * 0.095, 0.95), to: (side * 0.125, 0.965), radii: (0.028, 0.022)),
    ]
  }
  var figure = PixelSet(height: size, width: size)
  for y in 0..<size {
    for x in 0..<size {
      let (u, v) = ((Double(x) + 0.5) / Double(size) - 0.5, (Double(y) + 0.5) / Double(size))
      figure[y, x] = limbs.contains { $0.contains(u, v) }
    }
  }
  return figure
}
