/* no_sdl.c - what stands in the place of sdl.c in a build without SDL2. */
#include <stddef.h>
#include "base/err.h"
#include "ui/ui.h"

struct ui *ui_open(const char *title, struct err *e)
{
    (void)title;
    err_set(e, "cannot open a window: this bygone was built without SDL2");
    return NULL;
}

void ui_close(struct ui *ui)
{
    (void)ui;
}

bool ui_poll(struct ui *ui, const struct display_source *screen, const struct input_sink *sink)
{
    (void)ui, (void)screen, (void)sink;
    return false;
}
