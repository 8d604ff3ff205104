// difflib's count of matching code points, for texts of the usual kind: Swift's `SymbolMatcher` is there for all others.
//
// No function allocates: the caller brings memory of a size that it has asked for, and may use it again for the next text.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The longest text, in bytes of UTF-8, that these functions take.
#define STEPWISE_SIMILARITY_LONGEST 65535

/// The sets of instructions that the code is compiled for, the later ones the faster ones.
enum stepwise_similarity_isa {
    STEPWISE_SIMILARITY_BASELINE = 0,
    STEPWISE_SIMILARITY_AVX2 = 1,
    STEPWISE_SIMILARITY_AVX512 = 2,
};

/// The best set of instructions that this processor has.
enum stepwise_similarity_isa stepwise_similarity_best_isa(void);

/// How many 64-bit words an expert text of so many bytes needs.
size_t stepwise_similarity_expert_words(size_t bytes);

/// How many 64-bit words the comparison with an action of so many bytes needs.
size_t stepwise_similarity_scratch_words(size_t expert_bytes, size_t action_bytes);

/// Takes in an expert text (valid UTF-8, at most STEPWISE_SIMILARITY_LONGEST bytes). Returns its code points, or -1 for a text with
/// more than 127 different code points beyond ASCII. With `autojunk`, popular elements start no match, as in CPython.
int64_t stepwise_similarity_prepare(uint64_t *expert, const uint8_t *text, size_t bytes, int autojunk);

/// The code points in the matching blocks of an action (valid UTF-8, as above) and the expert text. `count` becomes the code points of the
/// action. `scratch_words` is the size of `scratch`, at least what was asked for. Returns -1 for a pair of too many repetitions, or
/// where the scratch memory is too small: `scratch_words` then becomes what the pair wants. `isa` is one that the processor has.
int64_t stepwise_similarity_matched(uint64_t *expert, uint64_t *scratch, size_t *scratch_words, const uint8_t *text,
                                    size_t bytes, int64_t *count, enum stepwise_similarity_isa isa);

#ifdef __cplusplus
}
#endif
