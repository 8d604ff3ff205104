// Matrix products, compiled once for each instruction set: NAME(f) adds its suffix, ROWS is the height of a register tile.
//
// A tile is `rows` rows of a by one or more panels of 32 columns; each element of it is one chain of multiply-adds over k in
// order, whatever the number of rows or panels that are taken together.

typedef float NAME(lanes) __attribute__((vector_size(64), aligned(4)));
typedef uint32_t NAME(words) __attribute__((vector_size(64), aligned(4)));

// Two rows of 16 columns of a panel at depth p. A BFloat16 panel has columns j and j + 16 in one word, low half first.
static inline void NAME(load)(const float *panel, size_t p, int half, NAME(lanes) * first, NAME(lanes) * second)
    __attribute__((always_inline));
static inline void NAME(load)(const float *panel, size_t p, int half, NAME(lanes) * first, NAME(lanes) * second) {
    if (half) {
        NAME(words) both = *(const NAME(words) *)(panel + p * 16);
        __builtin_prefetch(panel + p * 16 + STEPWISE_AHEAD);
        *first = (NAME(lanes))(both << 16);
        *second = (NAME(lanes))(both & 0xFFFF0000u);
    } else {
        *first = *(const NAME(lanes) *)(panel + p * 32);
        *second = *(const NAME(lanes) *)(panel + p * 32 + 16);
        __builtin_prefetch(panel + p * 32 + STEPWISE_AHEAD);
        __builtin_prefetch(panel + p * 32 + 16 + STEPWISE_AHEAD);
    }
}

// c [rows, 32 * panels] = (c +) a * panels (+ bias), a's element (i, p) at a[i * row_step + p * depth_step]; panels lie
// `panel_step` floats apart. Only the first `columns` are written.
static inline void NAME(tile)(const float *a, size_t row_step, size_t depth_step, const float *panel, size_t panel_step,
                              int half, const float *bias, float *c, size_t ldc, size_t rows, size_t panels,
                              size_t columns, size_t k, int accumulate) __attribute__((always_inline));
static inline void NAME(tile)(const float *a, size_t row_step, size_t depth_step, const float *panel, size_t panel_step,
                              int half, const float *bias, float *c, size_t ldc, size_t rows, size_t panels,
                              size_t columns, size_t k, int accumulate) {
    NAME(lanes) low[ROWS < 4 ? 4 : ROWS], high[ROWS < 4 ? 4 : ROWS];
    int whole = columns == 32 * panels;
    for (size_t t = 0; t < rows * panels; t++) low[t] = high[t] = (NAME(lanes)){0};
    if (accumulate && whole)
        for (size_t i = 0; i < rows; i++)
            for (size_t q = 0; q < panels; q++) {
                low[i * panels + q] = *(const NAME(lanes) *)(c + i * ldc + q * 32);
                high[i * panels + q] = *(const NAME(lanes) *)(c + i * ldc + q * 32 + 16);
            }
    else if (accumulate)
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < columns; j++) {
                size_t t = i * panels + j / 32;
                if (j % 32 < 16) low[t][j % 16] = c[i * ldc + j];
                else high[t][j % 16] = c[i * ldc + j];
            }
    for (size_t p = 0; p < k; p++) {
        NAME(lanes) first[4], second[4];
        for (size_t q = 0; q < panels; q++) NAME(load)(panel + q * panel_step, p, half, &first[q], &second[q]);
        for (size_t i = 0; i < rows; i++) {
            float x = a[i * row_step + p * depth_step];
            for (size_t q = 0; q < panels; q++) {
                low[i * panels + q] += first[q] * x;
                high[i * panels + q] += second[q] * x;
            }
        }
    }
    if (whole)
        for (size_t i = 0; i < rows; i++)
            for (size_t q = 0; q < panels; q++) {
                NAME(lanes) x = low[i * panels + q], y = high[i * panels + q];
                if (bias) {
                    x += *(const NAME(lanes) *)(bias + q * 32);
                    y += *(const NAME(lanes) *)(bias + q * 32 + 16);
                }
                *(NAME(lanes) *)(c + i * ldc + q * 32) = x;
                *(NAME(lanes) *)(c + i * ldc + q * 32 + 16) = y;
            }
    else
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < columns; j++) {
                size_t t = i * panels + j / 32;
                float value = j % 32 < 16 ? low[t][j % 16] : high[t][j % 16];
                c[i * ldc + j] = bias ? value + bias[j] : value;
            }
}

// m rows by a panel, in tiles.
static inline void NAME(strip)(const float *a, size_t row_step, size_t depth_step, const float *panel, int half,
                               const float *bias, float *c, size_t ldc, size_t m, size_t columns, size_t k,
                               int accumulate) __attribute__((always_inline));
static inline void NAME(strip)(const float *a, size_t row_step, size_t depth_step, const float *panel, int half,
                               const float *bias, float *c, size_t ldc, size_t m, size_t columns, size_t k,
                               int accumulate) {
    size_t i = 0;
    for (; i + ROWS <= m; i += ROWS)
        NAME(tile)(a + i * row_step, row_step, depth_step, panel, 0, half, bias, c + i * ldc, ldc, ROWS, 1, columns, k,
                   accumulate);
#if ROWS > 8
    for (; i + 8 <= m; i += 8)
        NAME(tile)(a + i * row_step, row_step, depth_step, panel, 0, half, bias, c + i * ldc, ldc, 8, 1, columns, k,
                   accumulate);
    for (; i + 4 <= m; i += 4)
        NAME(tile)(a + i * row_step, row_step, depth_step, panel, 0, half, bias, c + i * ldc, ldc, 4, 1, columns, k,
                   accumulate);
    // The three query heads of SmolLM2's key-value heads, among others.
    if (m - i == 3) {
        NAME(tile)(a + i * row_step, row_step, depth_step, panel, 0, half, bias, c + i * ldc, ldc, 3, 1, columns, k,
                   accumulate);
        return;
    }
#endif
    for (; i + 2 <= m; i += 2)
        NAME(tile)(a + i * row_step, row_step, depth_step, panel, 0, half, bias, c + i * ldc, ldc, 2, 1, columns, k,
                   accumulate);
    for (; i < m; i++)
        NAME(tile)(a + i * row_step, row_step, depth_step, panel, 0, half, bias, c + i * ldc, ldc, 1, 1, columns, k,
                   accumulate);
}

static inline void NAME(packed_product)(const float *a, size_t lda, const float *packed, int half, const float *bias,
                                        float *c, size_t ldc, size_t m, size_t n, size_t k, int accumulate)
    __attribute__((always_inline));
static inline void NAME(packed_product)(const float *a, size_t lda, const float *packed, int half, const float *bias,
                                        float *c, size_t ldc, size_t m, size_t n, size_t k, int accumulate) {
    size_t step = half ? k * 16 : k * 32;
    size_t j = 0;
#if ROWS > 8
    // Few rows leave a panel's chains of multiply-adds too few to fill the units: several panels at a time.
    if (m == 1) {
        for (; j + 128 <= n; j += 128)
            NAME(tile)(a, lda, 1, packed + j / 32 * step, step, half, bias ? bias + j : 0, c + j, ldc, 1, 4, 128, k,
                       accumulate);
        for (; j + 64 <= n; j += 64)
            NAME(tile)(a, lda, 1, packed + j / 32 * step, step, half, bias ? bias + j : 0, c + j, ldc, 1, 2, 64, k,
                       accumulate);
    } else if (m == 2) {
        for (; j + 64 <= n; j += 64)
            NAME(tile)(a, lda, 1, packed + j / 32 * step, step, half, bias ? bias + j : 0, c + j, ldc, 2, 2, 64, k,
                       accumulate);
    } else if (m == 3) {
        for (; j + 64 <= n; j += 64)
            NAME(tile)(a, lda, 1, packed + j / 32 * step, step, half, bias ? bias + j : 0, c + j, ldc, 3, 2, 64, k,
                       accumulate);
    }
#endif
    // Rows in blocks that stay in the second-level cache while the panels pass.
    for (size_t row = 0; row < m; row += 192) {
        size_t rows = m - row < 192 ? m - row : 192;
        for (size_t column = j; column < n; column += 32) {
            size_t columns = n - column < 32 ? n - column : 32;
            NAME(strip)(a + row * lda, lda, 1, packed + column / 32 * step, half, bias ? bias + column : 0,
                        c + row * ldc + column, ldc, rows, columns, k, accumulate);
        }
    }
}

static void NAME(matmul)(const float *a, size_t lda, const float *packed, const float *bias, float *c, size_t ldc,
                         size_t m, size_t n, size_t k, int accumulate) {
    if (accumulate) NAME(packed_product)(a, lda, packed, 0, bias, c, ldc, m, n, k, 1);
    else NAME(packed_product)(a, lda, packed, 0, bias, c, ldc, m, n, k, 0);
}

static void NAME(matmul_bf16)(const float *a, size_t lda, const float *packed, const float *bias, float *c, size_t ldc,
                              size_t m, size_t n, size_t k, int accumulate) {
    if (accumulate) NAME(packed_product)(a, lda, packed, 1, bias, c, ldc, m, n, k, 1);
    else NAME(packed_product)(a, lda, packed, 1, bias, c, ldc, m, n, k, 0);
}

// Sixteen rows of sixteen columns, transposed in registers.
static inline void NAME(transpose16)(NAME(lanes) * r) __attribute__((always_inline));
static inline void NAME(transpose16)(NAME(lanes) * r) {
    NAME(lanes) t[16];
#define STAGE(from, to, distance, LOW, HIGH)                                                                           \
    for (int i = 0; i < 16; i++)                                                                                       \
        if (!(i & distance)) {                                                                                         \
            to[i] = __builtin_shufflevector(from[i], from[i + distance], LOW);                                         \
            to[i + distance] = __builtin_shufflevector(from[i], from[i + distance], HIGH);                             \
        }
#define LIST(...) __VA_ARGS__
    STAGE(r, t, 1, LIST(0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30),
          LIST(1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31))
    STAGE(t, r, 2, LIST(0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29),
          LIST(2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31))
    STAGE(r, t, 4, LIST(0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),
          LIST(4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31))
    STAGE(t, r, 8, LIST(0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
          LIST(8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
#undef STAGE
#undef LIST
}

// to[p * height + i] = scale * from[i * ld + p] for i < count, zero for count <= i < height. `to` has room for 4 floats more.
static void NAME(pack_rows)(const float *from, size_t ld, size_t count, size_t height, size_t k, float scale,
                            float *to) {
    size_t p = 0;
    if (count == height && (height == 12 || height == 32))
        for (; p + 16 <= k; p += 16)
            for (size_t i = 0; i < height; i += 16) {
                NAME(lanes) r[16];
                size_t rows = height - i < 16 ? height - i : 16;
                for (size_t q = 0; q < 16; q++)
                    r[q] = q < rows ? *(const NAME(lanes) *)(from + (i + q) * ld + p) * scale : (NAME(lanes)){0};
                NAME(transpose16)(r);
                // With a height of 12 each store overwrites the four zeros of the one before.
                for (size_t q = 0; q < 16; q++) *(NAME(lanes) *)(to + (p + q) * height + i) = r[q];
            }
    for (; p < k; p++)
        for (size_t i = 0; i < height; i++) to[p * height + i] = i < count ? from[i * ld + p] * scale : 0;
}

// to[p * height + i] = from[p * ld + i] for i < count, zero for count <= i < height.
static void NAME(pack_columns)(const float *from, size_t ld, size_t count, size_t height, size_t k, float *to) {
    if (count == 32 && height == 32) {
        for (size_t p = 0; p < k; p++) {
            *(NAME(lanes) *)(to + p * 32) = *(const NAME(lanes) *)(from + p * ld);
            *(NAME(lanes) *)(to + p * 32 + 16) = *(const NAME(lanes) *)(from + p * ld + 16);
        }
        return;
    }
    if (count == ROWS && height == ROWS) {
        for (size_t p = 0; p < k; p++) __builtin_memcpy(to + p * ROWS, from + p * ld, ROWS * sizeof(float));
        return;
    }
    for (size_t p = 0; p < k; p++)
        for (size_t i = 0; i < height; i++) to[p * height + i] = i < count ? from[p * ld + i] : 0;
}

// Packed a [k][ROWS] by a packed panel; the first `rows` rows are written.
static void NAME(block)(const float *a, const float *panel, float *c, size_t ldc, size_t rows, size_t columns, size_t k,
                        int accumulate) {
    if (rows == ROWS && columns == 32) {
        if (accumulate) NAME(tile)(a, 1, ROWS, panel, 0, 0, 0, c, ldc, ROWS, 1, 32, k, 1);
        else NAME(tile)(a, 1, ROWS, panel, 0, 0, 0, c, ldc, ROWS, 1, 32, k, 0);
        return;
    }
    float part[ROWS * 32];
    NAME(tile)(a, 1, ROWS, panel, 0, 0, 0, part, 32, ROWS, 1, 32, k, 0);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            c[i * ldc + j] = part[i * 32 + j] + (accumulate ? c[i * ldc + j] : 0);
}

// c [m, n] (+)= a * b, on packed copies of blocks of both (Goto and van de Geijn 2008).
static void NAME(gemm)(const float *a, size_t lda, int a_transposed, const float *b, size_t ldb, int b_transposed,
                       float *c, size_t ldc, size_t m, size_t n, size_t k, int accumulate, float *workspace) {
    float *packed_a = workspace, *packed_b = workspace + STEPWISE_GEMM_ROWS * STEPWISE_GEMM_DEPTH + 64;
    size_t depths = (k + STEPWISE_GEMM_DEPTH - 1) / STEPWISE_GEMM_DEPTH;
    size_t wide = (n + STEPWISE_GEMM_COLUMNS - 1) / STEPWISE_GEMM_COLUMNS;
    for (size_t jb = 0; jb < wide; jb++) {
        size_t first = n * jb / wide / 32 * 32, last = jb + 1 == wide ? n : n * (jb + 1) / wide / 32 * 32;
        for (size_t pb = 0; pb < depths; pb++) {
            size_t p = k * pb / depths, depth = k * (pb + 1) / depths - p;
            int add = accumulate || pb > 0;
            for (size_t j = first; j < last; j += 32) {
                size_t columns = last - j < 32 ? last - j : 32;
                float *panel = packed_b + (j - first) * depth;
                if (b_transposed) NAME(pack_rows)(b + j * ldb + p, ldb, columns, 32, depth, 1, panel);
                else NAME(pack_columns)(b + p * ldb + j, ldb, columns, 32, depth, panel);
            }
            for (size_t i = 0; i < m; i += STEPWISE_GEMM_ROWS / ROWS * ROWS) {
                size_t rows = m - i < STEPWISE_GEMM_ROWS / ROWS * ROWS ? m - i : STEPWISE_GEMM_ROWS / ROWS * ROWS;
                for (size_t r = 0; r < rows; r += ROWS) {
                    size_t count = rows - r < ROWS ? rows - r : ROWS;
                    if (a_transposed)
                        NAME(pack_columns)(a + p * lda + i + r, lda, count, ROWS, depth, packed_a + r * depth);
                    else NAME(pack_rows)(a + (i + r) * lda + p, lda, count, ROWS, depth, 1, packed_a + r * depth);
                }
                for (size_t j = first; j < last; j += 32) {
                    size_t columns = last - j < 32 ? last - j : 32;
                    for (size_t r = 0; r < rows; r += ROWS)
                        NAME(block)(packed_a + r * depth, packed_b + (j - first) * depth, c + (i + r) * ldc + j, ldc,
                                    rows - r < ROWS ? rows - r : ROWS, columns, depth, add);
                }
            }
        }
    }
}
