#include "catch2.hpp"

#include <sketchntk/core/names.hpp>

#include <string>
#include <vector>

using sketchntk::nearest_name;

TEST_CASE("nearest_name finds the candidate with the fewest edits") {
    const std::vector<std::string> names = {"linear", "ntkrf", "ntksketch", "zonal"};
    CHECK(nearest_name("ntkfr", names) == "ntkrf");
    CHECK(nearest_name("liner", names) == "linear");
    CHECK(nearest_name("ZONAL", names) == "zonal");
    CHECK(nearest_name("ntk_sketch", names) == "ntksketch");
    CHECK(nearest_name("zonal", names) == "zonal");
}

TEST_CASE("nearest_name prefers the first of equally near candidates and copes with none") {
    const std::vector<std::string> names = {"ab", "ac"};
    CHECK(nearest_name("a", names) == "ab");
    CHECK(nearest_name("", names) == "ab");
    CHECK(nearest_name("a", std::vector<std::string>{}).empty());
}
