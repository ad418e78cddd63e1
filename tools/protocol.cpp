#include "command.hpp"
#include "map_options.hpp"
#include "table.hpp"
#include "terminal_progress.hpp"
#include "uci_protocol.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/names.hpp>
#include <sketchntk/data/atomic_file.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>

namespace sketchntk::tools {

namespace {

struct UciArguments {
    std::string data;
    std::vector<std::string> sets;
    std::vector<std::string> classifiers{"svm"};
    UciGrids grids = UciGrids::published();
    RunOptions run;
    std::string json;
    std::string csv;
};

// The NTK with each classifier asked for, and the Gaussian kernel beside it.
std::vector<UciMethod> methods_of(const UciArguments& arguments) {
    std::vector<UciMethod> result;
    for (const std::string& classifier : arguments.classifiers)
        result.push_back(classifier == "svm" ? UciMethod::ntk_svm : UciMethod::ntk_ridge);
    result.push_back(UciMethod::gaussian_svm);
    return result;
}

std::vector<std::string> chosen_sets(const UciArguments& arguments) {
    const std::vector<std::string> all = uci_set_names(arguments.data);
    if (arguments.sets.empty()) return all;
    for (const std::string& name : arguments.sets)
        if (std::find(all.begin(), all.end(), name) == all.end())
            throw InvalidArgument("sets: '" + name + "' is not in " + arguments.data +
                                  "; the nearest name is '" + nearest_name(name, all) + "'");
    return arguments.sets;
}

void check_grid(const char* name, const std::vector<double>& values) {
    for (const double value : values)
        if (!(value > 0) || !std::isfinite(value))
            throw InvalidArgument(std::string(name) + ": expected positive, finite numbers, got " +
                                  significant(value));
}

// Runs every method on every set. What has finished is in the files whatever happens afterwards,
// and is not run again.
class UciRun {
  public:
    explicit UciRun(UciArguments arguments)
        : arguments_(std::move(arguments)),
          names_(chosen_sets(arguments_)),
          report_(UciReport::resumed(arguments_.json, arguments_.grids)),
          execution_(arguments_.run.execution(&progress_)) {
        for (const UciMethod method : methods_of(arguments_))
            method_names_.push_back(to_text(method));
    }

    void run() {
        for (const std::string& name : names_) {
            const std::string exclusion = uci_exclusion(arguments_.data, name);
            if (exclusion.empty())
                run_set(read_uci_data_set(arguments_.data, name));
            else
                announce(name + ": not one of the protocol's sets, " + exclusion);
        }
        progress_.clear();
        std::cout << uci_set_table(asked_, method_names_);
        const std::string summary = uci_summary_table(asked_, method_names_);
        if (!summary.empty()) std::cout << "\n" << summary;
    }

  private:
    void run_set(const UciDataSet& set) {
        UciSetResult& result = report_.of(set);
        for (const UciMethod method : methods_of(arguments_)) {
            if (result.find(to_text(method)) != nullptr) continue;
            result.methods.push_back(run_uci_method(set, method, arguments_.grids, execution_));
            announce(set.name + ", " + uci_line(result.methods.back()));
            write_json(arguments_.json, report_.json(method_names_));
            if (!arguments_.csv.empty()) write_csv();
        }
        asked_.push_back(result);
    }

    void write_csv() const {
        AtomicFile file(arguments_.csv);
        file.write(uci_csv(report_.sets));
        file.commit();
    }

    void announce(const std::string& line) {
        progress_.clear();
        std::cerr << line << "\n";
    }

    UciArguments arguments_;
    std::vector<std::string> names_;
    std::vector<std::string> method_names_;
    UciReport report_;
    std::vector<UciSetResult> asked_;
    TerminalProgress progress_;
    Execution execution_;
};

void run_uci(const UciArguments& arguments) {
    check_grid("costs", arguments.grids.costs);
    check_grid("gaussian costs", arguments.grids.gaussian_costs);
    check_grid("gammas", arguments.grids.gammas);
    check_writable(arguments.json);
    check_writable(arguments.csv);
    UciRun(arguments).run();
}

void add_grids(CLI::App& command, UciGrids& grids) {
    command.add_option("--depth", grids.deepest, "The largest depth index; 0 is the linear kernel")
        ->check(CLI::Range(Index{0}, Index{100}))
        ->capture_default_str();
    command.add_option("--costs", grids.costs, "C of the network kernels (10^-2, ..., 10^4)")
        ->delimiter(',');
    command
        .add_option("--gaussian-costs", grids.gaussian_costs,
                    "C of the Gaussian kernel (2^-5, ..., 2^14)")
        ->delimiter(',');
    command
        .add_option("--gammas", grids.gammas,
                    "gamma of the Gaussian kernel exp(-gamma |x - y|^2) (2^-16, ..., 2^8)")
        ->delimiter(',');
}

void add_uci_command(CLI::App& protocol) {
    auto arguments = std::make_shared<UciArguments>();
    CLI::App* command = protocol.add_subcommand(
        "uci", "Small UCI classification sets with their own splits (Arora et al. 2020)");
    command
        ->add_option("--data", arguments->data,
                     "Directory of sets, each a directory NAME with NAME.txt, NAME_R.dat, "
                     "conxuntos.dat and conxuntos_kfold.dat")
        ->required();
    command->add_option("--sets", arguments->sets, "Names of sets; all if left out")
        ->delimiter(',');
    command
        ->add_option("--classifier", arguments->classifiers,
                     "svm, ridge or both: what the network kernels are used with")
        ->delimiter(',')
        ->check(CLI::IsMember({"svm", "ridge"}));
    add_grids(*command, arguments->grids);
    command->add_option("--json", arguments->json,
                        "Write results as JSON after each method on each set; a file that is there "
                        "is continued");
    command->add_option("--csv", arguments->csv, "Write a line for each method on each set");
    arguments->run.add_to(*command, false);
    command->footer(
        "Kernel and C are chosen on the set's one validation split (conxuntos.dat), then tested "
        "on\n"
        "its four folds. Beside the NTK of relu networks, depth 0 to 4 with none to all of the\n"
        "first layers fixed, stands a Gaussian-kernel SVM on the same splits. See docs/uci.md.\n"
        "Example:\n  sketchntk protocol uci --data sets --classifier svm,ridge --json uci.json");
    command->callback([arguments] { run_uci(*arguments); });
}

}  // namespace

void add_protocol_command(CLI::App& program) {
    CLI::App* command =
        program.add_subcommand("protocol", "Run a published protocol on its data sets");
    command->require_subcommand(1);
    add_uci_command(*command);
}

}  // namespace sketchntk::tools
