#include "CKernels.h"

#include <string.h>

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"))), apply_to = function)
#define NAME(f) f##_avx512
#define ROWS 12
#include "kernels_impl.h"
#undef NAME
#undef ROWS
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(f) f##_avx2
#define ROWS 3
#include "kernels_impl.h"
#undef NAME
#undef ROWS
#pragma clang attribute pop
#endif

#define NAME(f) f##_baseline
#define ROWS 2
#include "kernels_impl.h"
#undef NAME
#undef ROWS

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
    return found;
#else
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
#else
#define DISPATCH(f, ...) return f##_baseline(__VA_ARGS__);
#endif

const char *stepwise_kernels_isa(void) {
    switch (level()) {
    case 2: return "avx512";
    case 1: return "avx2";
    default: return "baseline";
    }
}

void stepwise_pack(const float *weight, size_t n, size_t k, float *packed) {
    for (size_t j = 0; j < n; j += 32) {
        float *panel = packed + j * k;
        size_t columns = n - j < 32 ? n - j : 32;
        if (columns < 32) memset(panel, 0, k * 32 * sizeof(float));
        for (size_t c = 0; c < columns; c++)
            for (size_t p = 0; p < k; p++) panel[p * 32 + c] = weight[(j + c) * k + p];
    }
}

void stepwise_matmul(const float *a, size_t lda, const float *packed, const float *bias, float *c, size_t ldc,
                     size_t m, size_t n, size_t k) {
    DISPATCH(matmul, a, lda, packed, bias, c, ldc, m, n, k)
}

void stepwise_attend(const float *query, size_t heads, size_t width, float scale, const float *const *blocks,
                     const int32_t *counts, size_t block_count, int32_t last, size_t offset, float *scores,
                     float *out) {
    DISPATCH(attend, query, heads, width, scale, blocks, counts, block_count, last, offset, scores, out)
}

void stepwise_rms_norm(const float *x, const float *weight, float epsilon, float *out, float *inverse_rms, size_t rows,
                       size_t width) {
    DISPATCH(rms_norm, x, weight, epsilon, out, inverse_rms, rows, width)
}

void stepwise_rms_norm_backward(const float *x, const float *weight, const float *inverse_rms, const float *dout,
                                float *dx, float *dweight, size_t rows, size_t width) {
    DISPATCH(rms_norm_backward, x, weight, inverse_rms, dout, dx, dweight, rows, width)
}

void stepwise_swiglu(const float *gate_up, float *out, size_t rows, size_t width) {
    DISPATCH(swiglu, gate_up, out, rows, width)
}

void stepwise_swiglu_backward(const float *gate_up, const float *dout, float *dgate_up, size_t rows, size_t width) {
    DISPATCH(swiglu_backward, gate_up, dout, dgate_up, rows, width)
}

void stepwise_rotate(float *x, const float *cosine, const float *sine, size_t heads, size_t width, float sign) {
    DISPATCH(rotate, x, cosine, sine, heads, width, sign)
}

float stepwise_exp_sum(float *x, size_t count, float shift) { DISPATCH(exp_sum, x, count, shift) }

float stepwise_max(const float *x, size_t count) { DISPATCH(max, x, count) }

float stepwise_dot(const float *x, const float *y, size_t count) { DISPATCH(dot, x, y, count) }

void stepwise_axpy(float a, const float *x, float *y, size_t count) { DISPATCH(axpy, a, x, y, count) }

void stepwise_scale(float a, float *x, size_t count) { DISPATCH(scale, a, x, count) }

void stepwise_add(const float *x, const float *y, float *out, size_t count) { DISPATCH(add, x, y, out, count) }

void stepwise_softmax_backward(const float *p, float *dp, float shift, size_t count) {
    DISPATCH(softmax_backward, p, dp, shift, count)
}

double stepwise_sum_of_squares(const float *x, size_t count) { DISPATCH(sum_of_squares, x, count) }

void stepwise_adamw(float *values, const float *gradients, float *first, float *second, size_t count, float rate,
                    float beta1, float beta2, float epsilon, float decay, float correction1, float correction2) {
    DISPATCH(adamw, values, gradients, first, second, count, rate, beta1, beta2, epsilon, decay, correction1,
             correction2)
}
