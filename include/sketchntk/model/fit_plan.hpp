#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/data/row_reader.hpp>
#include <sketchntk/model/fit.hpp>

#include <cstdint>
#include <optional>

namespace sketchntk {

/// How fast this machine multiplies matrices, in floating-point operations a second, with the
/// threads that were asked for.
struct MachineRates {
    double float32_product = 0;
    double float64_product = 0;
};

/// Measures them, in about a tenth of a second.
[[nodiscard]] MachineRates measure_machine_rates(const Execution& execution = {});

/// The rows that a fit will read.
struct InputShape {
    /// @param count columns of a row after one-hot encoding
    /// @param entries_of_sparse_row where rows are sparse: `RowReader::sparse_row_entries`
    InputShape(Index count, std::optional<Index> entries_of_sparse_row = std::nullopt)
        : columns(count), sparse_row_entries(entries_of_sparse_row) {}
    explicit InputShape(const RowReader& rows)
        : InputShape(rows.schema().input_count(), rows.sparse_row_entries()) {}

    Index columns;
    std::optional<Index> sparse_row_entries;
};

/// What a fit will take, before it runs.
struct FitPlan {
    Index rows = 0;
    Index inputs = 0;  ///< columns of a row after one-hot encoding
    Index features = 0;
    std::int64_t process_bytes = 0;      ///< resident now: the program and its libraries
    std::int64_t map_bytes = 0;          ///< random matrices and the threads' scratch memory
    std::int64_t learning_bytes = 0;     ///< while the map learns from a sample; before the others
    std::int64_t batch_bytes = 0;        ///< rows and features of one batch
    std::int64_t accumulator_bytes = 0;  ///< Gram and cross terms while rows are read
    std::int64_t solve_bytes = 0;        ///< the same and work space while lambda is chosen
    std::int64_t peak_bytes = 0;         ///< process_bytes and the largest of the stages
    double feature_seconds = 0;
    double accumulate_seconds = 0;
    double solve_seconds = 0;

    /// All but reading.
    [[nodiscard]] double seconds() const {
        return feature_seconds + accumulate_seconds + solve_seconds;
    }
};

/// @param rows rows to be fitted to
/// @throws what `make_feature_map` throws.
[[nodiscard]] FitPlan plan_fit(const FitOptions& options, Index rows, InputShape inputs,
                               Index targets, const MachineRates& rates,
                               const Execution& execution = {});

/// The bytes of a plan alone, which are the same for any number of rows from some thousand on.
/// @param rows rows to be fitted to, or none: for many
[[nodiscard]] FitPlan plan_fit_memory(const FitOptions& options, InputShape inputs, Index targets,
                                      const Execution& execution = {},
                                      std::optional<Index> rows = std::nullopt);

/// The most features with which a fit stays within `bytes`; 0 if no number does.
[[nodiscard]] Index largest_feature_count(const FitOptions& options, InputShape inputs,
                                          Index targets, std::int64_t bytes,
                                          const Execution& execution = {});

/// The most features, of powers of two and the numbers halfway between them and up to those of the
/// options, with which a fit is expected to take at most so many seconds (reading aside) and
/// bytes; 0 if not even 64 do.
[[nodiscard]] Index features_within(const FitOptions& options, Index rows, InputShape inputs,
                                    Index targets, const MachineRates& rates, double seconds,
                                    std::int64_t bytes, const Execution& execution = {});

/// @throws ResourceError if the fit would need more than the memory available now; names both, and
///   the largest number of features that would fit; and where sparse rows would be written out,
///   how to keep them.
void check_fit_memory(const FitOptions& options, InputShape inputs, Index targets,
                      const Execution& execution = {});

}  // namespace sketchntk
