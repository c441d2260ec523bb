extension DetectedPerson {
  /// The same person in a picture of other size.
  func scaled(by factor: Double) -> DetectedPerson {
    DetectedPerson(self, scaledBy: factor)
  }

  private init(_ other: DetectedPerson, scaledBy factor: Double) {
    // Regions count from the centre of the first pixel, pictures are scaled about its corner.
    func place(_ point: SIMD2<Double>) -> SIMD2<Double> { (point + 0.5) * factor - 0.5 }
    box = other.box * Float(factor)
    score = other.score
    points = other.points.map(place)
    region = Region(
      centre: place(other.region.centre), side: other.region.side * factor,
      angle: other.region.angle)
  }
}
