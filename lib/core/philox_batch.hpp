#pragma once

#include <sketchntk/core/matrix.hpp>

#include <array>
#include <cstdint>
#include <span>

namespace sketchntk {

/// Up to 64 blocks of Philox4x32-10, wherever in a row of a stream they lie: enough to fill the
/// vector registers, few enough for the stack.
struct PhiloxBatch {
    static constexpr Index size = 64;
    using Lanes = std::array<std::uint64_t, static_cast<std::size_t>(size)>;

    alignas(64) Lanes blocks{};     ///< in: number of the block, below 2^40
    alignas(64) Lanes first_words;  ///< out: words 0 (lower half) and 1 (upper half) of each block
    alignas(64) Lanes last_words;   ///< out: words 2 and 3
};

/// Where a row of a stream begins: everything of the generator's key and counter but the block.
struct PhiloxRow {
    std::uint64_t key;
    std::uint32_t operator_number;
    std::uint64_t row;
};

/// Makes the leading `count` blocks of a batch, and perhaps some more.
using PhiloxKernel = void (*)(const PhiloxRow& row, Index count, PhiloxBatch& batch);

/// One loop for each vector unit that this machine has, the fastest first. All give the same words.
[[nodiscard]] std::span<const PhiloxKernel> philox_kernels();

/// The blocks of the batch, as `philox` makes each of them (attempt 0).
inline void philox(const PhiloxRow& row, Index count, PhiloxBatch& batch) {
    philox_kernels().front()(row, count, batch);
}

}  // namespace sketchntk
