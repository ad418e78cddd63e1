#pragma once

#include <Random123/philox.h>

#include <array>
#include <cstdint>

namespace sketchntk {

using PhiloxBlock = std::array<std::uint32_t, 4>;

/// The counter of Philox4x32 as `RandomStream` documents it: block in 40 bits, attempt in 8, row in
/// 48, operator in 32.
inline PhiloxBlock philox_counter(std::uint32_t operator_number, std::uint64_t row,
                                  std::uint64_t block, std::uint32_t attempt) {
    return {static_cast<std::uint32_t>(block),
            static_cast<std::uint32_t>(block >> 32) | attempt << 8 |
                static_cast<std::uint32_t>(row >> 32) << 16,
            static_cast<std::uint32_t>(row), operator_number};
}

/// Philox4x32-10 (Salmon et al. 2011): the 64-bit `key` as two words, low word first.
inline PhiloxBlock philox(const PhiloxBlock& counter, std::uint64_t key) {
    const philox4x32_ctr_t words = {{counter[0], counter[1], counter[2], counter[3]}};
    const philox4x32_key_t key_words = {
        {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)}};
    const philox4x32_ctr_t random = philox4x32_R(10, words, key_words);
    return {random.v[0], random.v[1], random.v[2], random.v[3]};
}

}  // namespace sketchntk
