// What this process reads and writes pictures and videos with, for `avatar doctor`.

import CMedia

public enum MediaLibraries {
  /// Names and versions, for example ("libpng", "1.6.39").
  public static var versions: [(name: String, version: String)] {
    [
      ("libpng", String(cString: cmedia_png_version())),
      ("libjpeg", String(cString: cmedia_jpeg_version())),
      ("libavcodec", String(cString: cmedia_avcodec_version())),
      ("libavformat", String(cString: cmedia_avformat_version())),
    ]
  }
}
