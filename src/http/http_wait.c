/* http_wait.c: how the library's threads wait for clients.
 *
 * It looks at 128 events at a time, and where there were exactly as many, looks for
 * more before it does anything about those, and waits for them as long as for the
 * first: all of these clients are left alone until another speaks, or for as long as a
 * connection may be idle (MHD_epoll in its daemon.c, 0.9.75). So whoever waits for
 * events in this program is given one less than there is room for; what is left comes
 * with the next look.
 */
#include "http/http_inner.h"

#include <sys/epoll.h>

/* Found by the library before that of libc. */
__attribute__((visibility("default"))) int epoll_wait(
    int epoll, struct epoll_event *events, int room, int timeout);

int epoll_wait(int epoll, struct epoll_event *events, int room, int timeout)
{
    return epoll_pwait(epoll, events, room > 1 ? room - 1 : room, timeout, NULL);
}

unsigned us_http_wait_flags(void)
{
    return MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
}
