/* customers_named.c: the files of customers that usher.yml names. */

#include "file/file.h"
#include "import/customers.h"

void us_customers_named(const struct us_source_text *source, us_str dir,
    struct us_diags *d, struct us_customers *c)
{
    struct us_error why;
    us_str path = us_file_join(d->arena, dir, source->customers.text);
    if (us_customers_open(path, c, &why) != US_OK)
        us_diag_add(
            d, source->customers.place, false, why.key, why.args, (us_str){"", 0});
}

void us_customers_check(const struct us_config *c, us_str dir, struct us_diags *d)
{
    for (size_t i = 0; i < c->source_count; i++) {
        struct us_customers known;
        if (c->sources[i].customers.text.len == 0) continue;
        us_customers_named(&c->sources[i], dir, d, &known);
        us_customers_close(&known);
    }
}
