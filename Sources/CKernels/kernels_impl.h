// The kernels, compiled once for each instruction set: NAME(f) adds its suffix, ROWS is the height of matmul's register tile.
// Plain loops over fixed-width lanes; the compiler turns them into vector instructions of the set at hand.

typedef float NAME(lanes) __attribute__((vector_size(64), aligned(4)));

static inline float NAME(exp1)(float x) {
    // exp(x) = 2^n * exp(r), |r| <= ln2 / 2, with a polynomial of degree 6 (after Cephes' expf); relative error below 2e-7.
    float clamped = x < -87.0f ? -87.0f : (x > 88.0f ? 88.0f : x);
    float n = clamped * 1.44269504088896341f + 12582912.0f;
    int32_t bits;
    __builtin_memcpy(&bits, &n, 4);
    n -= 12582912.0f;
    float r = clamped - n * 0.693359375f + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    uint32_t power = ((uint32_t)(bits - 0x4B400000 + 127)) << 23;
    float two;
    __builtin_memcpy(&two, &power, 4);
    return x < -87.0f ? 0.0f : p * two;
}

static inline float NAME(reduce)(const float *lane) {
    float sum = 0;
    for (int i = 0; i < 16; i++) sum += lane[i];
    return sum;
}

static inline void NAME(tile)(const float *a, size_t lda, const float *panel, const float *bias, float *c, size_t ldc,
                              size_t rows, size_t columns, size_t k) __attribute__((always_inline));
static inline void NAME(tile)(const float *a, size_t lda, const float *panel, const float *bias, float *c, size_t ldc,
                              size_t rows, size_t columns, size_t k) {
    NAME(lanes) low[ROWS], high[ROWS];
    for (size_t i = 0; i < rows; i++) low[i] = high[i] = (NAME(lanes)){0};
    for (size_t p = 0; p < k; p++) {
        NAME(lanes) first = *(const NAME(lanes) *)(panel + p * 32);
        NAME(lanes) second = *(const NAME(lanes) *)(panel + p * 32 + 16);
        for (size_t i = 0; i < rows; i++) {
            float x = a[i * lda + p];
            low[i] += first * x;
            high[i] += second * x;
        }
    }
    for (size_t i = 0; i < rows; i++) {
        if (bias && columns == 32) {
            low[i] += *(const NAME(lanes) *)bias;
            high[i] += *(const NAME(lanes) *)(bias + 16);
        }
        if (columns == 32) {
            *(NAME(lanes) *)(c + i * ldc) = low[i];
            *(NAME(lanes) *)(c + i * ldc + 16) = high[i];
        } else {
            for (size_t j = 0; j < columns; j++) {
                float value = j < 16 ? low[i][j] : high[i][j - 16];
                c[i * ldc + j] = bias ? value + bias[j] : value;
            }
        }
    }
}

static void NAME(matmul)(const float *a, size_t lda, const float *packed, const float *bias, float *c, size_t ldc,
                         size_t m, size_t n, size_t k) {
    for (size_t j = 0; j < n; j += 32) {
        const float *panel = packed + j * k;
        const float *panel_bias = bias ? bias + j : 0;
        size_t columns = n - j < 32 ? n - j : 32;
        size_t i = 0;
        for (; i + ROWS <= m; i += ROWS)
            NAME(tile)(a + i * lda, lda, panel, panel_bias, c + i * ldc + j, ldc, ROWS, columns, k);
        for (; i + 2 <= m; i += 2) NAME(tile)(a + i * lda, lda, panel, panel_bias, c + i * ldc + j, ldc, 2, columns, k);
        for (; i < m; i++) NAME(tile)(a + i * lda, lda, panel, panel_bias, c + i * ldc + j, ldc, 1, columns, k);
    }
}

static void NAME(attend)(const float *query, size_t heads, size_t width, float scale, const float *const *blocks,
                         const int32_t *counts, size_t block_count, int32_t last, size_t offset, float *scores,
                         float *out) {
    for (size_t h = 0; h < heads; h++) {
        const float *q = query + h * width;
        float *s = scores + h * block_count * 32;
        float top = -3.4e38f;
        for (size_t b = 0; b < block_count; b++) {
            const float *keys = blocks[b] + offset;
            NAME(lanes) low = {0}, high = {0};
            for (size_t d = 0; d < width; d++) {
                low += *(const NAME(lanes) *)(keys + d * 32) * q[d];
                high += *(const NAME(lanes) *)(keys + d * 32 + 16) * q[d];
            }
            low *= scale;
            high *= scale;
            *(NAME(lanes) *)(s + b * 32) = low;
            *(NAME(lanes) *)(s + b * 32 + 16) = high;
            int32_t count = b + 1 == block_count ? last : counts[b];
            for (int32_t t = count; t < 32; t++) s[b * 32 + t] = -3.4e38f;
            for (int32_t t = 0; t < 32; t++) top = s[b * 32 + t] > top ? s[b * 32 + t] : top;
        }
        float lane[16] = {0};
        for (size_t t = 0; t < block_count * 32; t += 16)
            for (size_t i = 0; i < 16; i++) {
                s[t + i] = NAME(exp1)(s[t + i] - top);
                lane[i] += s[t + i];
            }
        float inverse = 1.0f / NAME(reduce)(lane);
        float *o = out + h * width;
        for (size_t d = 0; d < width; d++) o[d] = 0;
        for (size_t b = 0; b < block_count; b++) {
            const float *values = blocks[b] + offset + 32 * width;
            int32_t count = b + 1 == block_count ? last : counts[b];
            for (int32_t t = 0; t < count; t++) {
                float p = s[b * 32 + t];
                for (size_t d = 0; d < width; d++) o[d] += p * values[t * width + d];
            }
        }
        for (size_t d = 0; d < width; d++) o[d] *= inverse;
    }
}

static void NAME(rms_norm)(const float *x, const float *weight, float epsilon, float *out, float *inverse_rms,
                           size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++, x += width, out += width) {
        float lane[16] = {0};
        size_t i = 0;
        for (; i + 16 <= width; i += 16)
            for (size_t j = 0; j < 16; j++) lane[j] += x[i + j] * x[i + j];
        for (; i < width; i++) lane[0] += x[i] * x[i];
        float inverse = 1.0f / __builtin_sqrtf(NAME(reduce)(lane) / (float)width + epsilon);
        for (i = 0; i < width; i++) out[i] = x[i] * inverse * weight[i];
        if (inverse_rms) inverse_rms[r] = inverse;
    }
}

static void NAME(rms_norm_backward)(const float *x, const float *weight, const float *inverse_rms, const float *dout,
                                    float *dx, float *dweight, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++, x += width, dout += width, dx += width) {
        float inverse = inverse_rms[r];
        float lane[16] = {0};
        size_t i = 0;
        for (; i + 16 <= width; i += 16)
            for (size_t j = 0; j < 16; j++) lane[j] += dout[i + j] * weight[i + j] * x[i + j];
        for (; i < width; i++) lane[0] += dout[i] * weight[i] * x[i];
        float mean = NAME(reduce)(lane) / (float)width * inverse * inverse * inverse;
        for (i = 0; i < width; i++) {
            dx[i] += dout[i] * weight[i] * inverse - x[i] * mean;
            dweight[i] += dout[i] * x[i] * inverse;
        }
    }
}

static void NAME(swiglu)(const float *gate_up, float *out, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++, gate_up += 2 * width, out += width)
        for (size_t i = 0; i < width; i++) {
            float g = gate_up[i];
            out[i] = g / (1.0f + NAME(exp1)(-g)) * gate_up[width + i];
        }
}

static void NAME(swiglu_backward)(const float *gate_up, const float *dout, float *dgate_up, size_t rows,
                                  size_t width) {
    for (size_t r = 0; r < rows; r++, gate_up += 2 * width, dout += width, dgate_up += 2 * width)
        for (size_t i = 0; i < width; i++) {
            float g = gate_up[i], u = gate_up[width + i];
            float sigmoid = 1.0f / (1.0f + NAME(exp1)(-g));
            dgate_up[i] += dout[i] * u * sigmoid * (1.0f + g * (1.0f - sigmoid));
            dgate_up[width + i] += dout[i] * g * sigmoid;
        }
}

static void NAME(rotate)(float *x, const float *cosine, const float *sine, size_t heads, size_t width, float sign) {
    size_t half = width / 2;
    for (size_t h = 0; h < heads; h++, x += width)
        for (size_t i = 0; i < half; i++) {
            float first = x[i], second = x[half + i], s = sine[i] * sign;
            x[i] = first * cosine[i] - second * s;
            x[half + i] = second * cosine[i] + first * s;
        }
}

static float NAME(exp_sum)(float *x, size_t count, float shift) {
    float lane[16] = {0};
    size_t i = 0;
    for (; i + 16 <= count; i += 16)
        for (size_t j = 0; j < 16; j++) {
            x[i + j] = NAME(exp1)(x[i + j] - shift);
            lane[j] += x[i + j];
        }
    for (; i < count; i++) {
        x[i] = NAME(exp1)(x[i] - shift);
        lane[0] += x[i];
    }
    return NAME(reduce)(lane);
}

static float NAME(max)(const float *x, size_t count) {
    float lane[16];
    for (int j = 0; j < 16; j++) lane[j] = x[0];
    size_t i = 0;
    for (; i + 16 <= count; i += 16)
        for (size_t j = 0; j < 16; j++) lane[j] = x[i + j] > lane[j] ? x[i + j] : lane[j];
    for (; i < count; i++) lane[0] = x[i] > lane[0] ? x[i] : lane[0];
    for (int j = 1; j < 16; j++) lane[0] = lane[j] > lane[0] ? lane[j] : lane[0];
    return lane[0];
}

static float NAME(dot)(const float *x, const float *y, size_t count) {
    float lane[16] = {0};
    size_t i = 0;
    for (; i + 16 <= count; i += 16)
        for (size_t j = 0; j < 16; j++) lane[j] += x[i + j] * y[i + j];
    for (; i < count; i++) lane[0] += x[i] * y[i];
    return NAME(reduce)(lane);
}

static void NAME(axpy)(float a, const float *x, float *y, size_t count) {
    for (size_t i = 0; i < count; i++) y[i] += a * x[i];
}

static void NAME(scale)(float a, float *x, size_t count) {
    for (size_t i = 0; i < count; i++) x[i] *= a;
}

static void NAME(add)(const float *x, const float *y, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = x[i] + y[i];
}

static void NAME(softmax_backward)(const float *p, float *dp, float shift, size_t count) {
    for (size_t i = 0; i < count; i++) dp[i] = p[i] * (dp[i] - shift);
}

static double NAME(sum_of_squares)(const float *x, size_t count) {
    double lane[8] = {0};
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (size_t j = 0; j < 8; j++) lane[j] += (double)x[i + j] * (double)x[i + j];
    for (; i < count; i++) lane[0] += (double)x[i] * (double)x[i];
    double sum = 0;
    for (int j = 0; j < 8; j++) sum += lane[j];
    return sum;
}

static void NAME(adamw)(float *values, const float *gradients, float *first, float *second, size_t count, float rate,
                        float beta1, float beta2, float epsilon, float decay, float correction1, float correction2) {
    float step = rate / correction1;
    float root = 1.0f / __builtin_sqrtf(correction2);
    float keep = 1.0f - rate * decay;
    for (size_t i = 0; i < count; i++) {
        float g = gradients[i];
        float m = beta1 * first[i] + (1.0f - beta1) * g;
        float v = beta2 * second[i] + (1.0f - beta2) * g * g;
        first[i] = m;
        second[i] = v;
        values[i] = values[i] * keep - step * m / (__builtin_sqrtf(v) * root + epsilon);
    }
}
