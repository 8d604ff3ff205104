// The comparison with autojunk: popular elements start no match, which leaves so few that every pair of equal ones can be looked at.
//
// First all runs of two or more, the longest first; then those of one, which need no order but their own.
#include "similarity.h"

/// Notes all runs of two or more elements that are not popular.
static bool find_pairs(struct job *job) {
    const struct expert *expert = job->expert;
    const uint16_t *positions = expert_positions(job->expert);
    const uint8_t *action = job->action, *symbols = job->symbols, *starts = expert->starts_match;
    int64_t budget = 64 * (int64_t)(job->rows + job->columns);
    for (int32_t index = 0; index < job->starting_count; index++) {
        int32_t row = job->starting_rows[index];
        if (index + 1 == job->starting_count || job->starting_rows[index + 1] != row + 1) continue;
        bool follows = index > 0 && job->starting_rows[index - 1] == row - 1;
        uint8_t symbol = action[row], second = action[row + 1];
        int32_t last = expert->first[symbol + 1];
        budget -= last - expert->first[symbol];
        if (budget < 0) return false;
        for (int32_t at = expert->first[symbol]; at < last; at++) {
            int32_t column = positions[at];
            if (symbols[column + 1] != second || column + 1 == job->columns) continue;
            if (follows && column > 0 && symbols[column - 1] == action[row - 1]) continue;
            int32_t size = 2;
            int32_t limit = smaller(job->rows - row, job->columns - column);
            while (size < limit && action[row + size] == symbols[column + size] && starts[action[row + size]]) size++;
            if (!note_run(job, row, column, size)) return false;
        }
    }
    return true;
}

/// Matches of one element, first to first, in every open region; and where there is none, what is equal from the corner on.
static int64_t take_singles(struct job *job) {
    const struct expert *expert = job->expert;
    const uint16_t *positions = expert_positions(job->expert);
    const uint8_t *action = job->action, *symbols = job->symbols;
    uint16_t cursors[256];
    memcpy(cursors, expert->first, sizeof cursors);
    int32_t index = 0;
    int64_t matched = 0;
    for (int32_t gap = 0; gap <= job->block_count; gap++) {
        struct region open = gap_region(job, gap);
        if (open.row < open.row_end && open.column < open.column_end) {
            while (job->starting_rows[index] < open.row) index++;
            for (int32_t row; (row = job->starting_rows[index]) < open.row_end; index++) {
                // Passed over by the match before.
                if (row < open.row) continue;
                uint8_t symbol = action[row];
                uint16_t cursor = cursors[symbol];
                while (cursor < expert->first[symbol + 1] && positions[cursor] < open.column) cursor++;
                cursors[symbol] = cursor;
                if (cursor == expert->first[symbol + 1] || positions[cursor] >= open.column_end) continue;
                struct block one = {row, row + 1, positions[cursor], positions[cursor] + 1};
                while (one.row > open.row && one.column > open.column && action[one.row - 1] == symbols[one.column - 1])
                    one.row--, one.column--;
                int32_t more = equal_ahead(action + one.row_end, symbols + one.column_end,
                                           smaller(open.row_end - one.row_end, open.column_end - one.column_end));
                matched += one.row_end - one.row + more;
                matched += equal_ahead(action + open.row, symbols + open.column,
                                       smaller(one.row - open.row, one.column - open.column));
                open.row = one.row_end + more;
                open.column = one.column_end + more;
            }
            matched += equal_ahead(action + open.row, symbols + open.column,
                                   smaller(open.row_end - open.row, open.column_end - open.column));
        }
    }
    return matched;
}

int64_t matched_with_junk(struct job *job) {
    const uint8_t *starts = job->expert->starts_match;
    int32_t count = 0;
    for (int32_t row = 0; row < job->rows; row++) {
        job->starting_rows[count] = (uint16_t)row;
        count += starts[job->action[row]];
    }
    job->starting_count = count;
    // Beyond all rows.
    job->starting_rows[count] = job->starting_rows[count + 1] = 0xFFFF;
    if (!find_pairs(job) || !take_runs(job, 2)) return -1;
    int64_t matched = 0;
    for (int32_t index = 1; index <= job->block_count; index++)
        matched += job->blocks[index].row_end - job->blocks[index].row;
    return matched + take_singles(job);
}
