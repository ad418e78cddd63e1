#include <sketchntk/data/checksum.hpp>

#include <xxhash.h>

#include <cstdio>
#include <memory>

namespace sketchntk {

namespace {

struct StateDeleter {
    void operator()(XXH3_state_t* state) const noexcept { XXH3_freeState(state); }
};

template <typename T>
std::string checksum_of(MatrixView<const T> matrix) {
    const std::unique_ptr<XXH3_state_t, StateDeleter> state(XXH3_createState());
    if (!state) throw std::bad_alloc();
    XXH3_64bits_reset(state.get());
    for (Index i = 0; i < matrix.rows(); ++i)
        XXH3_64bits_update(state.get(), matrix.row(i).data(), matrix.row(i).size_bytes());
    char text[17];
    std::snprintf(text, sizeof text, "%016llx",
                  static_cast<unsigned long long>(XXH3_64bits_digest(state.get())));
    return text;
}

}  // namespace

std::string checksum(MatrixView<const float> matrix) {
    return checksum_of(matrix);
}
std::string checksum(MatrixView<const double> matrix) {
    return checksum_of(matrix);
}

}  // namespace sketchntk
