/* sdl.c - the screen in a window, by SDL2, with keyboard and mouse.
 *
 * Keys go by their place on the keyboard, so the guest's own layout applies.  A click into the
 * window gives the mouse to the guest, and Ctrl-Alt-G takes it back. */
#define SDL_MAIN_HANDLED
#include <SDL.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/bits.h"
#include "base/err.h"
#include "base/vec.h"
#include "ui/ui.h"

#define FRAME_MS 16u

struct ui {
    char title[128];
    SDL_Window *window;
    SDL_Renderer *renderer;
    SDL_Texture *texture;
    unsigned width, height; /* of the texture */
    uint32_t drawn_at;      /* SDL's milliseconds */
    bool grabbed;
    bool stale; /* the window shows an old picture */
    bool down[SDL_NUM_SCANCODES];
    int dx, dy, dz; /* motion that was not passed on yet */
    unsigned buttons;
};

static const uint16_t keys[SDL_NUM_SCANCODES] = {
#define KEY(scancode, key) [scancode] = key,
#include "ui/sdl_keys.def"
#undef KEY
};

static void set_title(struct ui *ui)
{
    char text[192];

    snprintf(text, sizeof text, "%s%s", ui->title,
             ui->grabbed ? " - Ctrl-Alt-G releases the mouse" : "");
    SDL_SetWindowTitle(ui->window, text);
}

static void set_grab(struct ui *ui, bool on)
{
    if (ui->grabbed == on)
        return;
    ui->grabbed = on;
    SDL_SetRelativeMouseMode(on ? SDL_TRUE : SDL_FALSE);
    SDL_SetWindowKeyboardGrab(ui->window, on ? SDL_TRUE : SDL_FALSE);
    set_title(ui);
}

struct ui *ui_open(const char *title, struct err *e)
{
    struct ui *ui;

    SDL_SetMainReady();
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    if (SDL_InitSubSystem(SDL_INIT_VIDEO) != 0) {
        err_set(e, "cannot open a window: %s", SDL_GetError());
        return NULL;
    }
    ui = xcalloc(1, sizeof *ui);
    ui->stale = true;
    snprintf(ui->title, sizeof ui->title, "%s", title);
    ui->window = SDL_CreateWindow(title, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, 720, 400,
                                  SDL_WINDOW_RESIZABLE);
    if (ui->window)
        ui->renderer = SDL_CreateRenderer(ui->window, -1, 0);
    if (ui->renderer)
        return ui;
    err_set(e, "cannot open a window: %s", SDL_GetError());
    ui_close(ui);
    return NULL;
}

void ui_close(struct ui *ui)
{
    if (!ui)
        return;
    if (ui->texture)
        SDL_DestroyTexture(ui->texture);
    if (ui->renderer)
        SDL_DestroyRenderer(ui->renderer);
    if (ui->window)
        SDL_DestroyWindow(ui->window);
    SDL_QuitSubSystem(SDL_INIT_VIDEO);
    free(ui);
}

/* A texture of the surface's size, and the window with it; small modes are shown twice as large. */
static bool fit_texture(struct ui *ui, const struct surface *s)
{
    int scale = s->width <= 400 && s->height <= 300 ? 2 : 1;

    if (ui->texture && ui->width == s->width && ui->height == s->height)
        return true;
    if (ui->texture)
        SDL_DestroyTexture(ui->texture);
    ui->width = s->width;
    ui->height = s->height;
    ui->texture = SDL_CreateTexture(ui->renderer, SDL_PIXELFORMAT_RGB888,
                                    SDL_TEXTUREACCESS_STREAMING, (int)s->width, (int)s->height);
    if (!(SDL_GetWindowFlags(ui->window) & (SDL_WINDOW_MAXIMIZED | SDL_WINDOW_FULLSCREEN)))
        SDL_SetWindowSize(ui->window, (int)s->width * scale, (int)s->height * scale);
    SDL_RenderSetLogicalSize(ui->renderer, (int)s->width, (int)s->height);
    return ui->texture;
}

static void show(struct ui *ui, const struct display_source *screen)
{
    uint32_t now = SDL_GetTicks();
    const struct surface *s;
    bool changed;

    if (now - ui->drawn_at < FRAME_MS)
        return;
    ui->drawn_at = now;
    s = screen->draw(screen->opaque, &changed);
    if ((!changed && !ui->stale) || !fit_texture(ui, s))
        return;
    ui->stale = false;
    SDL_UpdateTexture(ui->texture, NULL, s->pixels, (int)(s->width * sizeof *s->pixels));
    SDL_RenderClear(ui->renderer);
    SDL_RenderCopy(ui->renderer, ui->texture, NULL, NULL);
    SDL_RenderPresent(ui->renderer);
}

static void send_key(struct ui *ui, const struct input_sink *sink, SDL_Scancode code, bool down)
{
    if ((unsigned)code >= SDL_NUM_SCANCODES || !keys[code] || (!down && !ui->down[code]))
        return;
    ui->down[code] = down;
    sink->key(sink->opaque, keys[code], down);
}

static void release_all(struct ui *ui, const struct input_sink *sink)
{
    if (ui->buttons)
        sink->mouse(sink->opaque, 0, 0, 0, ui->buttons = 0);
    for (unsigned i = 0; i < SDL_NUM_SCANCODES; i++)
        send_key(ui, sink, (SDL_Scancode)i, false);
}

/* Passes on what the mouse did so far. */
static void flush_mouse(struct ui *ui, const struct input_sink *sink)
{
    if (ui->dx || ui->dy || ui->dz)
        sink->mouse(sink->opaque, ui->dx, ui->dy, ui->dz, ui->buttons);
    ui->dx = ui->dy = ui->dz = 0;
}

static void on_key(struct ui *ui, const struct input_sink *sink, const SDL_KeyboardEvent *k)
{
    bool down = k->type == SDL_KEYDOWN;

    if (down && k->keysym.scancode == SDL_SCANCODE_G && k->keysym.mod & KMOD_CTRL &&
        k->keysym.mod & KMOD_ALT) {
        release_all(ui, sink);
        if (!k->repeat)
            set_grab(ui, !ui->grabbed);
        return;
    }
    send_key(ui, sink, k->keysym.scancode, down);
}

static void on_button(struct ui *ui, const struct input_sink *sink, const SDL_MouseButtonEvent *b)
{
    unsigned bit = b->button == SDL_BUTTON_LEFT     ? 1
                   : b->button == SDL_BUTTON_RIGHT  ? 2
                   : b->button == SDL_BUTTON_MIDDLE ? 4
                                                    : 0;
    unsigned now;

    if (!ui->grabbed) {
        if (b->type == SDL_MOUSEBUTTONDOWN && b->button == SDL_BUTTON_LEFT)
            set_grab(ui, true);
        return;
    }
    now = b->type == SDL_MOUSEBUTTONDOWN ? ui->buttons | bit : ui->buttons & ~bit;
    if (now == ui->buttons)
        return;
    flush_mouse(ui, sink);
    ui->buttons = now;
    sink->mouse(sink->opaque, 0, 0, 0, now);
}

static void on_window(struct ui *ui, const struct input_sink *sink, const SDL_WindowEvent *w)
{
    if (w->event == SDL_WINDOWEVENT_FOCUS_LOST) {
        release_all(ui, sink);
        set_grab(ui, false);
    } else if (w->event == SDL_WINDOWEVENT_EXPOSED || w->event == SDL_WINDOWEVENT_SIZE_CHANGED) {
        ui->stale = true;
    }
}

bool ui_poll(struct ui *ui, const struct display_source *screen, const struct input_sink *sink)
{
    bool quit = false;
    SDL_Event ev;

    while (SDL_PollEvent(&ev)) {
        switch (ev.type) {
        case SDL_QUIT:
            quit = true;
            break;
        case SDL_KEYDOWN:
        case SDL_KEYUP:
            on_key(ui, sink, &ev.key);
            break;
        case SDL_MOUSEMOTION:
            if (ui->grabbed) {
                ui->dx += ev.motion.xrel;
                ui->dy += ev.motion.yrel;
            }
            break;
        case SDL_MOUSEBUTTONDOWN:
        case SDL_MOUSEBUTTONUP:
            on_button(ui, sink, &ev.button);
            break;
        case SDL_MOUSEWHEEL:
            if (ui->grabbed)
                ui->dz -= ev.wheel.y;
            break;
        case SDL_WINDOWEVENT:
            on_window(ui, sink, &ev.window);
            break;
        }
    }
    flush_mouse(ui, sink);
    if (screen->draw)
        show(ui, screen);
    return quit;
}
