/* option_parse.c - reads the arguments of options. */
#include "machine/option_parse.h"
#include "config.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/bits.h"
#include "base/err.h"
#include "base/log.h"
#include "base/vec.h"

static void set_string(char **field, const char *s)
{
    free(*field);
    *field = xstrdup(s);
}

bool option_string(struct option_use *u, struct err *e)
{
    if (!u->arg[0] && strcmp(u->name + strspn(u->name, "-"), "append"))
        return err_set(e, "option %s wants an argument that is not empty", u->name);
    set_string(u->field, u->arg);
    return true;
}

bool option_flag(struct option_use *u, struct err *e)
{
    (void)e;
    *(bool *)u->field = true;
    return true;
}

/* A number in C's notation at the front of s; *end is behind it. */
static bool parse_number(const char *s, uint64_t *v, const char **end)
{
    char *stop;

    if (*s < '0' || *s > '9')
        return false;
    errno = 0;
    *v = strtoull(s, &stop, 0);
    *end = stop;
    return errno == 0;
}

/* Bytes, in MB where no suffix says otherwise. */
bool option_memory(struct option_use *u, struct err *e)
{
    const char *end, *arg = !strncmp(u->arg, "size=", 5) ? u->arg + 5 : u->arg;
    unsigned shift = 20;
    uint64_t v;

    if (!parse_number(arg, &v, &end))
        return err_set(e, "option %s: '%s' is not a size", u->name, u->arg);
    switch (*end) {
    case 'k':
    case 'K':
        shift = 10;
        end++;
        break;
    case 'm':
    case 'M':
        shift = 20;
        end++;
        break;
    case 'g':
    case 'G':
        shift = 30;
        end++;
        break;
    }
    if (*end || v > UINT64_MAX >> shift)
        return err_set(e, "option %s: '%s' is not a size", u->name, u->arg);
    v <<= shift;
    if (v < 1 << 20 || v > 64ull << 30)
        return err_set(e, "option %s: %s is not between 1 MB and 64 GB", u->name, u->arg);
    *(uint64_t *)u->field = v & ~4095ull;
    return true;
}

bool option_count(struct option_use *u, struct err *e)
{
    const char *end;

    if (!parse_number(u->arg, u->field, &end) || *end)
        return err_set(e, "option %s: '%s' is not a number", u->name, u->arg);
    return true;
}

static bool want(struct option_use *u, const char *only, struct err *e)
{
    return !strcmp(u->arg, only) ||
           err_set(e, "option %s: '%s' is not supported (only %s is)", u->name, u->arg, only);
}

bool option_machine(struct option_use *u, struct err *e)
{
    return want(u, "pc", e);
}

bool option_one(struct option_use *u, struct err *e)
{
    return want(u, "1", e);
}

bool option_none(struct option_use *u, struct err *e)
{
    return want(u, "none", e);
}

/* The place of arg in a list of names, or -1 with a sentence. */
static int choose(struct option_use *u, const char *const *names, size_t n, struct err *e)
{
    char list[128] = "";

    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(list);
        if (!strcmp(names[i], u->arg))
            return (int)i;
        snprintf(list + len, sizeof(list) - len, "%s%s", i ? ", " : "", names[i]);
    }
    err_set(e, "option %s: '%s' is none of %s", u->name, u->arg, list);
    return -1;
}

bool option_vga(struct option_use *u, struct err *e)
{
    static const char *const names[] = {"std", "none"};
    int i = choose(u, names, ARRAY_LEN(names), e);

    u->config->no_vga = i == 1;
    return i >= 0;
}

bool option_display(struct option_use *u, struct err *e)
{
    static const char *const names[] = {"none", "sdl"};
    int i = choose(u, names, ARRAY_LEN(names), e);

    u->config->display = i == 0 ? DISPLAY_NONE : DISPLAY_SDL;
    return i >= 0;
}

bool option_engine(struct option_use *u, struct err *e)
{
    static const char *const names[] = {"jit", "interp"};
    int i = choose(u, names, ARRAY_LEN(names), e);

    u->config->interp = i == 1;
    return i >= 0;
}

bool option_speed(struct option_use *u, struct err *e)
{
    static const char *const names[] = {"max", "realtime"};
    int i = choose(u, names, ARRAY_LEN(names), e);

    u->config->speed = i == 0 ? SPEED_MAX : SPEED_REALTIME;
    return i >= 0;
}

bool option_nographic(struct option_use *u, struct err *e)
{
    (void)e;
    u->config->display = DISPLAY_NONE;
    if (!u->config->serial)
        set_string(&u->config->serial, "stdio");
    return true;
}

bool option_rtc(struct option_use *u, struct err *e)
{
    const char *s = !strncmp(u->arg, "base=", 5) ? u->arg + 5 : u->arg, *end;
    struct tm tm = {0};

    if (!strcmp(s, "utc")) {
        u->config->rtc = (uint64_t)time(NULL);
        return true;
    }
    end = strptime(s, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!end)
        end = strptime(s, "%Y-%m-%d", &tm);
    time_t t = end && !*end ? timegm(&tm) : -1;
    if (t < 0)
        return err_set(e, "option %s: '%s' is not a date such as 2024-01-01T12:00:00", u->name, s);
    u->config->rtc = (uint64_t)t;
    return true;
}

/* Takes the next "key=value" from a list with commas; false at its end.  `key` is empty in front of
 * a value without one. */
static bool next_property(const char **s, char *key, size_t nkey, char *val, size_t nval)
{
    if (!**s)
        return false;
    size_t n = strcspn(*s, ","), k = strcspn(*s, "=");
    if (k < n) {
        snprintf(key, nkey, "%.*s", (int)k, *s);
        snprintf(val, nval, "%.*s", (int)(n - k - 1), *s + k + 1);
    } else {
        key[0] = 0;
        snprintf(val, nval, "%.*s", (int)n, *s);
    }
    *s += n + ((*s)[n] == ',');
    return true;
}

static bool is_on(const char *val, bool *on)
{
    *on = !strcmp(val, "on");
    return *on || !strcmp(val, "off");
}

bool option_device(struct option_use *u, struct err *e)
{
    char key[32], val[64];
    const char *s = u->arg, *end;
    uint64_t v;

    next_property(&s, key, sizeof(key), val, sizeof(val));
    if (key[0] || strcmp(val, "isa-debug-exit"))
        return err_set(e, "option %s: device '%s' is not supported", u->name, val);
    u->config->debug_exit.on = true;
    while (next_property(&s, key, sizeof(key), val, sizeof(val))) {
        bool base = !strcmp(key, "iobase");
        if (!base && strcmp(key, "iosize"))
            return err_set(e, "option %s: isa-debug-exit has no property '%s'", u->name,
                           key[0] ? key : val);
        if (!parse_number(val, &v, &end) || *end || v > 0xffff)
            return err_set(e, "option %s: '%s' is not a port", u->name, val);
        if (base)
            u->config->debug_exit.port = (uint16_t)v;
    }
    return true;
}

static bool add_drive(struct option_use *u, unsigned index, const struct drive_config *d,
                      struct err *e)
{
    struct drive_config *at = &u->config->drives[index];

    if (at->file)
        return err_set(e, "option %s: drive %u is there already (%s)", u->name, index, at->file);
    *at = *d;
    at->file = xstrdup(d->file);
    return true;
}

static bool add_disk(struct option_use *u, unsigned index, bool cdrom, struct err *e)
{
    struct drive_config d = {.file = (char *)u->arg, .cdrom = cdrom, .readonly = cdrom};
    return add_drive(u, index, &d, e);
}

bool option_hda(struct option_use *u, struct err *e)
{
    return add_disk(u, 0, false, e);
}

bool option_hdb(struct option_use *u, struct err *e)
{
    return add_disk(u, 1, false, e);
}

bool option_hdc(struct option_use *u, struct err *e)
{
    return add_disk(u, 2, false, e);
}

bool option_hdd(struct option_use *u, struct err *e)
{
    return add_disk(u, 3, false, e);
}

bool option_cdrom(struct option_use *u, struct err *e)
{
    return add_disk(u, 2, true, e);
}

static bool drive_property(struct option_use *u, struct drive_config *d, int *index,
                           const char *key, char *val, struct err *e)
{
    if (!strcmp(key, "file")) {
        d->file = val;
        return true;
    }
    if (!strcmp(key, "format") && !strcmp(val, "raw"))
        return true;
    if (!strcmp(key, "if") && !strcmp(val, "ide"))
        return true;
    if (!strcmp(key, "media") && (!strcmp(val, "cdrom") || !strcmp(val, "disk"))) {
        d->cdrom = d->readonly = val[0] == 'c';
        return true;
    }
    if (!strcmp(key, "readonly") && is_on(val, &d->readonly))
        return true;
    if (!strcmp(key, "snapshot") && is_on(val, &d->snapshot))
        return true;
    if (!strcmp(key, "index") && val[0] >= '0' && val[0] < '0' + CONFIG_DRIVES && !val[1]) {
        *index = val[0] - '0';
        return true;
    }
    return err_set(e, "option %s: property %s%s%s is not supported", u->name, key,
                   key[0] ? "=" : "", val);
}

bool option_drive(struct option_use *u, struct err *e)
{
    struct drive_config d = {0};
    char key[32], val[PATH_MAX], file[PATH_MAX] = "";
    const char *s = u->arg;
    int index = -1;

    while (next_property(&s, key, sizeof(key), val, sizeof(val))) {
        if (!drive_property(u, &d, &index, key, val, e))
            return false;
        if (d.file == val)
            d.file = strcpy(file, val);
    }
    if (!file[0])
        return err_set(e, "option %s: no file=FILE is given", u->name);
    for (int i = d.cdrom ? 2 : 0; index < 0 && i < CONFIG_DRIVES; i++) {
        if (!u->config->drives[i].file)
            index = i;
    }
    if (index < 0)
        return err_set(e, "option %s: there is no room for a further drive", u->name);
    return add_drive(u, (unsigned)index, &d, e);
}

bool option_boot(struct option_use *u, struct err *e)
{
    char key[32], val[32];
    const char *s = u->arg;

    while (next_property(&s, key, sizeof(key), val, sizeof(val))) {
        if (!strcmp(key, "menu") && is_on(val, &u->config->boot.menu))
            continue;
        bool order = !key[0] || !strcmp(key, "order") || !strcmp(key, "once");
        if (!order || !val[0] || strspn(val, "acd") != strlen(val) || strlen(val) > 3)
            return err_set(e, "option %s: '%s' is not a boot order of the letters a, c and d",
                           u->name, val);
        strcpy(u->config->boot.order, val);
    }
    return true;
}

bool option_state_hash(struct option_use *u, struct err *e)
{
    char key[32], val[PATH_MAX];
    const char *s = u->arg, *end;

    while (next_property(&s, key, sizeof(key), val, sizeof(val))) {
        if (!strcmp(key, "every")) {
            if (!parse_number(val, &u->config->hash_every, &end) || *end || !u->config->hash_every)
                return err_set(e, "option %s: '%s' is not a number of instructions", u->name, val);
        } else if (!strcmp(key, "file") && val[0]) {
            set_string(&u->config->hash_file, val);
        } else {
            return err_set(e, "option %s: '%s' is not supported", u->name, key[0] ? key : val);
        }
    }
    if (!u->config->hash_every || !u->config->hash_file)
        return err_set(e, "option %s wants every=N,file=FILE", u->name);
    return true;
}

bool option_help(struct option_use *u, struct err *e)
{
    (void)e;
    options_help(u->out);
    u->done = true;
    return false;
}

bool option_man(struct option_use *u, struct err *e)
{
    (void)e;
    options_man(u->out);
    u->done = true;
    return false;
}

bool option_version(struct option_use *u, struct err *e)
{
    (void)e;
    fprintf(u->out, "bygone " PACKAGE_VERSION "\n");
    u->done = true;
    return false;
}
