/* test_sys.c - runs the tests of the CPU's system side. */
#include "sys_bench.h"

int main(void)
{
    return test_paging() + test_segment() + test_gates() + test_task() + test_string() +
           test_msr() + test_smm() + test_system();
}
