import Compute

/// All that is expected of a body before a picture is looked at.
enum FitPriors {
  static func rows(_ model: FitModel, options: FitOptions) -> [ParameterTerm.Row] {
    let layout = model.layout
    var rows = PosePrior.rows(layout, weight: 0.5)
    rows += PosePrior.couplings(layout)
    rows += PosePrior.limits(layout)
    rows += PosePrior.straightKnees(layout)
    rows += layout.jaw.map { ParameterTerm.Row([($0, 1)], sigma: 0.1) }
    rows += (layout.leftHand.lowerBound..<layout.rightHand.upperBound).map {
      ParameterTerm.Row([($0, 1)], sigma: 1.2)
    }
    for (number, index) in layout.betas.enumerated() {
      // The neutral free body's second coefficient goes from woman to man: rarely far from either.
      let isBuild = number == 1 && model.body.gender == "neutral" && model.body.hasOwnCoefficients
      rows.append(ParameterTerm.Row([(index, 1)], sigma: isBuild ? 0.4 : 1))
    }
    rows += layout.expression.map { ParameterTerm.Row([($0, 1)], sigma: 0.7) }
    rows += clothes(layout)
    if let height = options.height { rows.append(model.heightRow(height)) }
    return rows
  }

  /// Clothes are thin, and never thinner than nothing. What they stand out by belongs to the displacement,
  /// not to the shape.
  private static func clothes(_ layout: FitLayout) -> [ParameterTerm.Row] {
    layout.cloth.flatMap {
      [
        ParameterTerm.Row([($0, 1)], target: 0.008, sigma: 0.01),
        ParameterTerm.Row([($0, 1)], sigma: 0.001, side: .below),
      ]
    }
  }
}

extension BodyModel {
  /// Whether it is one of the free bodies, whose coefficients mean something else than the official ones'.
  var hasOwnCoefficients: Bool { !partNames.isEmpty }
}

extension FitModel {
  /// Height of the rest body as a row: the span of the vertices that are the highest and lowest of the
  /// unshaped one is linear in the betas.
  func heightRow(_ height: Double) -> ParameterTerm.Row {
    let (top, bottom, span) = heightVertices()
    let ends = FittedVertices([top, bottom], of: self)
    let factors = layout.betas.enumerated().map { number, index in
      (index, ends.shape[number].y - ends.shape[shapeCount + number].y)
    }
    return ParameterTerm.Row(factors, target: height - span, sigma: 0.005)
  }

  private func heightVertices() -> (top: Int, bottom: Int, span: Double) {
    var (top, bottom) = (0, 0)
    let stride = body.paddedCount
    for vertex in 0..<body.vertexCount {
      if body.template[stride + vertex] > body.template[stride + top] { top = vertex }
      if body.template[stride + vertex] < body.template[stride + bottom] { bottom = vertex }
    }
    return (top, bottom, body.restPosition(top).y - body.restPosition(bottom).y)
  }
}
