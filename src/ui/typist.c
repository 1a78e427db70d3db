/* typist.c - keys typed by a script at a fixed pace in virtual time (-type TEXT). */
#include "ui/typist.h"
#include <stdlib.h>
#include <string.h>
#include "base/bits.h"
#include "base/err.h"
#include "base/vec.h"

#define STEP_NS   30000000u /* from one press or release to the next */
#define PAUSE_MAX 1e6       /* seconds */
#define SHIFT     0x2a
#define CHORD_MAX 8

/* Wait, then press or release. */
struct step {
    uint64_t wait_ns;
    unsigned key; /* 0: only wait */
    bool down;
};

struct typist {
    const struct input_sink *sink;
    struct event next;
    VEC(struct step) steps;
    size_t at;
};

static const struct {
    const char *name;
    unsigned key;
} names[] = {
#define KEY(name, key) {name, key},
#include "ui/typist_keys.def"
#undef KEY
};

/* The keys 02h to 35h of a US keyboard that give a character, plain and with Shift. */
static const char plain[] = "1234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./";
static const char shifted[] = "!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0ASDFGHJKL:\"~\0|ZXCVBNM<>?";

static void add_step(struct typist *t, uint64_t wait_ns, unsigned key, bool down)
{
    struct step s = {.wait_ns = wait_ns, .key = key, .down = down};

    vec_push(&t->steps, s);
}

/* Presses keys in order and releases them in the opposite one. */
static void add_chord(struct typist *t, const unsigned *keys, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        add_step(t, STEP_NS, keys[i], true);
    for (unsigned i = n; i-- > 0;)
        add_step(t, STEP_NS, keys[i], false);
}

/* The key for a character, 0 when there is none; *shift tells whether Shift goes with it. */
static unsigned key_of_char(char ch, bool *shift)
{
    *shift = false;
    if (ch == ' ')
        return 0x39;
    if (ch == '\033')
        return 0x01;
    for (unsigned i = 0; ch && i < sizeof plain - 1; i++) {
        if (plain[i] == ch)
            return i + 2;
        if (shifted[i] == ch) {
            *shift = true;
            return i + 2;
        }
    }
    return 0;
}

static bool add_char(struct typist *t, char ch, struct err *e)
{
    bool shift;
    unsigned key = key_of_char(ch, &shift), chord[2] = {SHIFT, key};

    if (!key)
        return err_set(e, "-type: no key gives the character with code %u", (unsigned char)ch);
    if (shift)
        add_chord(t, chord, 2);
    else
        add_chord(t, chord + 1, 1);
    return true;
}

static unsigned key_of_name(const char *name, size_t n)
{
    bool shift;

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strlen(names[i].name) == n && memcmp(names[i].name, name, n) == 0)
            return names[i].key;
    return n == 1 ? key_of_char(name[0], &shift) : 0;
}

/* "2s" or "500ms"; false when it is no such thing. */
static bool parse_pause(const char *s, size_t n, uint64_t *ns)
{
    char *end;
    double v;

    if (n < 2 || s[0] < '0' || s[0] > '9')
        return false;
    v = strtod(s, &end);
    if (end == s + n - 2 && memcmp(end, "ms", 2) == 0)
        v /= 1000;
    else if (end != s + n - 1 || *end != 's')
        return false;
    if (!(v <= PAUSE_MAX))
        return false;
    *ns = (uint64_t)(v * 1e9);
    return true;
}

/* What stands between braces: a pause, or keys with '-' between them. */
static bool add_braces(struct typist *t, const char *s, size_t n, struct err *e)
{
    unsigned keys[CHORD_MAX], count = 0;
    uint64_t ns;

    if (parse_pause(s, n, &ns)) {
        add_step(t, ns, 0, false);
        return true;
    }
    for (const char *end = s + n;;) {
        const char *dash = memchr(s, '-', (size_t)(end - s));
        size_t len = (size_t)((dash ? dash : end) - s);
        unsigned key = key_of_name(s, len);

        if (!key || count == CHORD_MAX)
            return err_set(e, "-type: '{%.*s}' is no pause and no key", (int)(n < 60 ? n : 60),
                           end - n);
        keys[count++] = key;
        if (!dash)
            break;
        s = dash + 1;
    }
    add_chord(t, keys, count);
    return true;
}

static char escape_of(char ch)
{
    static const char from[] = "nteb\\{", to[] = "\n\t\033\b\\{";
    const char *p = ch ? strchr(from, ch) : NULL;

    return p ? to[p - from] : 0;
}

static bool compile(struct typist *t, const char *text, struct err *e)
{
    for (const char *p = text; *p; p++) {
        char ch = *p;

        if (ch == '{') {
            const char *end = strchr(p, '}');
            if (!end)
                return err_set(e, "-type: '{' without '}'; a brace itself is \\{");
            if (!add_braces(t, p + 1, (size_t)(end - p - 1), e))
                return false;
            p = end;
            continue;
        }
        if (ch == '\\') {
            ch = escape_of(*++p);
            if (!ch)
                return err_set(e, "-type: unknown escape after a backslash; one itself is \\\\");
        }
        if (!add_char(t, ch, e))
            return false;
    }
    return true;
}

static void arm(struct typist *t)
{
    if (t->at < t->steps.len)
        event_at(&t->next, clock_now(t->next.clock) + t->steps.at[t->at].wait_ns);
}

static void on_next(void *opaque)
{
    struct typist *t = opaque;
    const struct step *s = &t->steps.at[t->at++];

    if (s->key)
        t->sink->key(t->sink->opaque, s->key, s->down);
    arm(t);
}

struct typist *typist_new(struct clock *clock, const char *text, const struct input_sink *sink,
                          struct err *e)
{
    struct typist *t = xcalloc(1, sizeof *t);

    t->sink = sink;
    event_init(&t->next, clock, "typist.next", RANK_INPUT, on_next, t);
    if (compile(t, text, e))
        return t;
    typist_free(t);
    return NULL;
}

void typist_start(struct typist *t)
{
    t->at = 0;
    arm(t);
}

bool typist_done(const struct typist *t)
{
    return t->at == t->steps.len;
}

void typist_free(struct typist *t)
{
    if (!t)
        return;
    event_fini(&t->next);
    vec_fini(&t->steps);
    free(t);
}
