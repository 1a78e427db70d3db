/* test_machine.c - runs the tests of the machine layer. */
#include "test_machine.h"

int main(void)
{
    return test_options() + test_linux_boot() + test_multiboot() + test_option_rom() +
           test_state_tables();
}
