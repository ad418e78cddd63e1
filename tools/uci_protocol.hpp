#pragma once

#include "command_json.hpp"
#include "method_ranks.hpp"
#include "uci_data_set.hpp"

#include <sketchntk/core/execution.hpp>

#include <span>
#include <string>
#include <vector>

namespace sketchntk::tools {

/// Among what the methods choose. The standard values of depth and cost are those of the public
/// code of Arora et al. (2020); those of the Gaussian kernel the powers of two of Fernandez-Delgado
/// et al. (2014).
struct UciGrids {
    Index deepest = 4;
    std::vector<double> costs;
    std::vector<double> gaussian_costs;
    std::vector<double> gammas;

    [[nodiscard]] static UciGrids published();
    bool operator==(const UciGrids&) const = default;
};

enum class UciMethod { ntk_svm, ntk_ridge, gaussian_svm };

/// `ntk-svm`, `ntk-ridge`, `gaussian-svm`.
[[nodiscard]] std::string to_text(UciMethod method);

/// What a method chose on the selection split, and what that gives on the folds.
struct UciMethodResult {
    std::string method;
    std::string kernel;       ///< as `UciKernels::name`
    std::string description;  ///< as `UciKernels::description`
    double cost = 0;
    double selection_accuracy = 0;
    std::vector<double> fold_accuracies;
    double seconds = 0;

    /// The mean over the folds.
    [[nodiscard]] double accuracy() const;
};

struct UciSetResult {
    std::string name;
    Index rows = 0;
    Index inputs = 0;
    Index classes = 0;
    std::vector<UciMethodResult> methods;

    /// Null if it has not run.
    [[nodiscard]] const UciMethodResult* find(const std::string& method) const;
};

/// One method on one set by the published protocol: every kernel with every cost is trained on the
/// training rows of the selection split and scored on its validation rows; the first pair with the
/// largest accuracy, kernels in their order and costs ascending within, is trained and tested on
/// each fold.
/// @throws ResourceError if the kernel matrices do not fit into the memory available.
[[nodiscard]] UciMethodResult run_uci_method(const UciDataSet& set, UciMethod method,
                                             const UciGrids& grids, const Execution& execution);

/// @param methods names, those of which every set has a result count in the summary
[[nodiscard]] std::string uci_set_table(std::span<const UciSetResult> sets,
                                        std::span<const std::string> methods);
[[nodiscard]] std::string uci_summary_table(std::span<const UciSetResult> sets,
                                            std::span<const std::string> methods);
[[nodiscard]] std::string uci_csv(std::span<const UciSetResult> sets);
[[nodiscard]] std::string uci_line(const UciMethodResult& result);

/// What was done so far, as it is written to a file and read back.
struct UciReport {
    std::string path;  ///< of the file; may be empty
    UciGrids grids;
    std::vector<UciSetResult> sets;

    /// The report in that file; one without sets if there is no such file or the path is empty.
    /// @throws FormatError if it holds something else, InvalidArgument if it was made with other
    ///   grids (which one is said).
    [[nodiscard]] static UciReport resumed(const std::string& path, const UciGrids& grids);
    [[nodiscard]] Json json(std::span<const std::string> methods) const;

    /// The result for a set, added empty if it is new.
    /// @throws InvalidArgument if the set was another one (rows, inputs or classes differ).
    [[nodiscard]] UciSetResult& of(const UciDataSet& set);
};

}  // namespace sketchntk::tools
