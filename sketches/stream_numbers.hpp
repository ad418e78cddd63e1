#pragma once

#include <cstdint>

/// The operator numbers of `RandomStream` from which each kind of sketch draws: different ones, so
/// that different sketches under one seed are independent. Changing any of these changes every
/// sketch of that kind. `TensorSrht` (and PolySketch, whose nodes are such) has 0 to 3 for itself,
/// and `SphericalDirections`, which is no sketch, 0. CountSketch is the sparse sign
/// embedding of one entry a column, and TensorSketch is made of CountSketches: under one seed these
/// three share their columns.
namespace sketchntk::sketches::stream_number {

inline constexpr std::uint32_t gaussian_entries = 16;
inline constexpr std::uint32_t rademacher_entries = 17;
inline constexpr std::uint32_t orthogonal_blocks = 18;
inline constexpr std::uint32_t orthogonal_norms = 19;
inline constexpr std::uint32_t srht_signs = 20;
inline constexpr std::uint32_t srht_rows = 21;
inline constexpr std::uint32_t fourier_srht_signs = 22;
inline constexpr std::uint32_t fourier_srht_classes = 23;
inline constexpr std::uint32_t hadamard_directions_signs = 24;
inline constexpr std::uint32_t hadamard_directions_norms = 25;
inline constexpr std::uint32_t sparse_sign_columns = 26;

}  // namespace sketchntk::sketches::stream_number
