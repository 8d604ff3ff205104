// Loops that need vector instructions chosen at run time (AVX-512, AVX2 with FMA, or what the target has). Everything else is Swift.
//
// Every result is a function of its own row only: no kernel's rounding depends on how many rows it is given, so that a
// rollout is the same alone and among a thousand.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Columns of one packed panel of stepwise_matmul's right-hand side.
#define STEPWISE_PANEL 32
/// Tokens of one block of the decoder's key-value cache.
#define STEPWISE_BLOCK 32

/// "avx512", "avx2" or "baseline": what was chosen for this processor.
const char *stepwise_kernels_isa(void);
/// Keeps the calling thread's kernels at an instruction set that is no better than 2 (AVX-512), 1 (AVX2) or 0 (the target's own),
/// and returns the one that is used then: for tests of all that this processor has.
int stepwise_kernels_limit(int level);

/// Whether stepwise_gemm is made for this processor; OpenBLAS is faster where it is not.
int stepwise_has_gemm(void);

/// Tells the processor that the thread is waiting in a loop.
static inline void stepwise_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// Packs weight [n, k] (row-major, as checkpoints have it) into ceil(n / 32) panels of [k, 32], the last one filled with zeros.
void stepwise_pack(const float *weight, size_t n, size_t k, float *packed);

/// Rounds panels of stepwise_pack, `count` floats in sum, to BFloat16 in half the space: columns j and j + 16 share a word.
void stepwise_pack_bf16(const float *panels, size_t count, float *packed);
/// Whether all values are BFloat16 numbers, so that packing them as such loses nothing.
int stepwise_is_bf16(const float *values, size_t count);

/// c [m, n] = a [m, k] * weight^T (+ bias [n] when not NULL) (+ c when `accumulate`); each element is one chain of multiply-adds
/// over k in order. `half`: the panels are BFloat16.
void stepwise_matmul(const float *a, size_t lda, const float *packed, int half, const float *bias, float *c, size_t ldc,
                     size_t m, size_t n, size_t k, int accumulate);

/// c [m, n] = a * b (+ c when `accumulate`), row-major, on the calling thread; k is what a and b share. A transposed factor is
/// stored [k, m] or [n, k]. Each thread that calls it keeps some 5 MB for packed blocks.
void stepwise_gemm(const float *a, size_t lda, int a_transposed, const float *b, size_t ldb, int b_transposed, float *c,
                   size_t ldc, size_t m, size_t n, size_t k, int accumulate);

/// A segment of a forest in depth-first order: its rows, and the end of its subtree's rows.
typedef struct {
    size_t start, end, subtree_end;
} stepwise_forest_block;

/// Attention of the `group` query heads that share a key-value head, over the segments of a forest.
typedef struct {
    /// Of row 0; rows lie `stride` apart, the heads of the group side by side.
    const float *queries, *keys, *values;
    size_t stride;
    /// Of outputs and their derivatives, which begin with the group's first head.
    size_t output_stride;
    size_t group, width, rows;
    float scale;
    /// Ancestors before descendants.
    const stepwise_forest_block *blocks;
    size_t block_count;
} stepwise_attention;

/// Floats of scratch that the two below need.
size_t stepwise_attention_workspace(size_t width);
/// Outputs and log-sum-exps [group, rows] of the query rows first ..< last; sums [group, rows] is scratch.
void stepwise_attention_forward(const stepwise_attention *task, size_t first, size_t last, float *output,
                                float *log_sums, float *sums, float *workspace);
/// dqueries (laid out as the queries), dkeys and dvalues [rows - base, width] += the derivatives through the query rows first ..< last.
void stepwise_attention_backward(const stepwise_attention *task, size_t first, size_t last, const float *output,
                                 const float *log_sums, const float *doutput, float *dqueries, float *dkeys,
                                 float *dvalues, size_t base, float *workspace);

/// A row of the decoder: its query heads and their outputs, over a path of cache blocks.
/// Block b holds keys transposed [width, 32] at blocks[b] + offset and values in panels of 32 columns [ceil(width / 32), 32, 32]
/// after them, zero where there is no token; its first counts[b] tokens are visible, except that of the last block `last` are.
typedef struct {
    const float *query;
    const float *const *blocks;
    const int32_t *counts;
    size_t block_count;
    int32_t last;
    float *out;
} stepwise_attend_row;

/// Attention of rows whose paths begin with the same `shared` blocks: of the `group` query heads [group, width] from `column` of query
/// and out on, which share a key-value head. What a row gives does not depend on the others. The calling thread keeps the scratch memory.
void stepwise_attend(const stepwise_attend_row *rows, size_t count, size_t column, size_t group, size_t width,
                     float scale, size_t shared, size_t offset);

/// out[i] = x[i] / rms(x) * weight[i] for `rows` rows of `width`; inverse_rms [rows] may be NULL. out may be x.
void stepwise_rms_norm(const float *x, const float *weight, float epsilon, float *out, float *inverse_rms, size_t rows,
                       size_t width);
/// dx += ...; dweight [width] += ....
void stepwise_rms_norm_backward(const float *x, const float *weight, const float *inverse_rms, const float *dout,
                                float *dx, float *dweight, size_t rows, size_t width);

/// out = silu(gate) * up; out may be gate or up.
void stepwise_swiglu(const float *gate, const float *up, float *out, size_t count);
/// dgate and dup are overwritten.
void stepwise_swiglu_backward(const float *gate, const float *up, const float *dout, float *dgate, float *dup,
                              size_t count);

/// Rotates `heads` heads of `width` in place (Hugging Face's rotate_half) by cos/sin [width / 2]; sign -1 undoes it.
void stepwise_rotate(float *x, const float *cosine, const float *sine, size_t heads, size_t width, float sign);

/// x[i] = exp(x[i] - shift) for i < count; returns the sum.
float stepwise_exp_sum(float *x, size_t count, float shift);
/// out[i] = exp((x[i] - shift) * factor); returns the sum.
double stepwise_exp_scaled(const float *x, size_t count, float shift, float factor, float *out);
/// Takes `count` more logits into a running softmax of x * factor: its maximum, the sum of exp(x * factor - top), and that of
/// exp(x * factor - top) * x * factor.
void stepwise_softmax_statistics(const float *x, size_t count, float factor, float *top, float *sum, float *weighted);
/// x = scale * exp(x * factor - log_sum).
void stepwise_softmax_scaled(float *x, size_t count, float factor, float log_sum, float scale);
/// x = exp(l) * (scale + slope * l) with the log-probability l = x * factor - log_sum.
void stepwise_softmax_affine(float *x, size_t count, float factor, float log_sum, float scale, float slope);
float stepwise_max(const float *x, size_t count);
float stepwise_dot(const float *x, const float *y, size_t count);
/// y += a * x.
void stepwise_axpy(float a, const float *x, float *y, size_t count);
void stepwise_scale(float a, float *x, size_t count);
/// y += x.
void stepwise_accumulate(const float *x, float *y, size_t count);
/// out = x + y, which does not overlap them.
void stepwise_add(const float *x, const float *y, float *out, size_t count);
/// The sum of squares in double precision.
double stepwise_sum_of_squares(const float *x, size_t count);

/// One AdamW step (Loshchilov and Hutter 2019) on `count` parameters; corrections are 1 - beta^t.
void stepwise_adamw(float *values, const float *gradients, float *first, float *second, size_t count, float rate,
                    float beta1, float beta2, float epsilon, float decay, float correction1, float correction2);

#ifdef __cplusplus
}
#endif
