/* input.h - keys and mouse motion as a UI or -type produces them, before the funnel. */
#ifndef HOST_INPUT_H
#define HOST_INPUT_H
#include <stdbool.h>
#include <stdint.h>

/* A key is named by its scan code set 1 make code; 0xE0 codes have bit 7 set (0x9D is right Ctrl).
 * Two have codes of their own: Pause and Print Screen send sequences. */
enum { KEY_PAUSE = 0x100, KEY_PRINT = 0x101 };

struct input_sink {
    void *opaque;
    void (*key)(void *opaque, unsigned key, bool down);
    /* dx to the right, dy downward, in mouse counts; dz wheel, positive toward the user; buttons:
     * bit 0 left, 1 right, 2 middle. */
    void (*mouse)(void *opaque, int dx, int dy, int dz, unsigned buttons);
};

#endif
