#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/kernels/fully_connected.hpp>

#include <string_view>
#include <vector>

namespace sketchntk {

/// How the landmark rows of a Nystrom approximation are chosen out of a sample of n rows.
///
///  - uniform: without replacement, every row equally likely;
///  - kmeans: by the seeding of k-means++ (Arthur and Vassilvitskii 2007): each next one with
///    probability proportional to the squared distance from those before. O(n m d);
///  - leverage: without replacement with probability proportional to approximate ridge leverage
///    scores, from a uniform sample of m rows (Musco and Musco 2017, one level of their recursion).
///    O(n m^2);
///  - rpcholesky: randomly pivoted Cholesky (Chen, Epperly, Tropp and Webber 2023), in blocks with
///    rejection (Epperly, Tropp and Webber 2024), which gives the same distribution: each next one
///    with probability proportional to the diagonal of what is left of the kernel. O(n m^2), n (m +
///    1) kernel entries.
enum class LandmarkRule { uniform, kmeans, leverage, rpcholesky };

[[nodiscard]] std::string_view to_text(LandmarkRule rule);
/// @throws InvalidArgument for anything but "uniform", "kmeans", "leverage" and "rpcholesky".
[[nodiscard]] LandmarkRule parse_landmark_rule(std::string_view text);

/// The numbers of the chosen rows, distinct, in the order in which they were chosen. Fewer than
/// `count` if the sample has fewer rows, or rpcholesky finds that the chosen ones already give the
/// kernel of the whole sample to rounding. The same for any number of threads.
/// @throws InvalidArgument if count < 1 or the sample is empty.
[[nodiscard]] std::vector<Index> select_landmarks(LandmarkRule rule, const Network& network,
                                                  KernelKind kind, MatrixView<const float> sample,
                                                  Index count, Seed seed,
                                                  const Execution& execution = {});

}  // namespace sketchntk
