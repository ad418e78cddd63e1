#pragma once

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/npy.hpp>

#include <Eigen/Core>

#include <cmath>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace sketchntk {

[[nodiscard]] inline Index bytes_of(NpyScalar scalar) {
    switch (scalar) {
        case NpyScalar::float16:
            return 2;
        case NpyScalar::float32:
            return 4;
        default:
            return 8;
    }
}

/// NumPy's name of it in files.
[[nodiscard]] inline const char* npy_name(NpyScalar scalar) {
    switch (scalar) {
        case NpyScalar::float16:
            return "<f2";
        case NpyScalar::float32:
            return "<f4";
        default:
            return "<f8";
    }
}

/// "float16" and so on.
[[nodiscard]] inline std::string to_text(NpyScalar scalar) {
    return "float" + std::to_string(8 * bytes_of(scalar));
}

template <typename To, typename From>
To converted_scalar(From number) {
    if constexpr (std::is_same_v<To, Eigen::half>) {
        const Eigen::half half(static_cast<float>(number));
        if (!(Eigen::numext::isfinite)(half) && std::isfinite(number))
            throw InvalidArgument("float16: " + std::to_string(number) +
                                  " is past its largest number, 65504; expected float32");
        return half;
    } else {
        return static_cast<To>(number);
    }
}

template <typename To, typename From>
void visit_converted(std::span<const From> numbers, const auto& use) {
    if constexpr (std::is_same_v<To, From>) {
        use(std::as_bytes(numbers));
    } else {
        std::vector<To> converted(numbers.size());
        for (std::size_t k = 0; k < numbers.size(); ++k)
            converted[k] = converted_scalar<To>(numbers[k]);
        use(std::as_bytes(std::span<const To>(converted)));
    }
}

/// Calls `use` with the bytes of `numbers` in the scalar type of the file.
/// @throws InvalidArgument for a number that float16 cannot hold.
template <typename T>
void with_bytes(NpyScalar scalar, std::span<const T> numbers, const auto& use) {
    switch (scalar) {
        case NpyScalar::float16:
            return visit_converted<Eigen::half>(numbers, use);
        case NpyScalar::float32:
            return visit_converted<float>(numbers, use);
        default:
            return visit_converted<double>(numbers, use);
    }
}

}  // namespace sketchntk
