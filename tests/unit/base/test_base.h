/* test_base.h - the groups of tests of the base layer; each returns how many failed. */
#ifndef TEST_BASE_H
#define TEST_BASE_H
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdbool.h>
#include <cmocka.h>

int test_err(void);
int test_arena(void);
int test_map(void);
int test_log(void);
int test_field(void);

#endif
