#include "base/thread.h"
#include "journal/journal_internal.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { ROOM_FILES = 4 }; /* so many must fit, for one to be made beforehand */

struct us_plains {
    const struct us_dir *dir;
    const struct us_journal_tuning *tuning;
    struct us_arena memory; /* of the scan, and in pack; the thread's own */
    struct us_scan scan;
    struct us_pack pack;
    pthread_t thread;

    pthread_mutex_t lock;
    pthread_cond_t moved;
    uint32_t from;    /* plain segments before it are sealed, or cannot be */
    uint32_t below;   /* and from it on they are not final */
    uint32_t waiting; /* final ones, about */
    bool spare;       /* a cleared file stands ready */
    bool no_spare;    /* the last try to make one failed */
    bool stuck;       /* the last try to seal one failed for the disk */
    bool stop;
};

static void step(const struct us_plains *l, const char *done)
{
    if (l->tuning->step) l->tuning->step(done);
}

/* ---- the next file ---- */

/* A file more may not be what fills the disk: groups can do without. */
static bool has_room(const struct us_plains *l, int fd)
{
    struct stat st;
    struct statvfs disk;
    if (fstat(fd, &st) != 0 || fstatvfs(fd, &disk) != 0) return false;
    if ((uint64_t)st.st_blocks * 512 >= l->tuning->plain_bytes) return true;
    return (uint64_t)disk.f_bavail * disk.f_frsize >=
           ROOM_FILES * l->tuning->plain_bytes;
}

/* A cleared file: a used one where there is one, since its blocks and its pages in
 * memory are there. */
static bool make_spare(const struct us_plains *l)
{
    int flags = O_RDWR | O_CREAT | O_CLOEXEC;
    int fd = openat(l->dir->fd, US_NAME_USED, flags, 0640);
    if (fd < 0) return false;
    bool good = has_room(l, fd) && us_plain_clear(fd, l->tuning->plain_bytes);
    close(fd);
    step(l, "cleared");
    good = good && renameat(l->dir->fd, US_NAME_USED, l->dir->fd, US_NAME_SPARE) == 0;
    if (!good) unlinkat(l->dir->fd, US_NAME_USED, 0);
    step(l, "spare");
    return good;
}

/* One that an earlier life left: cleared, since it has that name. */
static bool has_spare(const struct us_plains *l)
{
    struct stat st;
    if (fstatat(l->dir->fd, US_NAME_SPARE, &st, AT_SYMLINK_NOFOLLOW) != 0) return false;
    return S_ISREG(st.st_mode) && (uint64_t)st.st_size == l->tuning->plain_bytes;
}

static void use_again(const struct us_plains *l, uint32_t number, bool stop)
{
    char name[US_NAME_MAX];
    snprintf(name, sizeof name, US_NAME_PLAIN, number);
    bool one = faccessat(l->dir->fd, US_NAME_USED, F_OK, 0) == 0;
    if (one || stop || renameat(l->dir->fd, name, l->dir->fd, US_NAME_USED) != 0)
        unlinkat(l->dir->fd, name, 0);
    step(l, "used");
}

/* ---- the thread ---- */

enum job { SPARE, SEAL, END };

static enum job next_job(struct us_plains *l)
{
    for (;;) {
        bool can_seal = l->waiting && !l->stuck;
        bool many = can_seal && l->waiting > l->tuning->plain_waiting;
        if (l->stuck && !l->spare && !l->no_spare) { /* nor is there room for a file */
            l->no_spare = true;
            pthread_cond_broadcast(&l->moved);
        }
        if (!l->spare && !l->no_spare && !l->stop && !many) return SPARE;
        if (can_seal) return SEAL;
        if (l->stop) return END;
        pthread_cond_wait(&l->moved, &l->lock);
    }
}

static void seal_oldest(struct us_plains *l)
{
    struct us_error e = {0};
    uint32_t number;
    uint32_t waiting;
    uint32_t below = l->below;
    uint32_t from = l->from;
    bool stop = l->stop;
    pthread_mutex_unlock(&l->lock);
    us_code code = us_dir_plain(l->dir, from, below, &number, &waiting, &e);
    bool none = code == US_OK && number == 0;
    if (code == US_OK && number) {
        us_mark mark = us_arena_mark(&l->memory);
        us_scan_init(&l->scan, l->dir, &l->memory);
        code = us_plain_seal(&l->pack, &l->scan, number, &e);
        us_scan_done(&l->scan);
        us_arena_pop(&l->memory, mark);
        if (code == US_OK) use_again(l, number, stop);
    }
    pthread_mutex_lock(&l->lock);
    if (code == US_IO && l->spare) { /* give its room to what is worth more */
        unlinkat(l->dir->fd, US_NAME_SPARE, 0);
        l->spare = false;
        l->no_spare = true;
    } else if (code == US_IO) {
        l->stuck = true;
    } else {
        l->from = none ? below : number + 1;
        l->waiting = none || !l->waiting ? 0 : l->waiting - 1;
    }
}

static void *run(void *ctx)
{
    us_thread_is("usher-seal", 0);
    struct us_plains *l = ctx;
    pthread_mutex_lock(&l->lock);
    for (enum job job; (job = next_job(l)) != END;) {
        if (job == SEAL) {
            seal_oldest(l);
        } else {
            pthread_mutex_unlock(&l->lock);
            bool made = make_spare(l);
            pthread_mutex_lock(&l->lock);
            l->spare = made;
            l->no_spare = !made;
        }
        pthread_cond_broadcast(&l->moved);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

struct us_plains *us_plains_new(const struct us_dir *d,
    const struct us_journal_tuning *t, uint32_t begin, struct us_arena *a)
{
    struct us_plains *l = us_new(a, struct us_plains, 1);
    *l = (struct us_plains){.dir = d, .tuning = t, .from = 1, .below = begin};
    us_arena_init(&l->memory, US_JOURNAL_ROOM);
    us_pack_init(&l->pack, d, t);
    l->spare = has_spare(l);
    uint32_t lowest;
    us_code code = us_dir_plain(d, 1, begin, &lowest, &l->waiting, NULL);
    if (code != US_OK) l->waiting = 1; /* it looks again */
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->moved, NULL);
    int failed = pthread_create(&l->thread, NULL, run, l);
    us_assert(failed == 0);
    return l;
}

void us_plains_close(struct us_plains *l)
{
    if (!l) return;
    pthread_mutex_lock(&l->lock);
    l->stop = true;
    l->stuck = false;
    pthread_cond_broadcast(&l->moved);
    pthread_mutex_unlock(&l->lock);
    pthread_join(l->thread, NULL);
    unlinkat(l->dir->fd, US_NAME_SPARE, 0);
    unlinkat(l->dir->fd, US_NAME_USED, 0);
    us_pack_done(&l->pack);
    us_arena_done(&l->memory);
    pthread_cond_destroy(&l->moved);
    pthread_mutex_destroy(&l->lock);
}

/* ---- for the writer ---- */

us_code us_plains_begin(
    struct us_plains *l, uint32_t number, int *fd, struct us_error *e)
{
    char name[US_NAME_MAX];
    snprintf(name, sizeof name, US_NAME_PLAIN, number);
    pthread_mutex_lock(&l->lock);
    while (!l->spare && !l->no_spare)
        pthread_cond_wait(&l->moved, &l->lock);
    bool spare = l->spare;
    if (spare) spare = renameat(l->dir->fd, US_NAME_SPARE, l->dir->fd, name) == 0;
    l->spare = l->no_spare = false;
    pthread_cond_broadcast(&l->moved);
    pthread_mutex_unlock(&l->lock);
    step(l, "begun");
    /* Without one it grows: slower, and as safe. */
    if (!spare) return us_segment_make(l->dir, number, true, fd, e);
    *fd = openat(l->dir->fd, name, O_RDWR | O_CLOEXEC);
    return *fd >= 0 ? US_OK : us_segment_errno(l->dir, number, e);
}

void us_plains_finish(struct us_plains *l, uint32_t number)
{
    pthread_mutex_lock(&l->lock);
    l->below = number + 1;
    l->waiting++;
    l->stuck = false;
    pthread_cond_broadcast(&l->moved);
    pthread_mutex_unlock(&l->lock);
}
