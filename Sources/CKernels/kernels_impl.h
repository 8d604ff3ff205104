// The vector loops, compiled once for each instruction set: NAME(f) adds its suffix.
// Plain loops over fixed-width lanes; the compiler turns them into vector instructions of the set at hand.

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

static void NAME(swiglu)(const float *gate, const float *up, float *out, size_t count) {
    size_t i = 0;
    // By way of lanes: out may be gate or up, and a loop over pointers that overlap is not made of vector instructions.
    for (; i + 16 <= count; i += 16) {
        float g[16], u[16];
        for (size_t j = 0; j < 16; j++) g[j] = gate[i + j];
        for (size_t j = 0; j < 16; j++) u[j] = up[i + j];
        for (size_t j = 0; j < 16; j++) g[j] = g[j] / (1.0f + NAME(exp1)(-g[j])) * u[j];
        for (size_t j = 0; j < 16; j++) out[i + j] = g[j];
    }
    for (; i < count; i++) out[i] = gate[i] / (1.0f + NAME(exp1)(-gate[i])) * up[i];
}

static void NAME(swiglu_backward)(const float *gate, const float *up, const float *dout, float *dgate, float *dup,
                                  size_t count) {
    for (size_t i = 0; i < count; i++) {
        float g = gate[i], d = dout[i];
        float sigmoid = 1.0f / (1.0f + NAME(exp1)(-g));
        dgate[i] = d * up[i] * sigmoid * (1.0f + g * (1.0f - sigmoid));
        dup[i] = d * g * sigmoid;
    }
}

static void NAME(rotate)(float *x, const float *cosine, const float *sine, size_t heads, size_t width, float sign) {
    size_t half = width / 2;
    for (size_t h = 0; h < heads; h++, x += width) {
        size_t i = 0;
        for (; i + 16 <= half; i += 16) {
            float first[16], second[16], c[16], s[16];
            for (size_t j = 0; j < 16; j++) first[j] = x[i + j];
            for (size_t j = 0; j < 16; j++) second[j] = x[half + i + j];
            for (size_t j = 0; j < 16; j++) c[j] = cosine[i + j];
            for (size_t j = 0; j < 16; j++) s[j] = sine[i + j] * sign;
            for (size_t j = 0; j < 16; j++) x[i + j] = first[j] * c[j] - second[j] * s[j];
            for (size_t j = 0; j < 16; j++) x[half + i + j] = second[j] * c[j] + first[j] * s[j];
        }
        for (; i < half; i++) {
            float first = x[i], second = x[half + i], s = sine[i] * sign;
            x[i] = first * cosine[i] - second * s;
            x[half + i] = second * cosine[i] + first * s;
        }
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

static double NAME(exp_scaled)(const float *x, size_t count, float shift, float factor, float *out) {
    double sum = 0;
    for (size_t start = 0; start < count; start += 1024) {
        size_t end = count - start < 1024 ? count : start + 1024, i = start;
        float lane[16] = {0};
        for (; i + 16 <= end; i += 16)
            for (size_t j = 0; j < 16; j++) {
                out[i + j] = NAME(exp1)((x[i + j] - shift) * factor);
                lane[j] += out[i + j];
            }
        for (; i < end; i++) {
            out[i] = NAME(exp1)((x[i] - shift) * factor);
            lane[0] += out[i];
        }
        sum += (double)NAME(reduce)(lane);
    }
    return sum;
}

static void NAME(softmax_statistics)(const float *x, size_t count, float factor, float *top, float *sum,
                                     float *weighted) {
    float high = NAME(max)(x, count) * factor;
    float shrink = 0;
    if (high > *top) {
        shrink = NAME(exp1)(*top - high);
        *top = high;
    } else {
        shrink = 1;
        high = *top;
    }
    float total[16] = {0}, product[16] = {0};
    size_t i = 0;
    for (; i + 16 <= count; i += 16)
        for (size_t j = 0; j < 16; j++) {
            float scaled = x[i + j] * factor, e = NAME(exp1)(scaled - high);
            total[j] += e;
            product[j] += e * scaled;
        }
    for (; i < count; i++) {
        float scaled = x[i] * factor, e = NAME(exp1)(scaled - high);
        total[0] += e;
        product[0] += e * scaled;
    }
    *sum = *sum * shrink + NAME(reduce)(total);
    *weighted = *weighted * shrink + NAME(reduce)(product);
}

static void NAME(softmax_scaled)(float *x, size_t count, float factor, float log_sum, float scale) {
    for (size_t i = 0; i < count; i++) x[i] = NAME(exp1)(x[i] * factor - log_sum) * scale;
}

static void NAME(softmax_affine)(float *x, size_t count, float factor, float log_sum, float scale, float slope) {
    for (size_t i = 0; i < count; i++) {
        float scaled = x[i] * factor - log_sum;
        x[i] = NAME(exp1)(scaled) * (scale + slope * scaled);
    }
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

static void NAME(accumulate)(const float *x, float *y, size_t count) {
    for (size_t i = 0; i < count; i++) y[i] += x[i];
}

static void NAME(add)(const float *x, const float *y, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = x[i] + y[i];
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
