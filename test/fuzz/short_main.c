/* short_main.c: a fuzz target without libFuzzer: the corpus as it is, then mutations of
 * it for so many seconds. Round n is a pure function of n and the corpus, so a run that
 * broke something finds it again. */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUTS_MAX = 4000, SIZE_MAX_BYTES = 1 << 16, ROUNDS_PER_LOOK = 64 };

struct input {
    uint8_t *bytes;
    size_t size;
};

static uint64_t next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15)); /* splitmix64, Vigna */
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t load(const char *folder, struct input *inputs)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *at; dir && count < INPUTS_MAX && (at = readdir(dir));) {
        char path[1024];
        if (at->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, at->d_name);
        FILE *file = fopen(path, "rb");
        if (!file) continue;
        uint8_t *bytes = malloc(SIZE_MAX_BYTES);
        size_t size = fread(bytes, 1, SIZE_MAX_BYTES, file);
        inputs[count++] = (struct input){bytes, size};
        fclose(file);
    }
    if (dir) closedir(dir);
    return count;
}

static void mutate(
    uint8_t *bytes, size_t *size, const struct input *other, uint64_t *state)
{
    static const char tokens[] = "\"{}[]():,.\\'\n\r\t -+*/=<>!&|#0129eE\0\xff\x80";
    uint64_t r = next(state);
    size_t at = *size ? next(state) % *size : 0;
    switch (r % 6) {
    case 0:
        if (*size) bytes[at] ^= (uint8_t)(1U << (r >> 8) % 8);
        break;
    case 1:
        if (*size) bytes[at] = (uint8_t)tokens[(r >> 8) % (sizeof tokens - 1)];
        break;
    case 2:
        if (*size < SIZE_MAX_BYTES) {
            memmove(bytes + at + 1, bytes + at, *size - at);
            bytes[at] = (uint8_t)tokens[(r >> 8) % (sizeof tokens - 1)];
            ++*size;
        }
        break;
    case 3: {
        size_t n = *size ? 1 + (r >> 8) % (*size - at) : 0;
        memmove(bytes + at, bytes + at + n, *size - at - n);
        *size -= n;
        break;
    }
    case 4: {
        size_t from = other->size ? (r >> 8) % other->size : 0;
        size_t n = other->size - from;
        if (n > SIZE_MAX_BYTES - at) n = SIZE_MAX_BYTES - at;
        if (n) memcpy(bytes + at, other->bytes + from, n);
        if (at + n > *size) *size = at + n;
        break;
    }
    default:
        if (*size) *size = at;
        break;
    }
}

int main(int argc, char **argv)
{
    static struct input inputs[INPUTS_MAX + 1];
    if (argc < 3) return 2;
    size_t count = load(argv[1], inputs);
    if (count == 0) {
        printf("no corpus in %s\n", argv[1]);
        return 1;
    }
    uint8_t *work = malloc(SIZE_MAX_BYTES);
    for (size_t i = 0; i < count; i++) {
        uint8_t *exact = malloc(inputs[i].size + 1);
        memcpy(exact, inputs[i].bytes, inputs[i].size);
        LLVMFuzzerTestOneInput(exact, inputs[i].size);
        free(exact);
    }
    time_t end = time(NULL) + atoi(argv[2]);
    uint64_t rounds = 0;
    while (time(NULL) < end) {
        for (int k = 0; k < ROUNDS_PER_LOOK; k++, rounds++) {
            uint64_t state = rounds;
            const struct input *from = &inputs[next(&state) % count];
            size_t size = from->size;
            memcpy(work, from->bytes, size);
            for (uint64_t n = 1 + next(&state) % 4; n > 0; n--)
                mutate(work, &size, &inputs[next(&state) % count], &state);
            uint8_t *exact = malloc(size + 1);
            memcpy(exact, work, size);
            LLVMFuzzerTestOneInput(exact, size);
            free(exact);
        }
    }
    free(work);
    for (size_t i = 0; i < count; i++)
        free(inputs[i].bytes);
    printf("%zu inputs, %llu mutations\n", count, (unsigned long long)rounds);
    return 0;
}
