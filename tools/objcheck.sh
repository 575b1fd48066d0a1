#!/bin/sh
# objcheck.sh BUILD: what the compiled code proves about itself. Run on an unsanitized
# build, over our C objects only; prints what is wrong, exits 1 if any is.
# - no writable globals
# - none of the calls our style forbids
# - pure modules call nothing but themselves, memory, formatting and arithmetic
set -eu
build=$1
bad=$(find "$build/src" -name '*.c.o' ! -path '*_test.p/*' ! -path '*_fuzz.p/*' ! -path '*_bench.p/*' |
  while read -r obj; do
    objdump -t "$obj" | awk -v f="$obj" '/ O \.(data|bss|tdata|tbss)/ && !/\.data\.rel\.ro/ { print f ": writable global: " $NF }'
    nm -u "$obj" | awk -v f="$obj" '{ print f ": calls " $2 }' |
      grep -wE 'strcpy|strcat|strncpy|strncat|sprintf|vsprintf|strtok|atoi|atol|atof|gets|system|popen|localtime|gmtime|rand|malloc|calloc|realloc|free' || true
  done)
pure=$(for module in event identity stats signal qualify sim connector; do
  find "$build/src/$module" -name '*.c.o' ! -path '*_test.p/*' ! -path '*_fuzz.p/*' ! -path '*_bench.p/*' ! -path '*_story.a.p/*' 2>/dev/null |
    while read -r obj; do
      nm -u "$obj" | awk -v f="$obj" '{ print f ": not pure: " $2 }' |
        grep -vE ': (us_[a-z0-9_]+|mem(cpy|set|cmp|chr|move|mem)|strlen|v?snprintf|qsort|qsort_r|f?abs|floor|ceil|round|trunc|sqrt|exp|log|log1p|hypot|LAPACKE_d[a-z]+|log2|pow|fmin|fmax|cos|sin|strtod|psl_[a-z_0-9]+|crypto_auth_hmacsha256(_[a-z]+)?|sodium_memcmp|__stack_chk_fail|__assert_fail|__floattidf|__u?divti3|__u?modti3|__[a-z]+_chk|_GLOBAL_OFFSET_TABLE_)$' || true
    done
done)
[ -z "$bad$pure" ] || { printf '%s\n%s\n' "$bad" "$pure"; exit 1; }
