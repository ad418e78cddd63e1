#include "data/column_plan.hpp"
#include "data/parse_number.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <unordered_map>

namespace sketchntk {
namespace {

using Use = ColumnRole::Use;

/// Matches the columns of one file with a known schema.
class KnownColumns {
  public:
    KnownColumns(const FileColumns& columns, const DataSource& source, const Schema& known)
        : columns_(columns), source_(source), known_(known) {
        plan_.roles.resize(static_cast<std::size_t>(columns.count));
        plan_.schema.inputs = known.inputs;
        plan_.schema.named = known.named;
        if (!targets_are_none(source))
            wanted_targets_ = source.targets.empty() ? known.targets : source.targets;
    }

    ColumnPlan match() {
        ignore_columns();
        if (columns_.named() && known_.named)
            match_names();
        else
            match_positions();
        return std::move(plan_);
    }

  private:
    ColumnRole& role(Index column) { return plan_.roles[static_cast<std::size_t>(column)]; }

    ColumnRole input_role(Index input) const {
        const bool text = !known_.inputs[static_cast<std::size_t>(input)].categories.empty();
        return {text ? Use::category : Use::number, input};
    }

    // A column that the first file had and this one has not need not be ignored.
    void ignore_columns() {
        for (const std::string& selector : source_.ignored) {
            const Index column = find_column(columns_, selector);
            if (column >= 0) role(column).use = Use::ignored;
        }
    }

    void take_targets(const std::vector<Index>& columns) {
        const std::size_t expected = known_.targets.size();
        if (!columns.empty() && expected > 0 && columns.size() != expected)
            fail("expected " + std::to_string(expected) + " target columns, got " +
                 std::to_string(columns.size()));
        for (const Index column : columns) {
            if (role(column).use != Use::undecided)
                fail(columns_.label(column) + " is selected twice, expected one use for each");
            role(column) = {Use::target, static_cast<Index>(plan_.schema.targets.size())};
            plan_.schema.targets.push_back(columns_.name(column));
        }
    }

    void match_names() {
        std::unordered_map<std::string, Index> inputs;
        for (std::size_t k = 0; k < known_.inputs.size(); ++k)
            inputs.emplace(known_.inputs[k].name, static_cast<Index>(k));
        take_named_targets(inputs);
        std::vector<bool> found(known_.inputs.size(), false);
        std::string unknown;
        for (Index column = 0; column < columns_.count; ++column) {
            if (role(column).use != Use::undecided) continue;
            const auto input = inputs.find(columns_.name(column));
            if (input == inputs.end()) {
                role(column).use = Use::ignored;
                if (!is_known_target(columns_.name(column))) append(unknown, columns_.name(column));
                continue;
            }
            role(column) = input_role(input->second);
            found[static_cast<std::size_t>(input->second)] = true;
        }
        refuse_differences(found, unknown);
    }

    void take_named_targets(const std::unordered_map<std::string, Index>& inputs) {
        std::vector<Index> found;
        for (const std::string& selector : wanted_targets_) {
            const Index column = is_known_target(selector)
                                     ? find_column(columns_, selector)
                                     : require_column(columns_, selector, "target");
            // A number may point at an input where the target is absent.
            const bool is_input = column >= 0 && inputs.count(columns_.name(column)) > 0;
            if (column >= 0 && !is_input) found.push_back(column);
        }
        if (!found.empty() && found.size() != wanted_targets_.size())
            fail("expected all target columns or none, got " + std::to_string(found.size()) +
                 " of " + std::to_string(wanted_targets_.size()));
        take_targets(found);
    }

    bool is_known_target(const std::string& name) const {
        return std::find(known_.targets.begin(), known_.targets.end(), name) !=
               known_.targets.end();
    }

    void refuse_differences(const std::vector<bool>& found, const std::string& unknown) {
        std::string missing;
        for (std::size_t k = 0; k < found.size(); ++k)
            if (!found[k]) append(missing, known_.inputs[k].name);
        if (missing.empty() && unknown.empty()) return;
        fail("expected the known columns, got a file" +
             (missing.empty() ? "" : " without " + missing) +
             (missing.empty() || unknown.empty() ? "" : " and") +
             (unknown.empty() ? "" : " with the unknown " + unknown));
    }

    void match_positions() {
        const auto is_open = [](const ColumnRole& r) { return r.use == Use::undecided; };
        const Index open = std::count_if(plan_.roles.begin(), plan_.roles.end(), is_open);
        const Index inputs = static_cast<Index>(known_.inputs.size());
        const Index targets = static_cast<Index>(wanted_targets_.size());
        if (open != inputs && open != inputs + targets)
            fail("expected " + std::to_string(inputs) + " input columns" +
                 (targets > 0 ? ", or " + std::to_string(inputs + targets) + " with the target"
                              : "") +
                 ", got " + std::to_string(open));
        if (open == inputs + targets) take_targets(required_targets());
        Index input = 0;
        for (ColumnRole& r : plan_.roles)
            if (is_open(r)) r = input_role(input++);
    }

    std::vector<Index> required_targets() const {
        std::vector<Index> columns;
        for (const std::string& selector : wanted_targets_)
            columns.push_back(require_column(columns_, selector, "target"));
        return columns;
    }

    static void append(std::string& list, const std::string& name) {
        constexpr std::size_t longest = 1000;
        if (list.size() > longest) return;
        list += (list.empty() ? "" : ", ") + in_quotes(name);
        if (list.size() > longest) list += ", ...";
    }

    [[noreturn]] void fail(const std::string& message) const {
        throw FormatError(columns_.path + ": " + message);
    }

    const FileColumns& columns_;
    const DataSource& source_;
    const Schema& known_;
    std::vector<std::string> wanted_targets_;
    ColumnPlan plan_;
};

}  // namespace

ColumnPlan plan_known_columns(const FileColumns& columns, const DataSource& source,
                              const Schema& known) {
    return KnownColumns(columns, source, known).match();
}

}  // namespace sketchntk
