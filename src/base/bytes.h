/* bytes.h - little- and big-endian access to byte arrays, the same on any host; unaligned is fine.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H
#include <stdint.h>
#include <string.h>

static inline uint16_t le16_get(const void *p)
{
    const uint8_t *b = p;
    return (uint16_t)(b[0] | b[1] << 8);
}

static inline uint32_t le32_get(const void *p)
{
    const uint8_t *b = p;
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline uint64_t le64_get(const void *p)
{
    return le32_get(p) | (uint64_t)le32_get((const uint8_t *)p + 4) << 32;
}

static inline void le16_put(void *p, uint16_t v)
{
    uint8_t *b = p;
    b[0] = (uint8_t)v;
    b[1] = (uint8_t)(v >> 8);
}

static inline void le32_put(void *p, uint32_t v)
{
    le16_put(p, (uint16_t)v);
    le16_put((uint8_t *)p + 2, (uint16_t)(v >> 16));
}

static inline void le64_put(void *p, uint64_t v)
{
    le32_put(p, (uint32_t)v);
    le32_put((uint8_t *)p + 4, (uint32_t)(v >> 32));
}

/* `size` is 1, 2, 4 or 8 bytes. */
static inline uint64_t le_get(const void *p, unsigned size)
{
    switch (size) {
    case 1:
        return *(const uint8_t *)p;
    case 2:
        return le16_get(p);
    case 4:
        return le32_get(p);
    default:
        return le64_get(p);
    }
}

static inline void le_put(void *p, uint64_t v, unsigned size)
{
    switch (size) {
    case 1:
        *(uint8_t *)p = (uint8_t)v;
        break;
    case 2:
        le16_put(p, (uint16_t)v);
        break;
    case 4:
        le32_put(p, (uint32_t)v);
        break;
    default:
        le64_put(p, v);
        break;
    }
}

static inline uint16_t be16_get(const void *p)
{
    const uint8_t *b = p;
    return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t be32_get(const void *p)
{
    return (uint32_t)be16_get(p) << 16 | be16_get((const uint8_t *)p + 2);
}

static inline void be16_put(void *p, uint16_t v)
{
    uint8_t *b = p;
    b[0] = (uint8_t)(v >> 8);
    b[1] = (uint8_t)v;
}

static inline void be32_put(void *p, uint32_t v)
{
    be16_put(p, (uint16_t)(v >> 16));
    be16_put((uint8_t *)p + 2, (uint16_t)v);
}

#endif
