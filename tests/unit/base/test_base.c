/* test_base.c - runs the tests of the base layer. */
#include "test_base.h"

int main(void)
{
    return test_err() + test_arena() + test_map() + test_log() + test_field();
}
