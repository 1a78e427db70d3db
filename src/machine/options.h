/* options.h - what the user asked for: the command line as a struct.
 *
 * config_init gives the defaults, options_parse reads argv by the rows of options.def.  A mistake
 * is one sentence in *e; --help and the like print and ask to end. */
#ifndef MACHINE_OPTIONS_H
#define MACHINE_OPTIONS_H
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct err;

#define CONFIG_DRIVES 4 /* two IDE channels with two drives each */

struct drive_config {
    char *file; /* NULL: no drive here */
    bool cdrom, readonly, snapshot;
};

enum display_kind { DISPLAY_DEFAULT, DISPLAY_NONE, DISPLAY_SDL };
enum speed_kind { SPEED_DEFAULT, SPEED_MAX, SPEED_REALTIME };

struct config {
    uint64_t memory; /* bytes */
    char *cpu, *bios, *kernel, *initrd, *append;
    bool no_vga, no_hpet;
    uint64_t rtc; /* seconds since 1970 */
    struct drive_config drives[CONFIG_DRIVES];
    bool snapshot;
    struct {
        char order[8]; /* letters of QEMU */
        bool menu;
    } boot;
    struct {
        bool on;
        uint16_t port;
    } debug_exit;
    enum display_kind display;
    char *serial, *debugcon, *type, *screendump, *screentext;
    bool interp;
    enum speed_kind speed;
    bool no_reboot, singlestep;
    uint64_t stop_at; /* NEVER (time/clock.h) without -stop-at */
    char *save, *load;
    uint64_t hash_every; /* 0: no hashes */
    char *hash_file;
    uint64_t hot;        /* runs; 0: the default */
    uint64_t code_cache; /* bytes; 0: the default */
    char *stats;         /* file */
    char *log_items, *log_file;
};

void config_init(struct config *c);
void config_fini(struct config *c);

enum options_result { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_BAD };

/* OPTIONS_DONE when something like --help was printed to `out`; OPTIONS_BAD with a sentence in *e.
 */
enum options_result options_parse(struct config *c, int argc, char **argv, FILE *out,
                                  struct err *e);

void options_help(FILE *out);
void options_man(FILE *out);

#endif
