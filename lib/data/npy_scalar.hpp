#pragma once

#include <sketchntk/data/npy.hpp>

#include <span>
#include <type_traits>
#include <vector>

namespace sketchntk {

[[nodiscard]] inline Index bytes_of(NpyScalar scalar) {
    return scalar == NpyScalar::float32 ? 4 : 8;
}

/// NumPy's name of it.
[[nodiscard]] inline const char* npy_name(NpyScalar scalar) {
    return scalar == NpyScalar::float32 ? "<f4" : "<f8";
}

template <typename To, typename From>
void visit_converted(std::span<const From> numbers, const auto& use) {
    if constexpr (std::is_same_v<To, From>) {
        use(std::as_bytes(numbers));
    } else {
        std::vector<To> converted(numbers.size());
        for (std::size_t k = 0; k < numbers.size(); ++k) converted[k] = static_cast<To>(numbers[k]);
        use(std::as_bytes(std::span<const To>(converted)));
    }
}

/// Calls `use` with the bytes of `numbers` in the scalar type of the file.
template <typename T>
void with_bytes(NpyScalar scalar, std::span<const T> numbers, const auto& use) {
    if (scalar == NpyScalar::float32)
        visit_converted<float>(numbers, use);
    else
        visit_converted<double>(numbers, use);
}

}  // namespace sketchntk
