/* test_promote.c - tests of promoted blocks: nothing that a guest can see tells them from plain
 * ones. */
#include "promote_bench.h"
#include <signal.h>
#include <string.h>

/* Where an exception's frame lies: error code, EIP, CS, EFLAGS. */
static uint32_t frame(const struct bench *b, unsigned n)
{
    return bench_get32(b, gpr(b, R_SP) + n * 4);
}

static uint32_t offset_of(const struct bench *b)
{
    return frame(b, 1) - CODE;
}

/* --- results --- */

PROGRAM(sum,
        "1: mov eax, [esi+ecx*4]; add [edi+ecx*4], eax; adc [edi+ecx*4+4], ecx; xor dl, [esi+ecx];"
        "mov dh, [edi+ecx]; mov [edi+ecx+1], dh; inc ecx; cmp ecx, 3000; jb 1b; hlt")

static void a_loop_gives_the_same_results_and_counts(void **state)
{
    struct bench *b = *state;

    bench_run(b, sum);
    assert_int_equal(gpr(b, R_CX), 3000);
    assert_true(stats(b)->promoted >= 1);
    assert_true(stats(b)->window_fills >= 6);
    assert_true(stats(b)->window_faults < 40);
    assert_int_equal(b->g[NEVER_PROMOTED].engine->stats.promoted, 0);
}

static void privilege_3_has_the_same(void **state)
{
    struct bench *b = *state;

    b->cpl = 3;
    bench_run(b, sum);
    assert_int_equal(gpr(b, R_CX), 3000);
    assert_int_equal(frame(b, 0), 0); /* #GP(0) of HLT */
    assert_true(b->g[PROMOTED].cpu.tlb.in_window[TLB_USER] >= 6);
}

/* Each run ends after a few instructions, in the middle of blocks. */
static void short_runs_add_up_to_the_same(void **state)
{
    struct bench *b = *state;

    bench_load(b, sum);
    for (unsigned n = 0; n < 2000; n++)
        bench_go(b, 1 + n % 23);
    assert_true(stats(b)->promoted >= 1);
    assert_true(gpr(b, R_CX) > 100);
}

PROGRAM(odd, "1: mov eax, [esi+0xffd]; add [esi+0x1ffe], eax; mov [esi+0x2fff], ax; movups xmm0, "
             "[esi+0x3ff5];"
             "movups [edi+0xff3], xmm0; fld qword ptr [esi+0x4ffb]; fstp qword ptr [edi+0x1ffc];"
             "add dword ptr [esi+0xffd], 0x10001; inc ecx; cmp ecx, 50; jb 1b; hlt")

static void accesses_over_two_pages_are_the_same(void **state)
{
    struct bench *b = *state;

    bench_run(b, odd);
    assert_true(stats(b)->promoted >= 1);
}

PROGRAM(call, "mov ecx, 200; 1: push ecx; call 2f; pop ecx; dec ecx; jnz 1b; hlt;"
              "2: push ebp; mov ebp, esp; mov eax, [ebp+8]; add [edi], eax; leave; ret")

static void calls_and_the_stack_are_the_same(void **state)
{
    struct bench *b = *state;

    bench_run(b, call);
    assert_int_equal(bench_get32(b, OUT), 200 * 201 / 2);
    assert_int_equal(gpr(b, R_SP), STACK);
    assert_true(stats(b)->promoted >= 2);
}

/* Counts, places and operations at random; MID is DATA by another address, and half of the copies
 * overlap. */
PROGRAM(strings,
        "mov ebp, 800; mov eax, 1; 1: imul eax, eax, 0x41c64e6d; add eax, 0x3039;"
        "mov ecx, eax; shr ecx, 16; and ecx, 0x3f;"
        "mov esi, eax; shr esi, 7; and esi, 0x1fff; add esi, 0x20100;"
        "mov edi, eax; shr edi, 3; and edi, 0x1fff; add edi, ebx;"
        "mov edx, eax; shr edx, 27; test eax, 0x8000; jz 6f;"
        "lea edi, [esi+ebx-0x20010]; add edi, edx; test eax, 0x4000; jz 6f; sub edi, 0x3e0000; 6:"
        "test eax, 0x10000; jz 2f; rep movsb; jmp 5f; 2: test eax, 0x20000; jz 3f; rep movsd;"
        "jmp 5f; 3: test eax, 0x40000; jz 4f; rep movsw; jmp 5f; 4: rep stosd;"
        "5: dec ebp; jnz 1b; hlt")

static void string_instructions_are_the_same(void **state)
{
    struct bench *b = *state;

    bench_run(b, strings);
    assert_int_equal(gpr(b, R_BP), 0);
    assert_true(stats(b)->promoted >= 2);
}

static void string_instructions_in_short_runs_are_the_same(void **state)
{
    struct bench *b = *state;

    bench_load(b, strings);
    for (unsigned n = 0; n < 3000; n++)
        bench_go(b, 1 + n % 29);
    assert_true(gpr(b, R_BP) < 700);
}

/* --- what is not in the window --- */

PROGRAM(
    device,
    "1: mov eax, [edx]; add [edi], eax; mov [edx+8], ecx; add byte ptr [edx+3], 7; mov al, [edx+1];"
    "movzx ebx, word ptr [edx+2]; inc ecx; cmp ecx, 100; jb 1b; hlt")

static void a_device_is_accessed_at_the_same_counts(void **state)
{
    struct bench *b = *state;

    bench_run(b, device);
    assert_int_equal(b->g[PROMOTED].accesses, 600);
    assert_false(tlb_window_has(&b->g[PROMOTED].cpu.tlb, TLB_KERNEL, DEVICE >> PAGE_SHIFT));
}

/* The block is plain RAM's for a while, then it meets the device. */
PROGRAM(mixed,
        "1: mov eax, [esi]; mov [edi+4], eax; add [edi], eax; inc ecx; cmp ecx, 64; cmove edi, edx;"
        "cmp ecx, 128; jb 1b; hlt")

static void a_promoted_block_meets_a_device(void **state)
{
    struct bench *b = *state;

    bench_run(b, mixed);
    assert_int_equal(b->g[PROMOTED].accesses, 64 * 3);
    assert_true(stats(b)->promoted >= 1);
}

PROGRAM(
    wrap,
    "mov ebx, 0xfffffff0; mov esi, 0x10; mov edi, 0xfffffffe; 1: mov eax, [ebx+0x8020]; add "
    "[ebx+0x8030], eax;"
    "mov edx, [esi-0x20]; mov [esi-0x24], eax; xor [esi-0x11], edx; mov eax, [edi]; add [edi], ecx;"
    "mov [ebx+0x8040], dl; inc ecx; cmp ecx, 30; jb 1b; hlt")

static void an_address_with_an_offset_wraps_at_4_gb(void **state)
{
    struct bench *b = *state;

    bench_put32(b, 0x8010, 0x1234567);
    bench_run(b, wrap);
    assert_int_equal(bench_get32(b, 0x8020), 30 * 0x1234567u);
    assert_true(stats(b)->promoted >= 1);
}

/* Its own page: each store comes by the slow path, and after some the block is plain again. */
PROGRAM(beside, "1: add [ebx+0x800], ecx; inc ecx; cmp ecx, 5000; jb 1b; hlt")

static void a_block_that_stores_beside_code_is_not_promoted_for_ever(void **state)
{
    struct bench *b = *state;

    bench_load(b, beside);
    bench_set(b, R_BX, CODE);
    bench_go(b, 1000000);
    assert_int_equal(bench_get32(b, CODE + 0x800), 5000 * 4999 / 2);
    assert_true(stats(b)->promoted >= 1);
    assert_true(stats(b)->window_faults < 200);
}

/* --- code that changes --- */

PROGRAM(itself, "call 1f; 1: pop ebx; 2:  .att_syntax; incl 3f-1b+1(%ebx); .intel_syntax noprefix; "
                "3: mov eax, 0; add [edi], eax; inc ecx;"
                "cmp ecx, 100; jb 2b; hlt")

static void a_promoted_loop_changes_itself(void **state)
{
    struct bench *b = *state;

    bench_run(b, itself);
    assert_int_equal(bench_get32(b, OUT), 100 * 101 / 2);
    /* The first stores drop blocks; after that the immediate is read as it is. */
    assert_true(stats(b)->invalidated < 10);
}

PROGRAM(same,
        "call 1f; 1: pop ebx; 2: .att_syntax; movb $0xb8, 3f-1b(%ebx); .intel_syntax noprefix; "
        "3: mov eax, 1; add [edi], eax; inc ecx; cmp ecx, 100; jb 2b; hlt")

static void a_store_of_the_same_bytes_drops_nothing(void **state)
{
    struct bench *b = *state;

    bench_run(b, same);
    assert_int_equal(bench_get32(b, OUT), 100);
    /* But the loop's promoted form is given up, since its page cannot be written in the window. */
    assert_true(stats(b)->invalidated <= 1);
    assert_int_equal(stats(b)->code_restarts, 0);
}

/* The loop writes a function only now and then, so that it is promoted meanwhile. */
PROGRAM(
    other,
    "call 1f; 1: pop ebx; 2: add [edi+4], ecx; test cl, 15; jnz 3f;  .att_syntax; movl %ecx, "
    "5f-1b+1(%ebx); .intel_syntax noprefix;"
    "3: call 5f; add [edi], eax; inc ecx; cmp ecx, 320; jb 2b; hlt; .balign 64; 5: mov eax, 0; ret")

static void a_promoted_loop_changes_what_it_calls(void **state)
{
    struct bench *b = *state;

    bench_run(b, other);
    assert_int_equal(bench_get32(b, OUT), 16 * 16 * (19 * 20 / 2));
    assert_true(stats(b)->promoted >= 3);
}

/* A page is written as data, then holds code that runs, then is written again by the same loop. */
PROGRAM(becomes, "mov byte ptr [edi], 0xb8; mov byte ptr [edi+5], 0xc3; mov ecx, 1; 1: mov "
                 "[edi+1], ecx; inc ecx;"
                 "cmp ecx, 100; jb 1b; call edi; add edx, eax; cmp ecx, 120; jae 2f; inc ecx; sub "
                 "ecx, 1; jmp 1b; 2: hlt")

static void a_page_of_data_becomes_code(void **state)
{
    struct bench *b = *state;

    bench_load(b, becomes);
    bench_set(b, R_DX, 0);
    bench_go(b, 1000000);
    /* 99, then one more each time. */
    assert_int_equal(gpr(b, R_DX), (99 + 119) * 21 / 2);
    assert_true(stats(b)->promoted >= 2);
}

/* --- faults --- */

PROGRAM(run_off, "mov esi, ebx; 1: add eax, 0x7fffffff; mov edx, [esi]; 2: add [edi], edx; inc "
                 "ecx; add esi, 0x400; jmp 1b")

static void a_fault_in_a_promoted_block_is_exact(void **state)
{
    struct bench *b = *state;

    bench_run(b, run_off);
    /* 17 pages of four steps; the add that came before the access is done. */
    assert_int_equal(gpr(b, R_CX), 17 * 4);
    assert_int_equal(gpr(b, R_AX), 69 * 0x7fffffffu);
    assert_int_equal(b->g[PROMOTED].cpu.cr2, ABSENT);
    assert_int_equal(offset_of(b), 7);
    assert_int_equal(frame(b, 0), 0);
    /* Nothing keeps the flags of that ADD but the access that may fault. */
    assert_int_equal(frame(b, 3) & EF_CF, gpr(b, R_AX) < 0x7fffffffu);
    assert_int_equal(frame(b, 3) & EF_SF, gpr(b, R_AX) >> 31 ? EF_SF : 0);
    assert_true(stats(b)->promoted >= 1);
}

/* Each operand of the ADD is gone when the access faults, and its flags are the host's. */
PROGRAM(flags_off, "mov esi, ebx; mov ebx, 0x87654321; 1: mov edx, ebx; add edx, [edi]; mov edx, "
                   "[esi]; mov [edi+4], edx; inc ecx;"
                   "add esi, 0x400; add [edi], esi; jmp 1b")

static void a_fault_pushes_flags_that_nothing_else_reads(void **state)
{
    struct bench *b = *state;
    uint32_t last = 0, sum;

    for (uint32_t n = 1; n <= 17 * 4; n++)
        last += MID + n * 0x400;
    sum = last + 0x87654321;
    bench_run(b, flags_off);
    assert_int_equal(b->g[PROMOTED].cpu.cr2, ABSENT);
    assert_int_equal(gpr(b, R_DX), sum);
    assert_int_equal(frame(b, 3) & (EF_CF | EF_ZF | EF_SF),
                     (sum < last ? EF_CF : 0) | (sum >> 31 ? EF_SF : 0));
    assert_true(stats(b)->promoted >= 1);
}

/* The same for a store, and for one that is an operation too. */
PROGRAM(flags_store_off, "1: mov edx, [edi]; adc edx, [edi+4]; mov edx, ecx; mov [ebx], edx; sbb "
                         "edx, [edi]; mov edx, ebp;"
                         "inc dword ptr [ebx+0x404]; inc ecx; add ebx, 0x800; jmp 1b")

static void a_store_that_faults_pushes_them_too(void **state)
{
    struct bench *b = *state;

    for (uint32_t first = 0x7ffffff0; first < 0x80000004; first += 3) {
        bench_put32(b, OUT, first);
        bench_put32(b, OUT + 4, first ^ 0x80000001);
        bench_load(b, flags_store_off);
        bench_set(b, R_BX, MID + (first & 1) * 0x400);
        bench_go(b, 10000);
        assert_int_equal(b->g[PROMOTED].cpu.cr2 & ~0xfffu, READ_ONLY);
        assert_true(b->g[PROMOTED].cpu.halted);
    }
}

PROGRAM(write_off, "1: sub eax, 3; mov [ebx], ecx; inc ecx; add ebx, 0x800; jmp 1b")

static void a_store_to_a_read_only_page_faults(void **state)
{
    struct bench *b = *state;

    for (b->cpl = 0; b->cpl <= 3; b->cpl += 3) {
        bench_run(b, write_off);
        assert_int_equal(b->g[PROMOTED].cpu.cr2, READ_ONLY);
        assert_int_equal(gpr(b, R_CX), MID_PAGES * 2);
        assert_int_equal(frame(b, 0), b->cpl ? 7 : 3);
        assert_int_equal(offset_of(b), 3);
        assert_int_equal(bench_get32(b, SPARE), 0);
    }
}

PROGRAM(half_off, "lea esi, [ebx+0x10ffe]; 1: mov eax, [ebx]; cmp ecx, 40; cmove ebx, esi; add "
                  "ecx, 1; mov eax, [ebx]; jmp 1b")

static void an_access_whose_second_page_is_absent_faults_there(void **state)
{
    struct bench *b = *state;

    bench_run(b, half_off);
    assert_int_equal(b->g[PROMOTED].cpu.cr2, ABSENT);
    assert_int_equal(gpr(b, R_CX), 41);
    assert_int_equal(gpr(b, R_AX), bench_get32(b, DATA));
}

/* The handler makes the page present, in MID's table, and the access happens again. */
PROGRAM(demand,
        "1: mov [ebx], ecx; add eax, [ebx]; inc ecx; add ebx, 0x400; cmp ecx, 64 + 16; jb 1b; hlt")
PROGRAM(present, "push eax; push edx; mov eax, cr2; mov edx, eax; shr eax, 12; and edx, 0x3f000; "
                 "add edx, 0x20007; and eax, 0x3ff;"
                 "mov [ebp+eax*4], edx; pop edx; pop eax; add esp, 4; iretd")

static void pages_come_by_faults(void **state)
{
    struct bench *b = *state;

    for (unsigned n = 3; n < MID_PAGES + 4; n++)
        bench_put32(b, TABLE_MID + n * 4, 0);
    bench_put32(b, IDT + EXC_PF * 8, 0x8800 | 0x08 << 16);
    for (unsigned n = 0; n < GUESTS; n++)
        memcpy(b->g[n].ram.host + 0x8800, present.first, (size_t)(present.end - present.first));
    bench_run(b, demand);
    assert_int_equal(gpr(b, R_CX), 80);
    assert_int_equal(gpr(b, R_AX), 80 * 79 / 2);
    assert_true(stats(b)->promoted >= 2);
}

/* --- pages that change --- */

/* Adds up [MID] four times: as it is, with another entry but no INVLPG, with INVLPG, with CR3. */
PROGRAM(
    remap,
    "1: mov ecx, 40; 2: add eax, [ebx]; dec ecx; jnz 2b; cmp edx, 3; je 4f; inc edx; add dword ptr "
    "[ebp], 0x1000;"
    "cmp edx, 2; jb 1b; ja 3f; invlpg [ebx]; jmp 1b; 3: mov esi, cr3; mov cr3, esi; jmp 1b; 4: hlt")

static void a_page_that_is_mapped_elsewhere_is_seen_after_invlpg(void **state)
{
    struct bench *b = *state;
    uint32_t v[4];

    for (unsigned n = 0; n < 4; n++)
        v[n] = bench_get32(b, DATA + n * PAGE_SIZE);
    bench_load(b, remap);
    bench_set(b, R_DX, 0);
    bench_go(b, 1000000);
    assert_int_equal(gpr(b, R_AX), 40 * (v[0] + v[0] + v[2] + v[3]));
    assert_true(stats(b)->promoted >= 1);
}

/* A global page stays where it was over a load of CR3. */
PROGRAM(global, "mov edx, 3; or dword ptr [ebp], 0x100; 1: mov ecx, 40; 2: add eax, [ebx]; add "
                "eax, [ebx+0x1000]; dec ecx; jnz 2b;"
                "add dword ptr [ebp], 0x1000; add dword ptr [ebp+4], 0x1000; mov esi, cr3; mov "
                "cr3, esi; dec edx; jnz 1b; hlt")

static void a_global_page_stays_over_a_cr3_load(void **state)
{
    struct bench *b = *state;
    uint32_t v[4];

    for (unsigned n = 0; n < 4; n++)
        v[n] = bench_get32(b, DATA + n * PAGE_SIZE);
    bench_run(b, global);
    assert_int_equal(gpr(b, R_AX), 40 * (3 * v[0] + v[1] + v[2] + v[3]));
}

/* --- the allowance --- */

/* Twelve pages at a time, and a load of CR3: each must be mapped anew. */
PROGRAM(thrash, "1: mov esi, ebx; mov ecx, 12; 2: add eax, [esi]; add esi, 0x1000; dec ecx; jnz "
                "2b; mov edx, cr3; mov cr3, edx; jmp 1b")
PROGRAM(calm, "1: add eax, [ebx]; add [edi], eax; jmp 1b")

static void a_window_that_changes_too_often_is_given_up(void **state)
{
    struct bench *b = *state;
    uint64_t fills;

    bench_load(b, thrash);
    bench_go(b, 200000);
    assert_true(stats(b)->demotions >= 1);
    fills = stats(b)->window_fills;
    assert_true(fills >= 100 && fills < 2000);
    bench_go(b, 200000);
    assert_int_equal(stats(b)->window_fills, fills);
}

static void promotion_resumes_after_a_pause(void **state)
{
    struct bench *b = *state;
    uint64_t fills, demotions;

    bench_load(b, thrash);
    bench_go(b, 200000);
    fills = stats(b)->window_fills;
    demotions = stats(b)->demotions;
    assert_true(demotions >= 1);
    bench_go(b, 6000000);
    assert_true(stats(b)->window_fills > fills);
    assert_true(stats(b)->demotions > demotions); /* and is given up again, for twice as long */
    fills = stats(b)->window_fills;
    bench_go(b, 5000000);
    assert_int_equal(stats(b)->window_fills, fills);
}

static void one_privilege_is_given_up_alone(void **state)
{
    struct bench *b = *state;
    uint64_t fills;

    bench_load(b, thrash);
    bench_go(b, 200000);
    assert_true(stats(b)->demotions >= 1);
    fills = stats(b)->window_fills;
    b->cpl = 3;
    for (unsigned n = 0; n < GUESTS; n++)
        assert_true(b->g[n].cpu.cpl == 0);
    bench_load(b, calm);
    bench_go(b, 10000);
    assert_true(stats(b)->window_fills > fills);
    assert_int_equal(b->g[PROMOTED].engine->promotion.allowance[TLB_KERNEL].off, true);
    assert_int_equal(b->g[PROMOTED].engine->promotion.allowance[TLB_USER].off, false);
}

/* --- the same code at another address --- */

/* At DATA, which is at MID too: a call that pushes EIP, a loop with a way out in its middle, and an
 * access that may fault. */
PROGRAM(shared,
        "call 1f; mov eax, [esp-4]; xor ecx, ecx; 2: inc ecx; cmp ecx, 9; je 3f; jmp 2b; 3: "
        "add eax, [edx]; ret; 1: ret")
PROGRAM(call_both, "mov edx, edi; call esi; mov [edi+4], eax; call ebx; mov [edi+8], eax; hlt")
PROGRAM(fault_in_both, "mov edx, edi; call esi; mov edx, 0x480000; call ebx; hlt")

static void load_shared(struct bench *b)
{
    for (unsigned n = 0; n < GUESTS; n++)
        memcpy(b->g[n].ram.host + DATA, shared.first, (size_t)(shared.end - shared.first));
}

static void code_that_runs_at_two_addresses_is_copied(void **state)
{
    struct bench *b = *state;

    load_shared(b);
    bench_run(b, call_both);
    assert_int_equal(bench_get32(b, OUT + 4), DATA + 5);
    assert_int_equal(bench_get32(b, OUT + 8), MID + 5);
    assert_true(b->g[NEVER_PROMOTED].engine->stats.copied >= 4);
}

static void a_fault_in_a_copy_is_exact(void **state)
{
    struct bench *b = *state;
    uint32_t length = (uint32_t)(shared.end - shared.first);

    load_shared(b);
    bench_run(b, fault_in_both);
    assert_int_equal(b->g[PROMOTED].cpu.cr2, 0x480000);
    assert_int_equal(bench_get32(b, STACK - 4 - 12), MID + length - 4);
    assert_true(b->g[NEVER_PROMOTED].engine->stats.copied >= 4);
}

/* --- the host --- */

static void ours(int sig)
{
    (void)sig;
}

static void the_hosts_signal_is_ours_only_during_a_run(void **state)
{
    struct bench *b = *state;
    struct sigaction mine = {.sa_handler = ours}, now, was;

    sigaction(SIGSEGV, &mine, &was);
    bench_run(b, sum);
    sigaction(SIGSEGV, NULL, &now);
    assert_true(now.sa_handler == ours);
    bench_run(b, sum);
    sigaction(SIGSEGV, &was, &now);
    assert_true(now.sa_handler == ours);
    assert_true(stats(b)->promoted >= 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_loop_gives_the_same_results_and_counts),
        TEST(privilege_3_has_the_same),
        TEST(short_runs_add_up_to_the_same),
        TEST(accesses_over_two_pages_are_the_same),
        TEST(calls_and_the_stack_are_the_same),
        TEST(a_device_is_accessed_at_the_same_counts),
        TEST(a_promoted_block_meets_a_device),
        TEST(an_address_with_an_offset_wraps_at_4_gb),
        TEST(a_block_that_stores_beside_code_is_not_promoted_for_ever),
        TEST(a_promoted_loop_changes_itself),
        TEST(a_promoted_loop_changes_what_it_calls),
        TEST(a_page_of_data_becomes_code),
        TEST(a_store_of_the_same_bytes_drops_nothing),
        TEST(string_instructions_are_the_same),
        TEST(string_instructions_in_short_runs_are_the_same),
        TEST(a_fault_in_a_promoted_block_is_exact),
        TEST(a_fault_pushes_flags_that_nothing_else_reads),
        TEST(a_store_that_faults_pushes_them_too),
        TEST(a_store_to_a_read_only_page_faults),
        TEST(an_access_whose_second_page_is_absent_faults_there),
        TEST(pages_come_by_faults),
        TEST(a_page_that_is_mapped_elsewhere_is_seen_after_invlpg),
        TEST(a_global_page_stays_over_a_cr3_load),
        TEST(a_window_that_changes_too_often_is_given_up),
        TEST(promotion_resumes_after_a_pause),
        TEST(one_privilege_is_given_up_alone),
        TEST(code_that_runs_at_two_addresses_is_copied),
        TEST(a_fault_in_a_copy_is_exact),
        TEST(the_hosts_signal_is_ours_only_during_a_run),
    };
    return cmocka_run_group_tests_name("promotion", tests, NULL, NULL);
}
