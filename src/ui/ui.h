/* ui.h - the screen in a window, and the screen as a file. */
#ifndef UI_UI_H
#define UI_UI_H
#include <stdbool.h>
#include "host/display.h"
#include "host/input.h"

struct err;
struct ui;

/* A window; NULL with a sentence when there is no window system, or no SDL2 in this build. */
struct ui *ui_open(const char *title, struct err *e);
void ui_close(struct ui *ui);

/* Shows the screen and passes on what was typed and moved since the last call; true when the user
 * closed the window.  Cheap when called more often than the screen is drawn (60 times a second). */
bool ui_poll(struct ui *ui, const struct display_source *screen, const struct input_sink *sink);

/* A picture in the PNG format. */
bool screenshot_write(const struct surface *s, const char *path, struct err *e);

/* The characters as lines of UTF-8, without blanks at their ends; NULL is a graphics mode and an
 * error. */
bool screentext_write(const struct text_screen *t, const char *path, struct err *e);

#endif
