/* api_import.c: lines of an import that runs in this process, among those of clients.
 */

#include "import/import.h"
#include "server/api_inner.h"

#include <unistd.h>

enum { BUSY_MS = 50 };

/* A row of a file says when it could be known; what is said of the file, or by a
 * person, is known now. */
static us_stamp stamp_of(us_line_type type)
{
    return type == US_LINE_IMPORT || type == US_LINE_UNDO ? US_STAMP_KNOWN
                                                          : US_STAMP_OWN;
}

/* They wait for room as clients do, who come first. */
us_code us_api_import(void *ctx, const struct us_import_line *lines, size_t count,
    size_t *added, struct us_error *e)
{
    struct us_api *api = ctx;
    struct us_arena a;
    us_arena_init(&a, (count + 1) * sizeof(struct us_intake_message) * 2);
    struct us_intake_message *items = us_new(&a, struct us_intake_message, count + 1);
    for (size_t i = 0; i < count; i++)
        items[i] = (struct us_intake_message){.head = lines[i].head,
            .stamp = stamp_of(lines[i].head.type),
            .id = lines[i].head.id.len ? lines[i].head.id : US_S("own"),
            .print = lines[i].print,
            .m = lines[i].m};
    us_code code;
    struct us_batch b;
    do {
        b = (struct us_batch){.items = items, .count = count};
        code = us_committer_put_wait(api->committer, &b, e);
        if (code == US_BUSY) usleep(BUSY_MS * 1000);
    } while (code == US_BUSY && !atomic_load(&api->ending));
    *added = b.added;
    us_arena_done(&a);
    return code;
}
