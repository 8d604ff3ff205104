// Attention over token forests, compiled once for each instruction set: NAME(f) adds its suffix.

// m rows by a panel, with the flags that attention needs as functions of their own: the tiles are large when inlined.
static void NAME(strip_set)(const float *a, size_t row_step, const float *panel, float *c, size_t ldc, size_t m,
                            size_t k) {
    NAME(strip)(a, row_step, 1, panel, 0, 0, c, ldc, m, 32, k, 0);
}

static void NAME(strip_add)(const float *a, size_t row_step, const float *panel, float *c, size_t ldc, size_t m,
                            size_t columns, size_t k) {
    NAME(strip)(a, row_step, 1, panel, 0, 0, c, ldc, m, columns, k, 1);
}

static void NAME(strip_add_transposed)(const float *a, size_t depth_step, const float *panel, float *c, size_t ldc,
                                       size_t m, size_t columns, size_t k) {
    NAME(strip)(a, 1, depth_step, panel, 0, 0, c, ldc, m, columns, k, 1);
}

// Panels [k, 32] of `width` columns of rows that lie ld apart.
static void NAME(pack_panels)(const float *from, size_t ld, size_t width, size_t k, float *to) {
    for (size_t d = 0; d < width; d += 32)
        NAME(pack_columns)(from + d, ld, width - d < 32 ? width - d : 32, 32, k, to + d * k);
}

// Panels [width, 32] whose columns are `count` rows that lie ld apart.
static void NAME(pack_transposed)(const float *from, size_t ld, size_t width, size_t count, float scale, float *to) {
    for (size_t j = 0; j < count; j += 32)
        NAME(pack_rows)(from + j * ld, ld, count - j < 32 ? count - j : 32, 32, width, scale, to + j * width);
}

// One key-value head's queries in rows first ..< last; see stepwise_attention_forward.
static void NAME(attention_forward)(const stepwise_attention *t, size_t first, size_t last, float *output,
                                    float *log_sums, float *sums, float *workspace) {
    size_t width = t->width, padded = (width + 31) / 32 * 32;
    float *keys = workspace;
    float *values = keys + STEPWISE_KEYS * width + 64;
    float *scores = values + STEPWISE_KEYS * padded;
    for (size_t h = 0; h < t->group; h++)
        for (size_t row = first; row < last; row++) {
            float *o = output + row * t->output_stride + h * width;
            for (size_t d = 0; d < width; d++) o[d] = 0;
            // Holds the running maximum until the end.
            log_sums[h * t->rows + row] = -3.4e38f;
            sums[h * t->rows + row] = 0;
        }
    for (size_t b = 0; b < t->block_count; b++) {
        stepwise_forest_block block = t->blocks[b];
        size_t end = block.subtree_end < last ? block.subtree_end : last;
        for (size_t key = block.start; key < block.end; key += STEPWISE_KEYS) {
            size_t count = block.end - key < STEPWISE_KEYS ? block.end - key : STEPWISE_KEYS;
            size_t start = key > first ? key : first;
            if (start >= end) continue;
            NAME(pack_transposed)(t->keys + key * t->stride, t->stride, width, count, t->scale, keys);
            NAME(pack_panels)(t->values + key * t->stride, t->stride, width, count, values);
            for (size_t h = 0; h < t->group; h++)
                for (size_t query = start; query < end; query += STEPWISE_QUERIES) {
                    size_t rows = end - query < STEPWISE_QUERIES ? end - query : STEPWISE_QUERIES;
                    size_t seen = query + rows - key < count ? query + rows - key : count;
                    for (size_t j = 0; j < seen; j += 32)
                        NAME(strip_set)(t->queries + query * t->stride + h * width, t->stride, keys + j * width,
                                        scores + j, STEPWISE_KEYS, rows, width);
                    for (size_t i = 0; i < rows; i++) {
                        float *s = scores + i * STEPWISE_KEYS;
                        size_t visible = query + i - key + 1 < count ? query + i - key + 1 : count;
                        size_t place = h * t->rows + query + i;
                        float top = NAME(max)(s, visible);
                        if (top > log_sums[place]) {
                            float shrink = NAME(exp1)(log_sums[place] - top);
                            float *o = output + (query + i) * t->output_stride + h * width;
                            for (size_t d = 0; d < width; d++) o[d] *= shrink;
                            sums[place] *= shrink;
                            log_sums[place] = top;
                        }
                        sums[place] += NAME(exp_sum)(s, visible, log_sums[place]);
                        for (size_t j = visible; j < seen; j++) s[j] = 0;
                    }
                    for (size_t d = 0; d < width; d += 32)
                        NAME(strip_add)(scores, STEPWISE_KEYS, values + d * count,
                                        output + query * t->output_stride + h * width + d, t->output_stride, rows,
                                        width - d < 32 ? width - d : 32, seen);
                }
        }
    }
    for (size_t h = 0; h < t->group; h++)
        for (size_t row = first; row < last; row++) {
            float *o = output + row * t->output_stride + h * width;
            float inverse = 1 / sums[h * t->rows + row];
            for (size_t d = 0; d < width; d++) o[d] *= inverse;
            log_sums[h * t->rows + row] += __builtin_logf(sums[h * t->rows + row]);
        }
}

// The derivatives of the same; dkeys and dvalues [rows - base, width] begin with row `base`.
static void NAME(attention_backward)(const stepwise_attention *t, size_t first, size_t last, const float *output,
                                     const float *log_sums, const float *doutput, float *dqueries, float *dkeys,
                                     float *dvalues, size_t base, float *workspace) {
    size_t width = t->width, padded = (width + 31) / 32 * 32;
    float *keys = workspace;
    float *values = keys + STEPWISE_KEYS * width + 64;
    float *key_rows = values + STEPWISE_KEYS * width + 64;
    float *query_panels = key_rows + STEPWISE_KEYS * padded;
    float *doutput_panels = query_panels + STEPWISE_QUERIES * padded;
    float *p = doutput_panels + STEPWISE_QUERIES * padded;
    float *ds = p + STEPWISE_QUERIES * STEPWISE_KEYS;
    for (size_t b = 0; b < t->block_count; b++) {
        stepwise_forest_block block = t->blocks[b];
        size_t end = block.subtree_end < last ? block.subtree_end : last;
        for (size_t key = block.start; key < block.end; key += STEPWISE_KEYS) {
            size_t count = block.end - key < STEPWISE_KEYS ? block.end - key : STEPWISE_KEYS;
            size_t start = key > first ? key : first;
            if (start >= end) continue;
            NAME(pack_transposed)(t->keys + key * t->stride, t->stride, width, count, t->scale, keys);
            NAME(pack_transposed)(t->values + key * t->stride, t->stride, width, count, 1, values);
            NAME(pack_panels)(t->keys + key * t->stride, t->stride, width, count, key_rows);
            for (size_t h = 0; h < t->group; h++)
                for (size_t query = start; query < end; query += STEPWISE_QUERIES) {
                    size_t rows = end - query < STEPWISE_QUERIES ? end - query : STEPWISE_QUERIES;
                    size_t seen = query + rows - key < count ? query + rows - key : count;
                    const float *q = t->queries + query * t->stride + h * width;
                    size_t column = query * t->output_stride + h * width;
                    for (size_t j = 0; j < seen; j += 32) {
                        NAME(strip_set)(q, t->stride, keys + j * width, p + j, STEPWISE_KEYS, rows, width);
                        NAME(strip_set)(doutput + column, t->output_stride, values + j * width, ds + j, STEPWISE_KEYS,
                                        rows, width);
                    }
                    for (size_t i = 0; i < rows; i++) {
                        float *pi = p + i * STEPWISE_KEYS, *di = ds + i * STEPWISE_KEYS;
                        size_t visible = query + i - key + 1 < count ? query + i - key + 1 : count;
                        // The softmax derivative subtracts sum_j p_j dp_j, which equals output . doutput.
                        float shift = NAME(dot)(output + column + i * t->output_stride,
                                                doutput + column + i * t->output_stride, width);
                        float log_sum = log_sums[h * t->rows + query + i];
                        for (size_t j = 0; j < visible; j++) pi[j] = NAME(exp1)(pi[j] - log_sum);
                        for (size_t j = 0; j < visible; j++) di[j] = t->scale * pi[j] * (di[j] - shift);
                        for (size_t j = visible; j < seen; j++) pi[j] = di[j] = 0;
                    }
                    NAME(pack_panels)(q, t->stride, width, rows, query_panels);
                    NAME(pack_panels)(doutput + column, t->output_stride, width, rows, doutput_panels);
                    for (size_t d = 0; d < width; d += 32) {
                        size_t columns = width - d < 32 ? width - d : 32;
                        NAME(strip_add_transposed)(p, STEPWISE_KEYS, doutput_panels + d * rows,
                                                   dvalues + (key - base) * width + d, width, seen, columns, rows);
                        NAME(strip_add_transposed)(ds, STEPWISE_KEYS, query_panels + d * rows,
                                                   dkeys + (key - base) * width + d, width, seen, columns, rows);
                        NAME(strip_add)(ds, STEPWISE_KEYS, key_rows + d * count,
                                        dqueries + query * t->stride + h * width + d, t->stride, rows, columns, seen);
                    }
                }
        }
    }
}

// Rows of the decoder that share the first `shared` blocks of their paths; see stepwise_attend.
static void NAME(attend)(const stepwise_attend_row *rows, size_t count, size_t column, size_t group, size_t width,
                         float scale, size_t shared, size_t offset, size_t longest, float *scratch) {
    size_t queries = count * group, ld = longest * 32;
    float *q = scratch, *o = q + queries * width, *scores = o + queries * width;
    for (size_t r = 0; r < count; r++)
        for (size_t i = 0; i < group * width; i++) {
            q[r * group * width + i] = rows[r].query[column + i] * scale;
            o[r * group * width + i] = 0;
        }
    for (size_t b = 0; b < shared; b++)
        NAME(strip_set)(q, width, rows[0].blocks[b] + offset, scores + b * 32, ld, queries, width);
    for (size_t r = 0; r < count; r++)
        for (size_t b = shared; b < rows[r].block_count; b++)
            NAME(strip_set)(q + r * group * width, width, rows[r].blocks[b] + offset,
                            scores + r * group * ld + b * 32, ld, group, width);
    for (size_t r = 0; r < count; r++)
        for (size_t h = 0; h < group; h++) {
            float *s = scores + (r * group + h) * ld;
            size_t blocks = rows[r].block_count;
            for (size_t b = 0; b < blocks; b++)
                for (int32_t i = b + 1 == blocks ? rows[r].last : rows[r].counts[b]; i < 32; i++) s[b * 32 + i] = -3.4e38f;
            float top = NAME(max)(s, blocks * 32);
            float inverse = 1.0f / NAME(exp_sum)(s, blocks * 32, top);
            for (size_t i = 0; i < blocks * 32; i++) s[i] *= inverse;
        }
    // Places without a token have a probability of 0 and values of 0.
    for (size_t d = 0; d < width; d += 32) {
        size_t columns = width - d < 32 ? width - d : 32, place = offset + 32 * width + 32 * d;
        for (size_t b = 0; b < shared; b++)
            NAME(strip_add)(scores + b * 32, ld, rows[0].blocks[b] + place, o + d, width, queries, columns, 32);
        for (size_t r = 0; r < count; r++)
            for (size_t b = shared; b < rows[r].block_count; b++)
                NAME(strip_add)(scores + r * group * ld + b * 32, ld, rows[r].blocks[b] + place,
                                o + r * group * width + d, width, group, columns, 32);
    }
    for (size_t r = 0; r < count; r++)
        for (size_t i = 0; i < group * width; i++) rows[r].out[column + i] = o[r * group * width + i];
}
