// The comparison itself: chooses the set of instructions and lays out the caller's memory.
#include "similarity.h"

// Vectors are passed to functions that are inlined only.
#pragma clang diagnostic ignored "-Wpsabi"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/// A pair of so many cells is compared by rows of bits alone.
#define SMALL 4096
/// A region of more cells than this is searched for shorter runs before its rows of bits are made.
#define LARGE 1048576

static inline int64_t cells(struct region in) { return (int64_t)(in.row_end - in.row) * (in.column_end - in.column); }

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,bmi,bmi2,lzcnt"))), apply_to = function)
#define NAME(f) f##_avx512
#define LEVEL 2
#include "grid.h"
#undef NAME
#undef LEVEL
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2,lzcnt"))), apply_to = function)
#define NAME(f) f##_avx2
#define LEVEL 1
#include "grid.h"
#undef NAME
#undef LEVEL
#pragma clang attribute pop
#endif

#define NAME(f) f##_baseline
#define LEVEL 0
#include "grid.h"
#undef NAME
#undef LEVEL

enum stepwise_similarity_isa stepwise_similarity_best_isa(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    bool bits = __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("lzcnt");
    if (bits && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx2"))
        return STEPWISE_SIMILARITY_AVX512;
    if (bits && __builtin_cpu_supports("avx2")) return STEPWISE_SIMILARITY_AVX2;
#endif
    return STEPWISE_SIMILARITY_BASELINE;
}

/// Where the parts of the scratch memory begin, in words of 64 bits.
struct layout {
    size_t action, blocks, runs, starting_rows, bits, end;
    size_t block_capacity, run_capacity;
};

static struct layout lay_out(size_t expert_bytes, size_t action_bytes) {
    size_t both = expert_bytes + action_bytes, shorter = expert_bytes < action_bytes ? expert_bytes : action_bytes;
    struct layout layout;
    layout.block_capacity = shorter / 2 + 1;
    layout.run_capacity = 2 * both + 64 < 65536 ? 2 * both + 64 : 65536;
    layout.action = 0;
    layout.blocks = layout.action + (round_up(action_bytes, 64) + 2 * PAD) / 8;
    layout.runs = layout.blocks + (layout.block_capacity + 2) * sizeof(struct block) / 8;
    layout.starting_rows = layout.runs + 3 * layout.run_capacity;
    layout.bits = layout.starting_rows + (action_bytes + 2) / 4 + 1;
    // Enough for nearly all pairs; what the others want, they say.
    layout.end = layout.bits + 4096 + 16 * both;
    return layout;
}

size_t stepwise_similarity_scratch_words(size_t expert_bytes, size_t action_bytes) {
    return lay_out(expert_bytes, action_bytes).end;
}

static int64_t matched_without_junk(struct job *job, enum stepwise_similarity_isa isa) {
#if defined(__x86_64__)
    switch (isa) {
    case STEPWISE_SIMILARITY_AVX512: return matched_avx512(job);
    case STEPWISE_SIMILARITY_AVX2: return matched_avx2(job);
    case STEPWISE_SIMILARITY_BASELINE: break;
    }
#else
    (void)isa;
#endif
    return matched_baseline(job);
}

int64_t stepwise_similarity_matched(uint64_t *memory, uint64_t *scratch, size_t *scratch_words, const uint8_t *text,
                                    size_t bytes, int64_t *count, enum stepwise_similarity_isa isa) {
    struct expert *expert = (struct expert *)memory;
    struct layout layout = lay_out(expert->bytes, bytes);
    uint8_t *action = (uint8_t *)(scratch + layout.action) + PAD;
    int64_t rows = decode_symbols(expert, text, bytes, action, false);
    *count = rows;
    struct job job = {.expert = expert, .action = action, .symbols = expert_symbols(expert)};
    job.rows = (int32_t)rows;
    job.columns = (int32_t)expert->count;
    if (!job.rows || !job.columns) return 0;
    job.blocks = (struct block *)(scratch + layout.blocks);
    job.blocks[0] = (struct block){0, 0, 0, 0};
    job.blocks[1] = (struct block){job.rows, INT32_MAX, job.columns, INT32_MAX};
    job.block_capacity = (int32_t)layout.block_capacity;
    job.run_capacity = (int32_t)layout.run_capacity;
    job.found = scratch + layout.runs;
    job.heap = job.found + job.run_capacity;
    job.spare = job.heap + job.run_capacity;
    job.patience = 16 * (int64_t)job.run_capacity;
    job.starting_rows = (uint16_t *)(scratch + layout.starting_rows);
    job.bits = scratch + layout.bits;
    job.bit_words = *scratch_words - layout.bits;
    if (expert->junk) return matched_with_junk(&job);
    int64_t matched = matched_without_junk(&job, isa);
    if (job.wanted_bit_words) *scratch_words = layout.bits + job.wanted_bit_words;
    return matched;
}
