/* typist.h - keys typed by a script at a fixed pace in virtual time (-type TEXT).
 *
 * TEXT is typed as it stands on a US keyboard, but for
 *     \n Enter   \t Tab   \e Esc   \b Backspace   \\ and \{ themselves
 *     {2s} {500ms}          a pause in virtual time
 *     {up} {f1} {del}       a key by name (typist_keys.def)
 *     {ctrl-c} {ctrl-alt-del}   keys held together: all but the last are modifiers */
#ifndef UI_TYPIST_H
#define UI_TYPIST_H
#include <stdbool.h>
#include "host/input.h"
#include "time/clock.h"

struct err;
struct typist;

/* NULL with a sentence when the text asks for a key that there is none of.  The sink is called at
 * the times of events of `clock`. */
struct typist *typist_new(struct clock *clock, const char *text, const struct input_sink *sink,
                          struct err *e);
/* Begins to type, now. */
void typist_start(struct typist *t);
bool typist_done(const struct typist *t);
void typist_free(struct typist *t);

#endif
