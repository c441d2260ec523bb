// Which FFmpeg the shims are written for: since version 5 decoders are found as constants.
#ifndef CMEDIA_FFMPEG_H
#define CMEDIA_FFMPEG_H

#if !__has_include(<libavcodec/avcodec.h>)
#error "FFmpeg's headers are missing: run `make bootstrap`, or install libavcodec, libavformat, libavutil and libswscale for development"
#endif

#include <libavcodec/version.h>

#if LIBAVCODEC_VERSION_MAJOR < 59
#error "this FFmpeg is too old: version 5 or later is needed (libavcodec 59)"
#endif
#endif
