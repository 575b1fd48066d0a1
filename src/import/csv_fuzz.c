/* Any bytes as rows of separated values: each row reads the same cut off after it, is
 * passed over to the same end, and, written, reads back. The first byte chooses the
 * separator. */

#include "import/csv_same.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char separators[] = {',', ';', '\t', '|'};
    static struct us_arena a;
    static struct us_csv_row rows[2];
    if (!a.base) us_arena_init(&a, (size_t)256 << 20);
    if (size == 0) return 0;
    us_str text = {(const char *)data + 1, size - 1};
    char separator = separators[data[0] % sizeof separators];
    us_assert(us_csv_same(text, separator, &a, rows));
    us_csv_separator(text, true, &a);
    us_arena_reset(&a);
    return 0;
}
