#include "sketches/sample_without_replacement.hpp"

#include <unordered_map>

namespace sketchntk::sketches {

std::vector<std::int32_t> sample_without_replacement(const RandomStream& stream, Index row,
                                                     Index population, Index count) {
    // The shuffled deck is 0, 1, 2, ... but for the places that a step has exchanged.
    std::unordered_map<Index, Index> exchanged;
    const auto at = [&exchanged](Index place) {
        const auto found = exchanged.find(place);
        return found == exchanged.end() ? place : found->second;
    };
    std::vector<std::int32_t> chosen;
    chosen.reserve(static_cast<std::size_t>(count));
    for (Index k = 0; k < count; ++k) {
        const Index place = k + stream.uniform_index(row, k, population - k);
        chosen.push_back(static_cast<std::int32_t>(at(place)));
        exchanged[place] = at(k);
    }
    return chosen;
}

}  // namespace sketchntk::sketches
