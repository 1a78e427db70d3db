/* feature.h - what a processor model has, by name: CPUID's bits, and what came before CPUID. */
#ifndef CPU_FEATURE_H
#define CPU_FEATURE_H
#include <stdbool.h>

enum cpu_feature {
#define FEATURE(id, leaf, reg, bit) FEAT_##id,
#include "cpu/features.def"
#undef FEATURE
    FEAT_COUNT
};

struct cpu;
bool cpu_offers(const struct cpu *cpu, enum cpu_feature f);

#endif
