/* main.c - the program: reads the options, makes a machine, connects window and keys, runs it. */
#include "config.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "machine/machine.h"
#include "machine/snapshot.h"
#include "machine/stats.h"
#include "ui/typist.h"
#include "ui/ui.h"

struct program {
    struct config config;
    struct machine *machine;
    struct ui *ui;         /* NULL without a window */
    struct typist *typist; /* NULL without -type */
};

static bool poll_window(void *opaque)
{
    struct program *p = opaque;

    return p->ui && ui_poll(p->ui, &p->machine->display, &p->machine->input.sink);
}

/* A window where there is a window system, unless asked otherwise. */
static void choose_display(struct config *c)
{
    if (c->display != DISPLAY_DEFAULT)
        return;
    c->display = DISPLAY_NONE;
#ifdef HAVE_SDL2
    if (getenv("DISPLAY") || getenv("WAYLAND_DISPLAY"))
        c->display = DISPLAY_SDL;
#endif
}

static bool program_start(struct program *p, struct err *e)
{
    choose_display(&p->config);
    p->machine = machine_new(&p->config, e);
    if (!p->machine)
        return false;
    if (p->config.display == DISPLAY_SDL) {
        if (!p->machine->display.opaque)
            return err_set(e, "-display sdl needs a video adapter");
        p->ui = ui_open("Bygone", e);
        if (!p->ui)
            return false;
    }
    if (p->config.type) {
        p->typist = typist_new(&p->machine->clock, p->config.type, &p->machine->input.sink, e);
        if (!p->typist)
            return false;
        typist_start(p->typist);
    }
    p->machine->outside = (struct machine_outside){p, poll_window};
    return true;
}

/* The files that are written when a run ends. */
static bool write_results(struct program *p, struct err *e)
{
    const struct config *c = &p->config;
    struct machine *m = p->machine;
    bool changed, ok = true;

    if (c->save && m->end == END_STOP_AT)
        ok = machine_save(m, c->save, e);
    if (c->stats)
        ok = machine_write_stats(m, c->stats, e) && ok;
    if ((c->screendump || c->screentext) && !m->display.opaque)
        return err_set(e, "there is no screen to write: the machine has no video adapter");
    if (c->screendump)
        ok = screenshot_write(m->display.draw(m->display.opaque, &changed), c->screendump, e) && ok;
    if (c->screentext)
        ok = screentext_write(m->display.text(m->display.opaque), c->screentext, e) && ok;
    return ok;
}

/* What the user should know about the way the run has ended. */
static void report_end(struct machine *m)
{
    switch (m->end) {
    case END_TRIPLE_FAULT:
        fprintf(stderr, "bygone: triple fault at count %" PRIu64 "\n", machine_count(m));
        cpu_print_story(&m->cpu, stderr);
        break;
    case END_HALTED:
        fprintf(stderr, "bygone: the processor has halted for good at count %" PRIu64 "\n",
                machine_count(m));
        break;
    case END_HOST_ERROR:
        fprintf(stderr, "bygone: %s\n", m->error);
        break;
    default:
        break;
    }
}

static int program_run(struct program *p)
{
    struct err e = {{0}};
    int status = 1;

    if (program_start(p, &e)) {
        machine_run(p->machine);
        machine_close_lines(p->machine);
        report_end(p->machine);
        status = machine_status(p->machine);
        if (!write_results(p, &e) && !status)
            status = 1;
    }
    typist_free(p->typist);
    if (p->ui)
        ui_close(p->ui);
    machine_free(p->machine);
    if (e.msg[0])
        fprintf(stderr, "bygone: %s\n", e.msg);
    return status;
}

int main(int argc, char **argv)
{
    struct program p = {0};
    struct err e = {{0}};
    int status = 0;

    config_init(&p.config);
    enum options_result got = options_parse(&p.config, argc, argv, stdout, &e);
    if (got == OPTIONS_RUN && p.config.log_items && !strcmp(p.config.log_items, "help"))
        log_help(stdout);
    else if (got == OPTIONS_RUN)
        status = program_run(&p);
    else if (got == OPTIONS_BAD)
        status = fprintf(stderr, "bygone: %s\n", e.msg) != 0;
    config_fini(&p.config);
    return status;
}
