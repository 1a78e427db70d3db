/* test_machine.h - the groups of tests of the machine layer; each returns how many failed. */
#ifndef TEST_MACHINE_H
#define TEST_MACHINE_H
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdbool.h>
#include <cmocka.h>

int test_options(void);
int test_linux_boot(void);
int test_multiboot(void);
int test_option_rom(void);
int test_state_tables(void);

#endif
