/* test_sdl.c - the window, on SDL's dummy video driver: what is typed and moved reaches the sink.
 */
#define SDL_MAIN_HANDLED
#include <SDL.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/err.h"
#include "ui/ui.h"

struct desk {
    struct ui *ui;
    struct surface surface;
    uint32_t pixels[640 * 480];
    struct display_source screen;
    struct input_sink sink;
    char log[512];
    unsigned draws;
};

static void note(struct desk *d, const char *text)
{
    size_t n = strlen(d->log);

    snprintf(d->log + n, sizeof d->log - n, "%s%s", n ? " " : "", text);
}

static void desk_key(void *opaque, unsigned key, bool down)
{
    char text[16];

    snprintf(text, sizeof text, "%c%02x", down ? '+' : '-', key);
    note(opaque, text);
}

static void desk_mouse(void *opaque, int dx, int dy, int dz, unsigned buttons)
{
    char text[64];

    snprintf(text, sizeof text, "(%d,%d,%d,%u)", dx, dy, dz, buttons);
    note(opaque, text);
}

static const struct surface *desk_draw(void *opaque, bool *changed)
{
    struct desk *d = opaque;

    d->draws++;
    *changed = true;
    return &d->surface;
}

static int setup(void **state)
{
    struct desk *d = calloc(1, sizeof *d);
    struct err e = {0};

    setenv("SDL_VIDEODRIVER", "dummy", 0);
    d->surface = (struct surface){640, 480, d->pixels};
    d->screen = (struct display_source){.opaque = d, .draw = desk_draw};
    d->sink = (struct input_sink){.opaque = d, .key = desk_key, .mouse = desk_mouse};
    d->ui = ui_open("bygone", &e);
    if (!d->ui) {
        print_message("%s\n", e.msg);
        free(d);
        return 1;
    }
    ui_poll(d->ui, &d->screen, &d->sink);
    d->log[0] = 0;
    *state = d;
    return 0;
}

static int teardown(void **state)
{
    struct desk *d = *state;

    ui_close(d->ui);
    free(d);
    return 0;
}

static void push_key(SDL_Scancode code, bool down, uint16_t mod)
{
    SDL_Event ev = {0};

    ev.type = down ? SDL_KEYDOWN : SDL_KEYUP;
    ev.key.keysym.scancode = code;
    ev.key.keysym.mod = mod;
    SDL_PushEvent(&ev);
}

static void push_button(uint8_t button, bool down)
{
    SDL_Event ev = {0};

    ev.type = down ? SDL_MOUSEBUTTONDOWN : SDL_MOUSEBUTTONUP;
    ev.button.button = button;
    SDL_PushEvent(&ev);
}

static void push_motion(int dx, int dy)
{
    SDL_Event ev = {.type = SDL_MOUSEMOTION};

    ev.motion.xrel = dx;
    ev.motion.yrel = dy;
    SDL_PushEvent(&ev);
}

static void push_window(uint8_t what)
{
    SDL_Event ev = {.type = SDL_WINDOWEVENT};

    ev.window.event = what;
    SDL_PushEvent(&ev);
}

static void expect(struct desk *d, const char *log)
{
    assert_false(ui_poll(d->ui, &d->screen, &d->sink));
    assert_string_equal(d->log, log);
    d->log[0] = 0;
}

static void keys_pass_by_their_place(void **state)
{
    struct desk *d = *state;

    push_key(SDL_SCANCODE_A, true, 0);
    push_key(SDL_SCANCODE_A, true, 0); /* a repeat is what a PC keyboard sends too */
    push_key(SDL_SCANCODE_A, false, 0);
    push_key(SDL_SCANCODE_UP, true, 0);
    push_key(SDL_SCANCODE_PAUSE, true, 0);
    push_key(SDL_SCANCODE_MUTE, true, 0);
    expect(d, "+1e +1e -1e +c8 +100");
}

static void keys_are_released_with_the_focus(void **state)
{
    struct desk *d = *state;

    push_key(SDL_SCANCODE_LALT, true, 0);
    push_window(SDL_WINDOWEVENT_FOCUS_LOST);
    push_key(SDL_SCANCODE_LALT, false, 0);
    expect(d, "+38 -38");
}

static void click_grabs_the_mouse_and_ctrl_alt_g_releases_it(void **state)
{
    struct desk *d = *state;

    push_motion(3, 4);
    expect(d, ""); /* not ours yet */
    push_button(SDL_BUTTON_LEFT, true);
    push_button(SDL_BUTTON_LEFT, false);
    expect(d, ""); /* the click is not the guest's */
    push_motion(3, 4);
    push_motion(1, 1);
    push_button(SDL_BUTTON_RIGHT, true);
    push_motion(-1, 0);
    expect(d, "(4,5,0,0) (0,0,0,2) (-1,0,0,2)");
    push_key(SDL_SCANCODE_LCTRL, true, KMOD_LCTRL);
    push_key(SDL_SCANCODE_LALT, true, KMOD_LCTRL | KMOD_LALT);
    push_key(SDL_SCANCODE_G, true, KMOD_LCTRL | KMOD_LALT);
    push_key(SDL_SCANCODE_G, false, KMOD_LCTRL | KMOD_LALT);
    expect(d, "+1d +38 (0,0,0,0) -1d -38");
    push_motion(3, 4);
    expect(d, "");
}

static void closing_the_window_quits(void **state)
{
    struct desk *d = *state;
    SDL_Event ev = {.type = SDL_QUIT};

    SDL_PushEvent(&ev);
    assert_true(ui_poll(d->ui, &d->screen, &d->sink));
}

static void screen_is_drawn_once_a_frame(void **state)
{
    struct desk *d = *state;
    uint32_t start = SDL_GetTicks();

    d->draws = 0;
    for (unsigned i = 0; i < 1000; i++)
        ui_poll(d->ui, &d->screen, &d->sink);
    assert_true(d->draws <= (SDL_GetTicks() - start) / 16 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_pass_by_their_place, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_are_released_with_the_focus, setup, teardown),
        cmocka_unit_test_setup_teardown(click_grabs_the_mouse_and_ctrl_alt_g_releases_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(closing_the_window_quits, setup, teardown),
        cmocka_unit_test_setup_teardown(screen_is_drawn_once_a_frame, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
