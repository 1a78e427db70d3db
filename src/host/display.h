/* display.h - what the video device shows: a surface of pixels and a text screen. */
#ifndef HOST_DISPLAY_H
#define HOST_DISPLAY_H
#include <stdbool.h>
#include <stdint.h>

struct surface {
    unsigned width, height; /* pixels */
    uint32_t *pixels;       /* 0x00RRGGBB, width per line, owned by the display source */
};

struct text_cell {
    uint8_t ch; /* code page 437 */
    uint8_t attr;
};

struct text_screen {
    unsigned cols, rows;
    struct text_cell *cells; /* cols * rows, owned by the display source */
    int cursor;              /* index of the cell it is on, or -1 */
};

/* What a UI asks of the video device.  Drawing reads state and never changes it. */
struct display_source {
    void *opaque;
    /* Draws the screen as it stands; *changed tells whether it differs from the last draw. */
    const struct surface *(*draw)(void *opaque, bool *changed);
    /* The text screen, or NULL in a graphics mode. */
    const struct text_screen *(*text)(void *opaque);
};

/* Code page 437 to Unicode. */
uint32_t cp437_to_unicode(uint8_t ch);

#endif
