// Plain functions over libpng, libjpeg and libav*, so that setjmp, function-like macros and the
// libraries' own structures never reach Swift.
//
// Every function that can fail returns 0 for success and writes one line without a line feed into
// `message` (CMEDIA_MESSAGE bytes) otherwise. Nothing here prints.
#ifndef CMEDIA_H
#define CMEDIA_H

#include "CMediaFormat.h"
#include "CMediaPicture.h"
#include "CMediaPixels.h"
#include "CMediaVideo.h"

#endif
