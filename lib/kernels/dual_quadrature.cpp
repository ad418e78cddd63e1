#include "kernels/dual_formula.hpp"
#include "kernels/quadrature_dual.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/dual_activation.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace sketchntk {

namespace {

/// E[f(z)], z ~ N(0, 1).
template <typename Function>
double normal_mean(const NormalPanels& panels, const std::vector<NormalFeature>& features,
                   const Function& f) {
    const Quadrature rule = normal_rule(panels, features);
    double sum = 0;
    for (std::size_t k = 0; k < rule.nodes.size(); ++k) sum += rule.weights[k] * f(rule.nodes[k]);
    return sum;
}

/// E[f(u) f(v)] with u = sqrt(p) z and v = sqrt(q) (rho z + tau w), z and w independent: the mean
/// over w within the mean over z.
class BivariateMean {
  public:
    BivariateMean(const CovarianceOfPair<double>& pair, const std::vector<double>& kinks,
                  const NormalPanels& panels)
        : panels_(panels),
          u_deviation_(std::sqrt(pair.p)),
          v_deviation_(std::sqrt(pair.q)),
          kinks_(kinks) {
        const double deviations = std::sqrt(pair.p * pair.q);
        if (deviations > 0) {
            rho_ = std::clamp(pair.c / deviations, -1.0, 1.0);
            const double size = std::min(std::abs(pair.c), deviations);
            tau_ = std::sqrt((deviations - size) * (deviations + size)) / deviations;
        }
        for (const double kink : kinks_)
            if (u_deviation_ > 0) of_z_.push_back({kink / u_deviation_, smallest_scale, true});
        if (u_deviation_ > 0) of_z_.push_back({0, 1 / u_deviation_, false});
        // The mean over w smooths v's features: on the scale tau / rho, or on their own.
        if (const double slope = v_deviation_ * std::abs(rho_); slope > 0) {
            of_z_.push_back({0, 1 / slope, false});
            for (const double kink : kinks_) {
                const double scale = std::max(tau_ / std::abs(rho_), smallest_scale);
                of_z_.push_back({kink / (v_deviation_ * rho_), scale, true});
            }
        }
    }

    template <typename Function>
    [[nodiscard]] double of(const Function& f) const {
        return normal_mean(panels_, of_z_, [&](double z) {
            return f(u_deviation_ * z) * conditional(f, v_deviation_ * rho_ * z);
        });
    }

  private:
    static constexpr double smallest_scale = 0x1p-20;

    // E[f(mean + deviation w)]
    template <typename Function>
    [[nodiscard]] double conditional(const Function& f, double mean) const {
        const double deviation = v_deviation_ * tau_;
        if (!(deviation > 0)) return f(mean);
        std::vector<NormalFeature> features{{-mean / deviation, 1 / deviation, false}};
        for (const double kink : kinks_)
            features.push_back({(kink - mean) / deviation, panels_.widest, true});
        return normal_mean(panels_, features, [&](double w) { return f(mean + deviation * w); });
    }

    NormalPanels panels_;
    double u_deviation_;
    double v_deviation_;
    double rho_ = 0;
    double tau_ = 1;
    std::vector<double> kinks_;
    std::vector<NormalFeature> of_z_;
};

struct QuadratureDual {
    ScalarFunction function;
    NormalPanels panels;

    template <typename T>
    DualValues<T> operator()(const CovarianceOfPair<T>& pair) const {
        const CovarianceOfPair<double> exact{pair.p, pair.q, pair.c};
        const BivariateMean mean(exact, function.kinks, panels);
        return {static_cast<T>(mean.of(function.value)),
                static_cast<T>(mean.of(function.derivative))};
    }
};

template <typename T>
void apply_to_pairs(const QuadratureDual& dual, const DualPairs<T>& pairs) {
    apply_to_each(dual, pairs);
}

}  // namespace

std::unique_ptr<const DualActivation> dual_by_quadrature(ScalarFunction function) {
    return dual_by_quadrature(std::move(function), panels_of_float64);
}

std::unique_ptr<const DualActivation> dual_by_quadrature(ScalarFunction function,
                                                         const NormalPanels& panels) {
    if (!function.value || !function.derivative)
        throw InvalidArgument("activation: expected a function and its derivative, got " +
                              std::string(function.value ? "no derivative" : "no function"));
    const bool has_cusp = !function.kinks.empty();
    return std::make_unique<FormulaDual<QuadratureDual>>(
        QuadratureDual{std::move(function), panels}, DualTraits{.has_cusp = has_cusp});
}

}  // namespace sketchntk
