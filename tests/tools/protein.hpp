#pragma once

#include <string>
#include <vector>

namespace sketchntk_test {

/// Lines of a text file, without their ends.
using Lines = std::vector<std::string>;
/// Numbers of a text file, row after row.
using Numbers = std::vector<std::vector<double>>;

/// The protein data set of the repository, whole: nine inputs and the target, 45,730 rows.
[[nodiscard]] std::string protein_path();

/// Its first rows. They have no header.
[[nodiscard]] Lines protein_lines(std::size_t count);

/// The first lines of a text file, plain or compressed; all of them if there are not as many.
[[nodiscard]] Lines first_lines(const std::string& path, std::size_t count);

/// The same rows without the target.
[[nodiscard]] Lines without_last_column(const Lines& lines);

[[nodiscard]] std::string text_of(const Lines& lines);
/// The numbers between the commas.
[[nodiscard]] Numbers numbers_of(const Lines& lines);

}  // namespace sketchntk_test
