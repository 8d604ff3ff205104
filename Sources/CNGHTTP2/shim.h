// libnghttp2's public header, unchanged. Debian 12 ships 1.52, whose reading and writing functions are the ssize_t ones
// (nghttp2_session_mem_recv, nghttp2_session_mem_send); the "2" variants of later releases are not there.
#include <nghttp2/nghttp2.h>
