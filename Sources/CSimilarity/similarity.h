// What the files of this target share.
#pragma once
#include "CSimilarity.h"

#include <stdbool.h>
#include <string.h>

/// Bytes before and after a text that may be read, whatever they hold.
#define PAD 64
/// An action's code point that the expert text does not have; the expert text never has it.
#define ABSENT 255
/// Symbols from here on stand for code points beyond ASCII.
#define FIRST_WIDE 128

/// The sparse search looks up `gram` symbols at every `stride`th place of the action: it finds all runs of gram + stride - 1 symbols or
/// more. First only long ones; where these leave large regions open, shorter ones too.
struct sampling {
    unsigned gram, stride;
};
#define LONG_RUNS ((struct sampling){8, 16})
#define SHORT_RUNS ((struct sampling){4, 2})

static inline int32_t shortest_run(struct sampling sampling) { return (int32_t)(sampling.gram + sampling.stride - 1); }

/// An expert text as the caller's memory holds it. Offsets are in bytes from the start.
struct expert {
    uint32_t count;
    /// Popular elements are left out (autojunk, and the text is long enough for it).
    uint32_t junk;
    uint32_t wide_count;
    /// How long the grams in the index are; 0 before it is first needed.
    uint32_t gram;
    uint32_t index_bits;
    uint32_t bytes;
    /// Open addressing: code point + 1 and, in `wide_symbols`, its symbol.
    uint32_t wide[256];
    uint8_t wide_symbols[256];
    /// With `junk`: which symbols occur and are not popular, and where: positions[first[s]..<first[s + 1]], ascending.
    uint8_t starts_match[256];
    uint16_t first[257];
};

static inline size_t round_up(size_t value, size_t multiple) { return (value + multiple - 1) / multiple * multiple; }

static inline unsigned index_bits(size_t bytes) {
    unsigned bits = 6;
    while (((size_t)1 << bits) < bytes && bits < 15) bits++;
    return bits;
}

static inline uint8_t *expert_symbols(struct expert *expert) {
    return (uint8_t *)expert + round_up(sizeof(struct expert), 64) + PAD;
}

/// With `junk` positions by symbol, else the next place with the same hash of a gram (+ 1).
static inline uint16_t *expert_positions(struct expert *expert) {
    return (uint16_t *)(expert_symbols(expert) + round_up(expert->bytes, 64) + PAD);
}

/// The first place of each hash (+ 1).
static inline uint16_t *expert_heads(struct expert *expert) {
    return expert_positions(expert) + round_up(expert->bytes, 32);
}

static inline uint64_t load64(const uint8_t *at) {
    uint64_t value;
    memcpy(&value, at, 8);
    return value;
}

static inline uint32_t gram_hash(const uint8_t *at, unsigned gram, unsigned bits) {
    return (uint32_t)((load64(at) << (64 - 8 * gram)) * 0x9E3779B97F4A7C15u >> (64 - bits));
}

static inline int32_t smaller(int32_t x, int32_t y) { return x < y ? x : y; }
static inline int32_t larger(int32_t x, int32_t y) { return x > y ? x : y; }

/// How many symbols are equal from here on, up to `limit`.
static inline int32_t equal_ahead(const uint8_t *x, const uint8_t *y, int32_t limit) {
    int32_t count = 0;
    while (count < limit) {
        uint64_t differing = load64(x + count) ^ load64(y + count);
        if (differing) return smaller(count + (__builtin_ctzll(differing) >> 3), limit);
        count += 8;
    }
    return limit;
}

/// A part of the comparison: rows of the action, columns of the expert text.
struct region {
    int32_t row, row_end, column, column_end;
};

/// action[row..<row_end] equals expert[column..<column_end].
struct block {
    int32_t row, row_end, column, column_end;
};

/// One comparison.
struct job {
    struct expert *expert;
    const uint8_t *action;
    const uint8_t *symbols;
    int32_t rows, columns;
    /// Blocks taken so far, ascending in rows and columns; one of no size before and after them.
    struct block *blocks;
    int32_t block_count, block_capacity;
    /// Runs found and not yet looked at, those in order of their size, and room as for `found`.
    uint64_t *found, *heap, *spare;
    /// How many more runs are looked at before the pair is given up.
    int64_t patience;
    int32_t found_count, heap_count, run_capacity;
    /// With junk: rows whose symbol starts matches; then a row beyond all.
    uint16_t *starting_rows;
    int32_t starting_count;
    /// Rows of bits.
    uint64_t *bits;
    size_t bit_words;
    /// How many there would have to be, where there were too few.
    size_t wanted_bit_words;
};

/// Decodes a text into symbols; -1 where it has too many different ones. With `define`, new code points become symbols.
int64_t decode_symbols(struct expert *expert, const uint8_t *text, size_t bytes, uint8_t *symbols, bool define);

/// Fills the index of grams of a length.
void index_grams(struct expert *expert, unsigned gram);

/// The region between block `gap - 1` and block `gap`.
static inline struct region gap_region(const struct job *job, int32_t gap) {
    const struct block *before = job->blocks + gap, *after = before + 1;
    return (struct region){before->row_end, after->row, before->column_end, after->column};
}

/// Takes all runs of at least `shortest` symbols in difflib's order. False where they are too many.
bool take_runs(struct job *job, int32_t shortest);
/// Notes a run. False where they are too many.
static inline bool note_run(struct job *job, int32_t row, int32_t column, int32_t size) {
    if (job->found_count >= job->run_capacity) return false;
    job->found[job->found_count++] =
        (uint64_t)size << 32 | (uint64_t)(0xFFFF - row) << 16 | (uint64_t)(0xFFFF - column);
    return true;
}

/// Takes all runs that a sampling finds. False where there are too many.
bool take_sampled_runs(struct job *job, struct sampling sampling);
/// The whole comparison with junk; -1 where there is too much to look at.
int64_t matched_with_junk(struct job *job);
