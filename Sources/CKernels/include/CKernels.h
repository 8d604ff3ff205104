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

/// Packs weight [n, k] (row-major, as checkpoints have it) into ceil(n / 32) panels of [k, 32], the last one filled with zeros.
void stepwise_pack(const float *weight, size_t n, size_t k, float *packed);

/// c [m, n] = a [m, k] * weight^T (+ bias [n] when not NULL); each element is one chain of multiply-adds over k in order.
void stepwise_matmul(const float *a, size_t lda, const float *packed, const float *bias, float *c, size_t ldc,
                     size_t m, size_t n, size_t k);

/// One query row of `heads` heads [heads, width] that share one key-value head, over a path of cache blocks.
/// Block b holds keys transposed [width, 32] at blocks[b] + offset and values [32, width] after them; its first counts[b]
/// tokens are visible, except that of the last block `last` are. scores: scratch, heads * block_count * 32.
void stepwise_attend(const float *query, size_t heads, size_t width, float scale, const float *const *blocks,
                     const int32_t *counts, size_t block_count, int32_t last, size_t offset, float *scores, float *out);

/// out[i] = x[i] / rms(x) * weight[i] for `rows` rows of `width`; inverse_rms [rows] may be NULL. out may be x.
void stepwise_rms_norm(const float *x, const float *weight, float epsilon, float *out, float *inverse_rms, size_t rows,
                       size_t width);
/// dx += ...; dweight [width] += ....
void stepwise_rms_norm_backward(const float *x, const float *weight, const float *inverse_rms, const float *dout,
                                float *dx, float *dweight, size_t rows, size_t width);

/// out [rows, width] = silu(gate) * up, from gate_up [rows, 2 * width].
void stepwise_swiglu(const float *gate_up, float *out, size_t rows, size_t width);
/// dgate_up += ....
void stepwise_swiglu_backward(const float *gate_up, const float *dout, float *dgate_up, size_t rows, size_t width);

/// Rotates `heads` heads of `width` in place (Hugging Face's rotate_half) by cos/sin [width / 2]; sign -1 undoes it.
void stepwise_rotate(float *x, const float *cosine, const float *sine, size_t heads, size_t width, float sign);

/// x[i] = exp(x[i] - shift) for i < count; returns the sum.
float stepwise_exp_sum(float *x, size_t count, float shift);
float stepwise_max(const float *x, size_t count);
float stepwise_dot(const float *x, const float *y, size_t count);
/// y += a * x.
void stepwise_axpy(float a, const float *x, float *y, size_t count);
void stepwise_scale(float a, float *x, size_t count);
/// out = x + y.
void stepwise_add(const float *x, const float *y, float *out, size_t count);
/// dscore = p * (dp - shift), in place of dp.
void stepwise_softmax_backward(const float *p, float *dp, float shift, size_t count);
/// The sum of squares in double precision.
double stepwise_sum_of_squares(const float *x, size_t count);

/// One AdamW step (Loshchilov and Hutter 2019) on `count` parameters; corrections are 1 - beta^t.
void stepwise_adamw(float *values, const float *gradients, float *first, float *second, size_t count, float rate,
                    float beta1, float beta2, float epsilon, float decay, float correction1, float correction2);

#ifdef __cplusplus
}
#endif
