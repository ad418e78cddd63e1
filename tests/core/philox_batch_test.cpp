#include "core/philox_batch.hpp"

#include "catch2.hpp"
#include "core/philox.hpp"

using namespace sketchntk;

TEST_CASE("every vector unit makes the words of the scalar generator") {
    const PhiloxRow row{0x9e3779b97f4a7c15ULL, 0xfffffffeU, 0xabcd12345678ULL};
    for (const PhiloxKernel kernel : philox_kernels()) {
        for (const Index count : {1, 7, 8, 31, 64}) {
            PhiloxBatch batch;
            for (Index b = 0; b < count; ++b) {
                const auto number = static_cast<std::uint64_t>(b);
                // Neighbours, and blocks from all of the 40 bits.
                batch.blocks[static_cast<std::size_t>(b)] =
                    b % 2 == 0 ? number : (number * 0x123456789abcdefULL) >> 24;
            }
            kernel(row, count, batch);
            for (std::size_t b = 0; b < static_cast<std::size_t>(count); ++b) {
                const PhiloxBlock expected = philox(
                    philox_counter(row.operator_number, row.row, batch.blocks[b], 0), row.key);
                CHECK(batch.first_words[b] ==
                      (expected[0] | static_cast<std::uint64_t>(expected[1]) << 32));
                CHECK(batch.last_words[b] ==
                      (expected[2] | static_cast<std::uint64_t>(expected[3]) << 32));
            }
        }
    }
}
