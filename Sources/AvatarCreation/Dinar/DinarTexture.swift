import Avatar
import Compute
import Media
import TensorFiles

/// A person's neural texture, with what each stage made on the way.
public struct DinarTexture: Sendable {
  /// A photo, and what it gave.
  struct Photo {
    let sample: DinarSample
    let raster: PhotoRaster
    /// Texels that were taken from it.
    let texels: Int
  }

  /// At least one; style, body and pose are those of the first.
  let photos: [Photo]
  /// The photo, or the first of several.
  public var sample: DinarSample { photos[0].sample }
  var raster: PhotoRaster { photos[0].raster }
  /// What photos show.
  public let known: KnownTexture
  /// (1, C, T, T): the generator's channels, and what photos show.
  public let source: Tensor
  /// (1, c, T / u, T / u): the compressed texture, and what the diffusion completed it to.
  public let latent: Tensor
  public let completed: Tensor
  /// (1, 1, T / u, T / u) indices of codes.
  public let codes: Tensor
  /// (1, C, T, T): the whole texture as it was decoded.
  public let decoded: Tensor
  /// The texture with what photos show put over it.
  public let merge: TextureMerge

  /// The colours of a decoded texture, (1, C, T, T), as a picture.
  public static func colors(of texture: Tensor) throws -> Picture {
    let (height, width) = (texture.shape[2], texture.shape[3])
    let (count, first) = (height * width, texture.shape[1] - 5)
    let bytes = texture.withUnsafeBuffer { values in
      (0..<3 * count).map { index in
        UInt8(saturating: values[(first + index % 3) * count + index / 3].limited(to: 0...1) * 255)
      }
    }
    return try Picture(width: width, height: height, channels: 3, bytes: bytes)
  }

  /// What an avatar is made of.
  func person(name: String) throws -> DinarPerson {
    let merged = merge.texture
    return try DinarPerson(
      name: name, path: sample.fit.path,
      texture: TensorData(shape: Array(merged.shape.dropFirst()), floats: merged.elements),
      vertices: sample.vertices, calibration: sample.calibration,
      pictureSize: (sample.side, sample.side), parameters: sample.fit.pickle)
  }
}
