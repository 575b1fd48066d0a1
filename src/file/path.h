/* path.h: a path as the kernel takes it; for the sources of this folder. */
#pragma once

#include "file/file.h"

struct us_path {
    char c[US_FILE_PATH_MAX];
};

us_code us_path_c(us_str path, struct us_path *out, struct us_error *e);
