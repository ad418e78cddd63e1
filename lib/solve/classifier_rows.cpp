#include "solve/classifier_rows.hpp"

#include "solve/rounded_text.hpp"

#include <sketchntk/core/error.hpp>

#include <cmath>
#include <string>

namespace sketchntk {

void check_row_numbers(std::span<const Index> rows, Index limit) {
    for (const Index row : rows)
        if (row < 0 || row >= limit)
            throw InvalidArgument("rows: expected numbers from 0 to " + std::to_string(limit - 1) +
                                  ", got " + std::to_string(row));
}

void check_training_rows(std::span<const Index> rows, std::span<const int> classes, Index limit) {
    if (rows.empty()) throw InvalidArgument("rows: expected at least one to train on, got none");
    if (rows.size() != classes.size())
        throw DimensionMismatch("classes: expected one for each of " + std::to_string(rows.size()) +
                                " training rows, got " + std::to_string(classes.size()));
    check_row_numbers(rows, limit);
}

void check_cost(double cost) {
    if (!(cost > 0) || !std::isfinite(cost))
        throw InvalidArgument("cost: expected a positive, finite number, got " +
                              rounded_text(cost));
}

}  // namespace sketchntk
