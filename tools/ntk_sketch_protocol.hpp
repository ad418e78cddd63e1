#pragma once

#include "command_json.hpp"

#include <sketchntk/core/execution.hpp>
#include <sketchntk/data/row_reader.hpp>
#include <sketchntk/features/feature_map.hpp>

#include <span>
#include <string>
#include <vector>

namespace sketchntk::tools {

/// What one fold gave. Lambda is in the units of the public code: of the kernel with diagonal
/// (depth + 1) |x|^2, on standardised rows, without the factor 1 / columns.
struct ProtocolFold {
    Index training_rows = 0;
    Index test_rows = 0;
    double selected_lambda = 0;          ///< e^i n, as scored
    double published_lambda = 0;         ///< e^i n^2, as the public code then fits
    double published_squared_error = 0;  ///< mean over the test rows, in the target's own units
    double selected_squared_error = 0;
};

struct ProtocolResult {
    std::string method;
    Index features = 0;
    std::vector<ProtocolFold> folds;
    double seconds = 0;
};

/// The protocol of the public code of NTK sketches and random features (Zandieh et al. 2021,
/// github.com/insuhan/ntk-sketch-rf, run_uci_regression.py), as far as it does not depend on that
/// code's random numbers:
///
/// - four contiguous folds of the rows in the order of the file, not shuffled;
/// - inputs and target standardised by the training rows, constant columns dropped;
/// - ridge regression without an intercept on the features; lambda = e^i n for i = -18, ..., 3 with
///   n training rows, fitted to 1,000 of them and scored on the next 10,000 (or as many as there
///   are) of a random order;
/// - the final fit on all training rows multiplies the chosen lambda by n once more. That is
///   reported as published; beside it stands the fit with lambda as it was selected.
///
/// Holds all rows in memory, and three Grams of the features.
/// @param rows with one target
/// @throws InvalidArgument unless the data has one target and enough rows (1,002 for training), and
///   for a kernel other than the NTK of a network without biases with all layers trained, for which
///   the public code's scale is not defined.
[[nodiscard]] ProtocolResult run_ntk_sketch_protocol(RowReader& rows,
                                                     const FeatureMapConfiguration& map,
                                                     Index batch_rows, const Execution& execution);

[[nodiscard]] std::string protocol_line(const ProtocolResult& result);
[[nodiscard]] std::string protocol_table(std::span<const ProtocolResult> results);
[[nodiscard]] std::string protocol_csv(std::span<const ProtocolResult> results);
[[nodiscard]] Json protocol_json(std::span<const ProtocolResult> results);

}  // namespace sketchntk::tools
