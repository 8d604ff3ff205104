// From UTF-8 to symbols of one byte: ASCII is its own symbol, other code points are numbered as the expert text brings them.
#include "similarity.h"

static uint32_t wide_slot(const struct expert *expert, uint32_t scalar) {
    uint32_t slot = (scalar * 0x9E3779B1u) >> 24;
    while (expert->wide[slot] && expert->wide[slot] != scalar + 1) slot = (slot + 1) & 255;
    return slot;
}

/// The symbol of a code point beyond ASCII; -1 where there is no number left for it.
static int wide_symbol(struct expert *expert, uint32_t scalar, bool define) {
    if (!expert->wide_count && !define) return ABSENT;
    if (!expert->wide_count) memset(expert->wide, 0, sizeof expert->wide);
    uint32_t slot = wide_slot(expert, scalar);
    if (expert->wide[slot]) return expert->wide_symbols[slot];
    if (!define) return ABSENT;
    if (FIRST_WIDE + expert->wide_count == ABSENT) return -1;
    expert->wide[slot] = scalar + 1;
    expert->wide_symbols[slot] = (uint8_t)(FIRST_WIDE + expert->wide_count++);
    return expert->wide_symbols[slot];
}

int64_t decode_symbols(struct expert *expert, const uint8_t *text, size_t bytes, uint8_t *symbols, bool define) {
    const uint8_t *end = text + bytes;
    uint8_t *out = symbols;
    while (text < end) {
        while (end - text >= 16) {
            uint64_t first = load64(text), second = load64(text + 8);
            if ((first | second) & 0x8080808080808080u) break;
            memcpy(out, &first, 8);
            memcpy(out + 8, &second, 8);
            text += 16;
            out += 16;
        }
        // Up to 16 bytes one by one, then the fast way again.
        const uint8_t *pause = end - text > 16 ? text + 16 : end;
        while (text < pause) {
            uint32_t lead = *text++;
            if (lead < 0x80) {
                *out++ = (uint8_t)lead;
                continue;
            }
            int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
            uint32_t scalar = lead & (0x3Fu >> more);
            // Never beyond the text, even if it is not the UTF-8 that it should be.
            for (; more > 0 && text < end; more--) scalar = scalar << 6 | (*text++ & 0x3F);
            int symbol = wide_symbol(expert, scalar, define);
            if (symbol < 0) return -1;
            *out++ = (uint8_t)symbol;
        }
    }
    return out - symbols;
}

/// Which symbols are popular, and the positions of the others.
static void list_positions(struct expert *expert) {
    const uint8_t *symbols = expert_symbols(expert);
    // Two counts, so that a symbol that repeats does not wait for itself.
    uint16_t counts[2][256] = {{0}};
    uint32_t count = expert->count, limit = count / 100 + 1;
    uint32_t position = 0;
    for (; position + 1 < count; position += 2) {
        counts[0][symbols[position]]++;
        counts[1][symbols[position + 1]]++;
    }
    if (position < count) counts[0][symbols[position]]++;
    uint16_t next[256];
    uint32_t used = 0;
    for (int symbol = 0; symbol < 256; symbol++) {
        uint32_t occurrences = (uint32_t)counts[0][symbol] + counts[1][symbol];
        bool starts = occurrences > 0 && occurrences <= limit;
        expert->starts_match[symbol] = starts;
        expert->first[symbol] = next[symbol] = (uint16_t)used;
        if (starts) used += occurrences;
    }
    expert->first[256] = (uint16_t)used;
    uint16_t *positions = expert_positions(expert);
    for (position = 0; position < count; position++) {
        // A popular symbol writes beyond the used part.
        uint8_t symbol = symbols[position], starts = expert->starts_match[symbol];
        positions[starts ? next[symbol] : used] = (uint16_t)position;
        next[symbol] += starts;
    }
}

void index_grams(struct expert *expert, unsigned gram) {
    uint16_t *heads = expert_heads(expert), *following = expert_positions(expert);
    const uint8_t *symbols = expert_symbols(expert);
    memset(heads, 0, sizeof *heads << expert->index_bits);
    // From the last on, so that a chain ascends.
    for (int32_t place = (int32_t)expert->count - (int32_t)gram; place >= 0; place--) {
        uint32_t hash = gram_hash(symbols + place, gram, expert->index_bits);
        following[place] = heads[hash];
        heads[hash] = (uint16_t)(place + 1);
    }
    expert->gram = gram;
}

size_t stepwise_similarity_expert_words(size_t bytes) {
    size_t size = round_up(sizeof(struct expert), 64) + PAD + round_up(bytes, 64) + PAD;
    size += sizeof(uint16_t) * (round_up(bytes, 32) + ((size_t)1 << index_bits(bytes)) + 32);
    return size / 8 + 1;
}

int64_t stepwise_similarity_prepare(uint64_t *memory, const uint8_t *text, size_t bytes, int autojunk) {
    struct expert *expert = (struct expert *)memory;
    expert->bytes = (uint32_t)bytes;
    expert->wide_count = 0;
    expert->gram = 0;
    expert->index_bits = index_bits(bytes);
    int64_t count = decode_symbols(expert, text, bytes, expert_symbols(expert), true);
    if (count < 0) return -1;
    expert->count = (uint32_t)count;
    expert->junk = autojunk && count >= 200;
    if (expert->junk) list_positions(expert);
    return count;
}
