#include "H264Note.h"

#include <string.h>

int h264_note_drop(AVPacket *packet) {
  int status = av_packet_make_writable(packet);
  if (status < 0) return status;
  uint8_t *data = packet->data;
  int size = packet->size, at = 0, kept = 0;
  while (at < size) {
    // A unit reaches from its start code (00 00 01, perhaps after another 00) to the next one.
    int body = at;
    while (body + 3 <= size && !(data[body] == 0 && data[body + 1] == 0 && data[body + 2] == 1))
      body++;
    body += 3;
    int next = body;
    while (next + 3 <= size && !(data[next] == 0 && data[next + 1] == 0 && data[next + 2] <= 1))
      next++;
    if (next + 3 > size) next = size;
    int is_note = body + 1 < size && (data[body] & 31) == 6 && data[body + 1] == 5;
    if (!is_note) {
      memmove(data + kept, data + at, next - at);
      kept += next - at;
    }
    at = next;
  }
  av_shrink_packet(packet, kept);
  return 0;
}
