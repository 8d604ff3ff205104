#include "CKernels.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// Blocks of stepwise_gemm: rows of a, depth, and columns of b that are packed at a time. A block of a stays in a second-level
// cache, a panel of b (depth x 32) beside it.
#define STEPWISE_GEMM_ROWS 192
#define STEPWISE_GEMM_DEPTH 640
#define STEPWISE_GEMM_COLUMNS 1536

// Keys and queries of a tile of attention: scores and probabilities of a tile stay in the caches beside its keys and values.
#define STEPWISE_KEYS 128
#define STEPWISE_QUERIES 48

// How far ahead of its use a panel is fetched, in floats: far enough for memory, whose pages end each panel of a prefetcher.
#define STEPWISE_AHEAD 1024

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"))), apply_to = function)
#define NAME(f) f##_avx512
#define ROWS 12
#include "products_impl.h"
#include "kernels_impl.h"
#include "attention_impl.h"
#undef NAME
#undef ROWS
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(f) f##_avx2
#define ROWS 3
#include "products_impl.h"
#include "kernels_impl.h"
#include "attention_impl.h"
#undef NAME
#undef ROWS
#pragma clang attribute pop
#endif

#define NAME(f) f##_baseline
#define ROWS 2
#include "products_impl.h"
#include "kernels_impl.h"
#include "attention_impl.h"
#undef NAME
#undef ROWS

// What a test keeps its thread to.
static _Thread_local int limit = 2;

// 2: AVX-512, 1: AVX2 and FMA, 0: the target's own. Read once; every thread would find the same.
static int level(void) {
#if defined(__x86_64__)
    static int known = -1;
    int found = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (found < 0) {
        __builtin_cpu_init();
        found = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
                    ? 2
                : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 1
                                                                                   : 0;
        __atomic_store_n(&known, found, __ATOMIC_RELAXED);
    }
    return found < limit ? found : limit;
#else
    (void)limit;
    return 0;
#endif
}

#if defined(__x86_64__)
#define DISPATCH(f, ...)                                                                                               \
    switch (level()) {                                                                                                 \
    case 2: return f##_avx512(__VA_ARGS__);                                                                            \
    case 1: return f##_avx2(__VA_ARGS__);                                                                              \
    default: return f##_baseline(__VA_ARGS__);                                                                         \
    }
#define DISPATCH_VOID(f, ...)                                                                                          \
    switch (level()) {                                                                                                 \
    case 2: f##_avx512(__VA_ARGS__); break;                                                                            \
    case 1: f##_avx2(__VA_ARGS__); break;                                                                              \
    default: f##_baseline(__VA_ARGS__);                                                                                \
    }
#else
#define DISPATCH(f, ...) return f##_baseline(__VA_ARGS__);
#define DISPATCH_VOID(f, ...) f##_baseline(__VA_ARGS__);
#endif

int stepwise_kernels_limit(int wanted) {
    limit = wanted;
    return level();
}

int stepwise_has_gemm(void) { return level() == 2; }

const char *stepwise_kernels_isa(void) {
    switch (level()) {
    case 2: return "avx512";
    case 1: return "avx2";
    default: return "baseline";
    }
}

void stepwise_pack(const float *weight, size_t n, size_t k, float *packed) {
    for (size_t j = 0; j < n; j += 32) {
        DISPATCH_VOID(pack_rows, weight + j * k, k, n - j < 32 ? n - j : 32, 32, k, 1, packed + j * k)
    }
}

void stepwise_pack_bf16(const float *panels, size_t count, float *packed) {
    for (size_t i = 0; i < count / 32; i++) {
        uint32_t words[32], out[16];
        memcpy(words, panels + i * 32, sizeof words);
        for (size_t j = 0; j < 32; j++) words[j] += 0x7FFF + (words[j] >> 16 & 1);
        for (size_t j = 0; j < 16; j++) out[j] = words[j] >> 16 | (words[j + 16] & 0xFFFF0000u);
        memcpy(packed + i * 16, out, sizeof out);
    }
}

int stepwise_is_bf16(const float *values, size_t count) {
    uint32_t low = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t word;
        memcpy(&word, values + i, 4);
        low |= word & 0xFFFFu;
    }
    return low == 0;
}

void stepwise_matmul(const float *a, size_t lda, const float *packed, int half, const float *bias, float *c, size_t ldc,
                     size_t m, size_t n, size_t k, int accumulate) {
    if (half) {
        DISPATCH(matmul_bf16, a, lda, packed, bias, c, ldc, m, n, k, accumulate)
    } else {
        DISPATCH(matmul, a, lda, packed, bias, c, ldc, m, n, k, accumulate)
    }
}

typedef struct {
    size_t count;
    // The values begin at a cache line of their own.
    _Alignas(64) float values[];
} thread_room;

static pthread_key_t room_key;
static pthread_once_t room_once = PTHREAD_ONCE_INIT;
static void make_room_key(void) { pthread_key_create(&room_key, free); }

// A thread's own room for `count` floats, kept for its life: taking it anew for every product would cost page faults.
static float *room(size_t count) {
    pthread_once(&room_once, make_room_key);
    thread_room *own = pthread_getspecific(room_key);
    if (!own || own->count < count) {
        free(own);
        size_t bytes = (sizeof(thread_room) + count * sizeof(float) + 63) / 64 * 64;
        own = aligned_alloc(64, bytes);
        if (!own) abort();
        own->count = count;
        pthread_setspecific(room_key, own);
    }
    return own->values;
}

void stepwise_gemm(const float *a, size_t lda, int a_transposed, const float *b, size_t ldb, int b_transposed, float *c,
                   size_t ldc, size_t m, size_t n, size_t k, int accumulate) {
    float *packed = room((STEPWISE_GEMM_ROWS + STEPWISE_GEMM_COLUMNS + 64) * STEPWISE_GEMM_DEPTH + 256);
    DISPATCH(gemm, a, lda, a_transposed, b, ldb, b_transposed, c, ldc, m, n, k, accumulate, packed)
}

size_t stepwise_attention_workspace(size_t width) {
    size_t padded = (width + 31) / 32 * 32;
    return 3 * (STEPWISE_KEYS + 32) * padded + 2 * STEPWISE_QUERIES * padded + 2 * STEPWISE_QUERIES * STEPWISE_KEYS + 256;
}

void stepwise_attention_forward(const stepwise_attention *task, size_t first, size_t last, float *output,
                                float *log_sums, float *sums, float *workspace) {
    DISPATCH(attention_forward, task, first, last, output, log_sums, sums, workspace)
}

void stepwise_attention_backward(const stepwise_attention *task, size_t first, size_t last, const float *output,
                                 const float *log_sums, const float *doutput, float *dqueries, float *dkeys,
                                 float *dvalues, size_t base, float *workspace) {
    DISPATCH(attention_backward, task, first, last, output, log_sums, doutput, dqueries, dkeys, dvalues, base,
             workspace)
}

void stepwise_attend(const stepwise_attend_row *rows, size_t count, size_t column, size_t group, size_t width,
                     float scale, size_t shared, size_t offset) {
    size_t longest = 0;
    for (size_t r = 0; r < count; r++) longest = rows[r].block_count > longest ? rows[r].block_count : longest;
    float *scratch = room(count * group * (2 * width + 32 * longest));
    DISPATCH(attend, rows, count, column, group, width, scale, shared, offset, longest, scratch)
}

void stepwise_rms_norm(const float *x, const float *weight, float epsilon, float *out, float *inverse_rms, size_t rows,
                       size_t width) {
    DISPATCH(rms_norm, x, weight, epsilon, out, inverse_rms, rows, width)
}

void stepwise_rms_norm_backward(const float *x, const float *weight, const float *inverse_rms, const float *dout,
                                float *dx, float *dweight, size_t rows, size_t width) {
    DISPATCH(rms_norm_backward, x, weight, inverse_rms, dout, dx, dweight, rows, width)
}

void stepwise_swiglu(const float *gate, const float *up, float *out, size_t count) {
    DISPATCH(swiglu, gate, up, out, count)
}

void stepwise_swiglu_backward(const float *gate, const float *up, const float *dout, float *dgate, float *dup,
                              size_t count) {
    DISPATCH(swiglu_backward, gate, up, dout, dgate, dup, count)
}

double stepwise_exp_scaled(const float *x, size_t count, float shift, float factor, float *out) {
    DISPATCH(exp_scaled, x, count, shift, factor, out)
}

void stepwise_softmax_statistics(const float *x, size_t count, float factor, float *top, float *sum, float *weighted) {
    DISPATCH(softmax_statistics, x, count, factor, top, sum, weighted)
}

void stepwise_softmax_scaled(float *x, size_t count, float factor, float log_sum, float scale) {
    DISPATCH(softmax_scaled, x, count, factor, log_sum, scale)
}

void stepwise_softmax_affine(float *x, size_t count, float factor, float log_sum, float scale, float slope) {
    DISPATCH(softmax_affine, x, count, factor, log_sum, scale, slope)
}

void stepwise_rotate(float *x, const float *cosine, const float *sine, size_t heads, size_t width, float sign) {
    DISPATCH(rotate, x, cosine, sine, heads, width, sign)
}

float stepwise_exp_sum(float *x, size_t count, float shift) { DISPATCH(exp_sum, x, count, shift) }

float stepwise_max(const float *x, size_t count) { DISPATCH(max, x, count) }

float stepwise_dot(const float *x, const float *y, size_t count) { DISPATCH(dot, x, y, count) }

void stepwise_axpy(float a, const float *x, float *y, size_t count) { DISPATCH(axpy, a, x, y, count) }

void stepwise_scale(float a, float *x, size_t count) { DISPATCH(scale, a, x, count) }

void stepwise_accumulate(const float *x, float *y, size_t count) { DISPATCH(accumulate, x, y, count) }

void stepwise_add(const float *x, const float *y, float *out, size_t count) { DISPATCH(add, x, y, out, count) }

double stepwise_sum_of_squares(const float *x, size_t count) { DISPATCH(sum_of_squares, x, count) }

void stepwise_adamw(float *values, const float *gradients, float *first, float *second, size_t count, float rate,
                    float beta1, float beta2, float epsilon, float decay, float correction1, float correction2) {
    DISPATCH(adamw, values, gradients, first, second, count, rate, beta1, beta2, epsilon, decay, correction1,
             correction2)
}
