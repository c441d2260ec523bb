// What x264 writes about itself.
#ifndef H264_NOTE_H
#define H264_NOTE_H

#include <libavcodec/packet.h>

/// Removes x264's note (a user-data SEI unit) from a packet in start-code form: it names versions
/// and the thread count, which must not change the file.
int h264_note_drop(AVPacket *packet);
#endif
