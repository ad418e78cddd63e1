#pragma once

#include <string>
#include <vector>

namespace sketchntk::tools {

/// A table of text: columns as wide as their widest cell, the first to the left, the others to the
/// right.
class Table {
  public:
    explicit Table(std::vector<std::string> header);
    void add(std::vector<std::string> row);
    [[nodiscard]] std::string text() const;

  private:
    std::vector<std::vector<std::string>> rows_;
};

/// "a, b, c".
[[nodiscard]] std::string joined(const std::vector<std::string>& names);
/// `value` in fixed notation with `digits` decimals; "-" where it is not a number.
[[nodiscard]] std::string fixed(double value, int digits);
/// `value` to three significant digits.
[[nodiscard]] std::string significant(double value);
/// Bytes in MiB.
[[nodiscard]] std::string mebibytes(double bytes);

}  // namespace sketchntk::tools
