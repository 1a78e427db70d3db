/* disas.h - listings of guest and host code with Capstone, for the log. */
#ifndef TRANSLATE_DISAS_H
#define TRANSLATE_DISAS_H
#include "translate/cache.h"

void disas_guest(struct cpu *cpu, const struct block *b, const struct log *log);
/* A line for each instruction: where it lies in RAM, and its row's name. */
void disas_rows(struct cpu *cpu, const struct block *b, const struct log *log);
void disas_host(const struct block *b, const struct log *log);

#endif
