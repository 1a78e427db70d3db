/* seg.h - segment registers in encoding order (SDM vol. 2A, table 3-1). */
#ifndef CPU_SEG_H
#define CPU_SEG_H

enum seg_index { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, SEG_COUNT };

#endif
