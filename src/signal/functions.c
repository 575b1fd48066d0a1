#include "signal/function.h"

static const struct us_function *const all[] = {
#define X(name) [US_FN_##name] = &us_function_##name,
#include "signal/functions_list.inc"
#undef X
};

const struct us_function *us_function_of(us_function_id id)
{
    return all[id];
}

const struct us_function *us_function_find(us_str name)
{
    for (size_t i = 0; i < US_FUNCTIONS; i++)
        if (us_str_eq(all[i]->name, name)) return all[i];
    return NULL;
}
