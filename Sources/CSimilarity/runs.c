// Long matches by their runs: the sparse part of the comparison.
//
// difflib takes the longest match of a region (of several the first in the action, then the first in the expert text) and goes on left
// and right of it. The regions that are open at any time follow each other in rows and in columns, and a match of a region is a run of
// equal elements on a diagonal, cut at the region's borders. So all runs together can be looked at from the longest to the
// shortest, whatever region they lie in: one that the blocks taken since have cut goes back with what is left of it.
#include "similarity.h"

static void sift_down(uint64_t *heap, int32_t count, int32_t at) {
    uint64_t moving = heap[at];
    for (;;) {
        int32_t child = 2 * at + 1;
        if (child >= count) break;
        child += child + 1 < count && heap[child + 1] > heap[child];
        if (heap[child] <= moving) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moving;
}

static void heap_push(struct job *job, uint64_t key) {
    int32_t at = job->heap_count++;
    while (at > 0) {
        int32_t parent = (at - 1) / 2;
        if (job->heap[parent] >= key) break;
        job->heap[at] = job->heap[parent];
        at = parent;
    }
    job->heap[at] = key;
}

/// The first gap whose following block ends after `row`.
static int32_t gap_of_row(const struct job *job, int32_t row) {
    // blocks[0] is the one of no size before all; the answer's following block is blocks[gap + 1].
    int32_t low = 0, count = job->block_count + 1;
    while (count > 1) {
        int32_t half = count / 2;
        low = job->blocks[low + half].row_end <= row ? low + half : low;
        count -= half;
    }
    return low;
}

/// Takes a run that lies within a gap; with junk, its neighbours that are equal too.
static bool take(struct job *job, int32_t gap, int32_t row, int32_t column, int32_t size) {
    if (job->block_count >= job->block_capacity) return false;
    struct block taken = {row, row + size, column, column + size};
    if (job->expert->junk) {
        struct region within = gap_region(job, gap);
        while (taken.row > within.row && taken.column > within.column &&
               job->action[taken.row - 1] == job->symbols[taken.column - 1])
            taken.row--, taken.column--;
        int32_t more = equal_ahead(job->action + taken.row_end, job->symbols + taken.column_end,
                                   smaller(within.row_end - taken.row_end, within.column_end - taken.column_end));
        taken.row_end += more;
        taken.column_end += more;
    }
    struct block *place = job->blocks + gap + 1;
    memmove(place + 1, place, sizeof *place * (size_t)(job->block_count + 1 - gap));
    *place = taken;
    job->block_count++;
    return true;
}

/// Cuts a run at the borders of the open regions. Takes it if it is whole and `taking`; else files what is left of it.
///
/// That is one piece at most: a block was as long as what was then left of any run, so no run reaches past both of its ends. The room for
/// runs is checked all the same.
static bool settle(struct job *job, uint64_t key, int32_t tier, int32_t shortest, bool taking) {
    if (--job->patience < 0) return false;
    int32_t size = (int32_t)(key >> 32), row = 0xFFFF - (int32_t)(key >> 16 & 0xFFFF);
    int32_t diagonal = 0xFFFF - (int32_t)(key & 0xFFFF) - row;
    int32_t end = row + size;
    for (int32_t gap = gap_of_row(job, row); gap <= job->block_count; gap++) {
        struct region open = gap_region(job, gap);
        if (open.row >= end) break;
        int32_t from = larger(row, larger(open.row, open.column - diagonal));
        int32_t to = smaller(end, smaller(open.row_end, open.column_end - diagonal));
        if (to - from < shortest) continue;
        if (taking && to - from == size) return take(job, gap, row, row + diagonal, size);
        if (to - from >= tier) {
            if (job->heap_count >= job->run_capacity) return false;
            uint64_t rest = (uint64_t)(to - from) << 32 | (uint64_t)(0xFFFF - from) << 16 |
                            (uint64_t)(0xFFFF - from - diagonal);
            if (taking)
                heap_push(job, rest);
            else
                job->heap[job->heap_count++] = rest;
        } else if (!note_run(job, from, from + diagonal, to - from)) {
            return false;
        }
    }
    return true;
}

bool take_runs(struct job *job, int32_t shortest) {
    // The longest first by themselves: what they take cuts most of the others off, which then never come into order.
    int32_t tier = 64;
    while (job->found_count > 0) {
        if (tier < shortest) tier = shortest;
        job->heap_count = 0;
        uint64_t *runs = job->found;
        int32_t count = job->found_count;
        job->found = job->spare;
        job->spare = runs;
        job->found_count = 0;
        for (int32_t index = 0; index < count; index++) {
            uint64_t key = runs[index];
            if ((int32_t)(key >> 32) >= tier) {
                if (!settle(job, key, tier, shortest, false)) return false;
            } else {
                if (job->found_count >= job->run_capacity) return false;
                job->found[job->found_count++] = key;
            }
        }
        for (int32_t at = job->heap_count / 2 - 1; at >= 0; at--) sift_down(job->heap, job->heap_count, at);
        while (job->heap_count > 0) {
            uint64_t key = job->heap[0];
            job->heap[0] = job->heap[--job->heap_count];
            if (job->heap_count > 1) sift_down(job->heap, job->heap_count, 0);
            if (!settle(job, key, tier, shortest, true)) return false;
        }
        tier /= 2;
    }
    return true;
}

/// How many symbols before here are equal, up to `stride`.
static inline int32_t equal_behind(const uint8_t *x, const uint8_t *y, int32_t stride) {
    for (int32_t count = 0; count < stride; count += 8) {
        uint64_t differing = load64(x - count - 8) ^ load64(y - count - 8);
        if (differing) return smaller(count + (__builtin_clzll(differing) >> 3), stride);
    }
    return stride;
}

static inline __attribute__((always_inline)) bool find_runs(struct job *job, struct sampling sampling) {
    struct expert *expert = job->expert;
    const uint16_t *heads = expert_heads(expert), *following = expert_positions(expert);
    const uint8_t *action = job->action, *symbols = job->symbols;
    const int32_t gram = (int32_t)sampling.gram, stride = (int32_t)sampling.stride;
    int64_t budget = 32 * (int64_t)(job->rows + job->columns);
    for (int32_t row = 0; row + gram <= job->rows; row += stride) {
        uint64_t here = load64(action + row);
        int32_t next = heads[gram_hash(action + row, sampling.gram, expert->index_bits)];
        while (next) {
            int32_t column = next - 1;
            next = following[column];
            if (--budget < 0) return false;
            uint64_t differing = here ^ load64(symbols + column);
            if (differing << (64 - 8 * gram)) continue;
            int32_t back = smaller(equal_behind(action + row, symbols + column, stride), smaller(row, column));
            // A run that goes back to the place looked up before was found there.
            if (back == stride) continue;
            int32_t size = back + gram +
                           equal_ahead(action + row + gram, symbols + column + gram,
                                       smaller(job->rows - row, job->columns - column) - gram);
            if (size >= shortest_run(sampling) && !note_run(job, row - back, column - back, size)) return false;
        }
    }
    return true;
}

bool take_sampled_runs(struct job *job, struct sampling sampling) {
    if (job->expert->gram != sampling.gram) index_grams(job->expert, sampling.gram);
    bool found = sampling.gram == LONG_RUNS.gram ? find_runs(job, LONG_RUNS) : find_runs(job, SHORT_RUNS);
    return found && take_runs(job, shortest_run(sampling));
}
