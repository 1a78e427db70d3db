/* edid.c - what the monitor says of itself: a 128-byte EDID 1.4 block (VESA E-EDID Standard). */
#include "devices/video/vga_core.h"

/* An 18-byte detailed timing: 60 Hz, blanking by rule of thumb (3.10.2). */
static void put_timing(uint8_t *p, unsigned width, unsigned height)
{
    unsigned hblank = width * 35 / 100, vblank = height * 35 / 1000 + 3;
    unsigned hfront = width * 25 / 100 / 3, hsync = width * 3 / 100, vfront = 1, vsync = 3;
    unsigned clock = (unsigned)((uint64_t)(width + hblank) * (height + vblank) * 60 / 10000);
    unsigned mm_wide = width * 254 / 960, mm_high = height * 254 / 960;

    le16_put(p, (uint16_t)clock);
    p[2] = (uint8_t)width;
    p[3] = (uint8_t)hblank;
    p[4] = (uint8_t)((width >> 8 & 15) << 4 | (hblank >> 8 & 15));
    p[5] = (uint8_t)height;
    p[6] = (uint8_t)vblank;
    p[7] = (uint8_t)((height >> 8 & 15) << 4 | (vblank >> 8 & 15));
    p[8] = (uint8_t)hfront;
    p[9] = (uint8_t)hsync;
    p[10] = (uint8_t)((vfront & 15) << 4 | (vsync & 15));
    p[11] = (uint8_t)((hfront >> 8 & 3) << 6 | (hsync >> 8 & 3) << 4);
    p[12] = (uint8_t)mm_wide;
    p[13] = (uint8_t)mm_high;
    p[14] = (uint8_t)((mm_wide >> 8 & 15) << 4 | (mm_high >> 8 & 15));
    p[17] = 0x18; /* digital, separate sync */
}

/* A display descriptor that is text (3.10.3): up to 13 characters, then a line feed. */
static void put_text(uint8_t *p, uint8_t tag, const char *text)
{
    size_t n = strlen(text);

    p[3] = tag;
    memset(p + 5, ' ', 13);
    memcpy(p + 5, text, n);
    if (n < 13)
        p[5 + n] = '\n';
}

void edid_make(uint8_t edid[128], unsigned width, unsigned height)
{
    static const uint8_t header[20] = {
        0,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, /* fixed pattern */
        0x0b, 0x37,                                  /* maker "BYW" as five bits a letter */
        0x11, 0x11, 1,    0,    0,    0,             /* product, serial number */
        1,    34,                                    /* week, year - 1990 */
        1,    4,                                     /* version */
    };
    /* 1024x768, 800x600 and 640x480 at 60 Hz, and so on (3.8 and 3.9: standard timings). */
    static const uint8_t standard[16] = {
        0x61, 0x40, 0x45, 0x40, 0x31, 0x40, 0x81, 0x80, /* 1024x768 800x600 640x480 1280x1024 */
        0x81, 0x00, 0xd1, 0xc0, 0xa9, 0x40, 0x01, 0x01  /* 1280x800 1920x1080 1600x1200 none */
    };
    unsigned sum = 0;

    memset(edid, 0, 128);
    memcpy(edid, header, sizeof header);
    edid[20] = 0xa0; /* digital, 8 bits a colour */
    edid[21] = (uint8_t)(width * 254 / 9600);
    edid[22] = (uint8_t)(height * 254 / 9600);
    edid[23] = 120;  /* gamma 2.2 */
    edid[24] = 0x06; /* sRGB, the first timing is preferred */
    memcpy(edid + 25, (const uint8_t[]){0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54},
           10);      /* the chromaticities of sRGB */
    edid[35] = 0x21; /* 640x480 and 800x600 at 60 Hz */
    edid[36] = 0x08; /* 1024x768 at 60 Hz */
    memcpy(edid + 38, standard, sizeof standard);
    put_timing(edid + 54, width, height);
    put_text(edid + 72, 0xfc, "Bygone");
    edid[90 + 3] = 0xfd; /* range: 50-125 Hz, 30-160 kHz, 400 MHz */
    memcpy(edid + 95, (const uint8_t[]){50, 125, 30, 160, 40, 1, '\n'}, 7);
    memset(edid + 102, ' ', 6);
    put_text(edid + 108, 0xff, "1");
    for (unsigned i = 0; i < 127; i++)
        sum += edid[i];
    edid[127] = (uint8_t)(0u - sum);
}
