#pragma once

#include <sketchntk/kernels/dual_activation.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace sketchntk {

/// (u, v) ~ N(0, [[p, c], [c, q]]), with what the closed forms share.
template <typename T>
struct CovarianceOfPair {
    T p, q, c;
    T deviations;   ///< sqrt(p q), never below |c|; exactly p where p = q
    T determinant;  ///< p q - c^2

    CovarianceOfPair(T left, T right, T covariance)
        : p(left), q(right), deviations(std::sqrt(left * right)) {
        c = std::clamp(covariance, -deviations, deviations);
        determinant = (deviations - c) * (deviations + c);
    }
};

template <typename T>
struct DualValues {
    T value;
    T derivative;
};

/// A dual that a closed form gives: `formula(CovarianceOfPair<T>)` returns DualValues<T>.
template <typename Formula>
class FormulaDual final : public DualActivation {
  public:
    explicit FormulaDual(Formula formula, bool has_derivative = true)
        : formula_(std::move(formula)), has_derivative_(has_derivative) {}

    [[nodiscard]] bool has_derivative() const override { return has_derivative_; }
    void apply(const float* left_variance, Index left_step, const float* right_variance,
               float* covariance, float* derivative, Index count) const override {
        apply_to_all(left_variance, left_step, right_variance, covariance, derivative, count);
    }
    void apply(const double* left_variance, Index left_step, const double* right_variance,
               double* covariance, double* derivative, Index count) const override {
        apply_to_all(left_variance, left_step, right_variance, covariance, derivative, count);
    }

  private:
    template <typename T>
    void apply_to_all(const T* p, Index step, const T* q, T* c, T* derivative, Index count) const {
        for (Index j = 0; j < count; ++j) {
            const DualValues<T> dual = formula_(CovarianceOfPair<T>(p[j * step], q[j], c[j]));
            c[j] = dual.value;
            if (derivative != nullptr) derivative[j] = dual.derivative;
        }
    }

    Formula formula_;
    bool has_derivative_;
};

}  // namespace sketchntk
