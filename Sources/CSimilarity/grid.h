// Short matches, and all matches of a small pair, by rows of bits: compiled once for each set of instructions (NAME adds its suffix).
//
// Table 0 has a word for each row (of the action) and each 64 columns (of the expert text): the columns that hold the row's symbol. Table t has
// the columns where a match of 2^t symbols starts in that row. Words of the same 64 columns lie side by side, so that a vector has eight rows.

typedef uint64_t NAME(rows) __attribute__((vector_size(64), aligned(8)));

static inline NAME(rows) NAME(load)(const uint64_t *at) { return *(const NAME(rows) *)at; }

/// Bit c is set where window[c] is the symbol.
static inline uint64_t NAME(equal)(const uint8_t *window, uint8_t symbol) {
#if LEVEL == 2
    return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(window), _mm512_set1_epi8((char)symbol));
#elif LEVEL == 1
    __m256i wanted = _mm256_set1_epi8((char)symbol);
    uint32_t low = (uint32_t)_mm256_movemask_epi8(
        _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)window), wanted));
    uint32_t high = (uint32_t)_mm256_movemask_epi8(
        _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(window + 32)), wanted));
    return (uint64_t)high << 32 | low;
#elif defined(__SSE2__)
    __m128i wanted = _mm_set1_epi8((char)symbol);
    uint64_t mask = 0;
    for (int part = 3; part >= 0; part--) {
        __m128i found = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(window + 16 * part)), wanted);
        mask = mask << 16 | (uint32_t)_mm_movemask_epi8(found);
    }
    return mask;
#elif defined(__ARM_NEON) && defined(__aarch64__)
    const uint8x16_t weights = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t wanted = vdupq_n_u8(symbol), found[4];
    for (int part = 0; part < 4; part++)
        found[part] = vandq_u8(vceqq_u8(vld1q_u8(window + 16 * part), wanted), weights);
    uint8x16_t sums = vpaddq_u8(vpaddq_u8(found[0], found[1]), vpaddq_u8(found[2], found[3]));
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sums, sums)), 0);
#else
    uint64_t mask = 0;
    for (int column = 0; column < 64; column++) mask |= (uint64_t)(window[column] == symbol) << column;
    return mask;
#endif
}

static inline bool NAME(any)(NAME(rows) value) {
#if LEVEL == 2
    return _mm512_test_epi64_mask((__m512i)value, (__m512i)value) != 0;
#else
    return __builtin_reduce_or(value) != 0;
#endif
}

/// The lanes below `count`.
static inline NAME(rows) NAME(lanes)(int32_t count) {
    static const uint64_t lanes[16] = {~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull};
    return NAME(load)(lanes + 8 - (count < 8 ? count : 8));
}

/// A set of starts of matches: a table, or a combination of two.
struct NAME(grid) {
    const uint64_t *tables;
    /// Words from one 64 columns to the next, and from one table to the next.
    int32_t stride;
    int32_t words;
    size_t table_size;
    int32_t table_count;
    uint64_t *combined[2];
};

/// Eight rows of a table, from `row` on, with all columns moved down by `shift`.
static inline NAME(rows) NAME(moved)(const struct NAME(grid) *grid, const uint64_t *table, int32_t word, int32_t row,
                                     int32_t shift, bool narrow) {
    if (narrow) return NAME(load)(table + row) >> (uint64_t)shift;
    int32_t from = word + (shift >> 6), bits = shift & 63;
    const uint64_t *at = table + (size_t)from * (size_t)grid->stride + row;
    if (from >= grid->words) return (NAME(rows)){0};
    NAME(rows) value = NAME(load)(at) >> (uint64_t)bits;
    if (bits && from + 1 < grid->words) value |= NAME(load)(at + grid->stride) << (uint64_t)(64 - bits);
    return value;
}

/// The columns low...high of a word.
static inline uint64_t NAME(mask)(int32_t word, int32_t low, int32_t high) {
    uint64_t mask = ~0ull;
    if (word == low >> 6) mask &= ~0ull << (low & 63);
    if (word == high >> 6) mask &= ~0ull >> (63 - (high & 63));
    return mask;
}

/// Whether a match of `size` symbols that is in `starts` lies in the region.
static inline bool NAME(holds)(const struct NAME(grid) *grid, const uint64_t *starts, struct region in, int32_t size,
                               bool narrow) {
    int32_t last = in.column_end - size, end = in.row_end - size + 1;
    for (int32_t word = narrow ? 0 : in.column >> 6; word <= (narrow ? 0 : last >> 6); word++) {
        const uint64_t *column = starts + (size_t)word * (size_t)grid->stride;
        uint64_t mask = NAME(mask)(word, in.column, last);
        NAME(rows) seen = {0};
        int32_t row = in.row;
        for (; row + 8 <= end; row += 8) seen |= NAME(load)(column + row);
        if (row < end) seen |= NAME(load)(column + row) & NAME(lanes)(end - row);
        if (NAME(any)(seen & mask)) return true;
    }
    return false;
}

/// Fills `to` with the starts of matches of `size` symbols followed by one of `more`. Returns whether the region has one.
static inline bool NAME(combine)(const struct NAME(grid) *grid, const uint64_t *starts, int32_t size,
                                 const uint64_t *table, int32_t more, struct region in, uint64_t *to, bool narrow) {
    int32_t last = in.column_end - size - more, end = in.row_end - size - more + 1;
    bool found = false;
    for (int32_t word = narrow ? 0 : in.column >> 6; word <= (narrow ? 0 : last >> 6); word++) {
        size_t offset = (size_t)word * (size_t)grid->stride;
        uint64_t mask = NAME(mask)(word, in.column, last);
        NAME(rows) seen = {0};
        for (int32_t row = in.row; row < end; row += 8) {
            NAME(rows) both = NAME(load)(starts + offset + row) & NAME(moved)(grid, table, word, row + size, size, narrow);
            *(NAME(rows) *)(to + offset + row) = both;
            seen |= both & NAME(lanes)(end - row);
        }
        found |= NAME(any)(seen & mask);
    }
    return found;
}

/// The first row that has a start in the region, and its first column.
static inline void NAME(first)(const struct NAME(grid) *grid, const uint64_t *starts, struct region in, int32_t size,
                               int32_t *row, int32_t *column, bool narrow) {
    int32_t last = in.column_end - size;
    for (int32_t at = in.row;; at++)
        for (int32_t word = narrow ? 0 : in.column >> 6; word <= (narrow ? 0 : last >> 6); word++) {
            uint64_t found = starts[(size_t)word * (size_t)grid->stride + (size_t)at] & NAME(mask)(word, in.column, last);
            if (found) {
                *row = at;
                *column = word * 64 + __builtin_ctzll(found);
                return;
            }
        }
}

/// Matches of one symbol where there are no longer ones: each row takes the first column after the one taken before.
static inline int64_t NAME(singles)(const struct NAME(grid) *grid, struct region in, bool narrow) {
    int64_t matched = 0;
    if (narrow) {
        uint64_t left = NAME(mask)(0, in.column, in.column_end - 1);
        for (int32_t row = in.row; row < in.row_end; row++) {
            uint64_t found = grid->tables[row] & left;
            // The columns above the lowest one found; all that are left when there is none.
            uint64_t above = ~(found ^ (found - 1));
            matched += found != 0;
            left = found ? left & above : left;
        }
        return matched;
    }
    for (int32_t row = in.row; row < in.row_end && in.column < in.column_end; row++)
        for (int32_t word = in.column >> 6; word <= (in.column_end - 1) >> 6; word++) {
            uint64_t found = grid->tables[(size_t)word * (size_t)grid->stride + (size_t)row] &
                             NAME(mask)(word, in.column, in.column_end - 1);
            if (found) {
                matched++;
                in.column = word * 64 + __builtin_ctzll(found) + 1;
                break;
            }
        }
    return matched;
}

/// All matches of a region in which none is longer than `bound`. Goes as deep as there are matches of different sizes.
static int64_t NAME(solve)(const struct NAME(grid) *grid, struct region in, int32_t bound, bool narrow) {
    int64_t matched = 0;
    while (in.row < in.row_end && in.column < in.column_end && bound > 0) {
        int32_t limit = smaller(bound, smaller(in.row_end - in.row, in.column_end - in.column));
        int32_t level = smaller(31 - __builtin_clz((unsigned)limit), grid->table_count - 1);
        while (level > 0 && !NAME(holds)(grid, grid->tables + (size_t)level * grid->table_size, in, 1 << level, narrow))
            level--;
        if (level == 0) return matched + NAME(singles)(grid, in, narrow);
        int32_t size = 1 << level, next = 0;
        const uint64_t *starts = grid->tables + (size_t)level * grid->table_size;
        while (--level >= 0) {
            int32_t more = 1 << level;
            if (size + more > limit) continue;
            const uint64_t *table = grid->tables + (size_t)level * grid->table_size;
            if (!NAME(combine)(grid, starts, size, table, more, in, grid->combined[next], narrow)) continue;
            starts = grid->combined[next];
            next ^= 1;
            size += more;
        }
        int32_t row, column;
        NAME(first)(grid, starts, in, size, &row, &column, narrow);
        matched += size;
        matched += NAME(solve)(grid, (struct region){in.row, row, in.column, column}, size - 1, narrow);
        in.row = row + size;
        in.column = column + size;
        bound = size;
    }
    return matched;
}

/// All matches of a region without junk in which none is longer than `bound`; -1 where there is no room for the tables.
static int64_t NAME(matched_in_grid)(struct job *job, struct region in, int32_t bound) {
    int32_t rows = in.row_end - in.row, columns = in.column_end - in.column;
    if (rows <= 0 || columns <= 0) return 0;
    struct NAME(grid) grid;
    grid.words = (columns + 63) / 64;
    grid.stride = (rows + 7) / 8 * 8 + 8;
    grid.table_size = (size_t)grid.stride * (size_t)grid.words;
    int32_t limit = smaller(bound, smaller(rows, columns));
    int32_t most = 32 - __builtin_clz((unsigned)limit);
    size_t wanted = grid.table_size * (size_t)(most + 2) + 8;
    if (wanted > job->bit_words) {
        job->wanted_bit_words = wanted;
        return -1;
    }
    uint64_t *tables = job->bits;
    grid.tables = tables;
    grid.combined[0] = tables + (size_t)most * grid.table_size;
    grid.combined[1] = grid.combined[0] + grid.table_size;
    bool narrow = grid.words == 1;
    for (int32_t word = 0; word < grid.words; word++) {
        const uint8_t *window = job->symbols + in.column + word * 64;
        uint64_t mask = word * 64 + 64 <= columns ? ~0ull : ~0ull >> (64 - (columns & 63));
        uint64_t *out = tables + (size_t)word * (size_t)grid.stride;
        const uint8_t *action = job->action + in.row;
        for (int32_t row = 0; row < rows; row++) out[row] = NAME(equal)(window, action[row]) & mask;
    }
    grid.table_count = 1;
    // A table that is empty ends the series. Rows whose matches would go beyond the region have garbage, which nobody reads.
    for (int32_t size = 1; 2 * size <= limit; size *= 2) {
        const uint64_t *from = tables + (size_t)(grid.table_count - 1) * grid.table_size;
        uint64_t *to = tables + (size_t)grid.table_count * grid.table_size;
        struct region all = {0, rows, 0, columns};
        bool found = narrow ? NAME(combine)(&grid, from, size, from, size, all, to, true)
                            : NAME(combine)(&grid, from, size, from, size, all, to, false);
        if (!found) break;
        grid.table_count++;
    }
    struct region all = {0, rows, 0, columns};
    return narrow ? NAME(solve)(&grid, all, bound, true) : NAME(solve)(&grid, all, bound, false);
}

static int64_t NAME(matched)(struct job *job) {
    struct region all = {0, job->rows, 0, job->columns};
    if (job->columns <= 64 || cells(all) <= SMALL) return NAME(matched_in_grid)(job, all, INT32_MAX);
    if (!take_sampled_runs(job, LONG_RUNS)) return -1;
    int32_t bound = shortest_run(LONG_RUNS) - 1;
    int64_t largest = 0;
    for (int32_t gap = 0; gap <= job->block_count; gap++) {
        int64_t size = cells(gap_region(job, gap));
        largest = size > largest ? size : largest;
    }
    if (largest > LARGE) {
        if (!take_sampled_runs(job, SHORT_RUNS)) return -1;
        bound = shortest_run(SHORT_RUNS) - 1;
    }
    int64_t matched = 0;
    for (int32_t gap = 0; gap <= job->block_count; gap++) {
        int64_t within = NAME(matched_in_grid)(job, gap_region(job, gap), bound);
        if (within < 0) return -1;
        matched += within + job->blocks[gap].row_end - job->blocks[gap].row;
    }
    return matched;
}
