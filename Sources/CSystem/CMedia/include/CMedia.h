// Plain functions over libpng, libjpeg and libav*, so that setjmp and function-like macros never
// reach Swift.
#ifndef CMEDIA_H
#define CMEDIA_H
#endif
