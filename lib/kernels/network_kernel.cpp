#include <sketchntk/kernels/displacement_kernel.hpp>
#include <sketchntk/kernels/gram.hpp>
#include <sketchntk/kernels/network_kernel.hpp>
#include <sketchntk/kernels/tensor_kernel.hpp>

#include <algorithm>
#include <type_traits>

namespace sketchntk {

namespace {

template <typename To, typename From>
Matrix<To> converted(MatrixView<const From> from) {
    Matrix<To> to(from.rows(), from.columns());
    for (Index i = 0; i < from.rows(); ++i)
        std::transform(from.row(i).begin(), from.row(i).end(), to.row(i).begin(),
                       [](From value) { return static_cast<To>(value); });
    return to;
}

Matrix<double> tensor_kernel(const Network& network, KernelKind kind, const ImageShape& image,
                             MatrixView<const double> x,
                             const std::optional<MatrixView<const double>>& y,
                             const Execution& execution) {
    if (y) return gram_by_pairs(TensorKernel(network, kind, image, x, *y), execution);
    return gram_by_pairs(TensorKernel(network, kind, image, x), execution);
}

}  // namespace

template <typename T>
Matrix<T> network_kernel(const Network& network, KernelKind kind, const ImageShape& image,
                         MatrixView<const T> x, const std::optional<MatrixView<const T>>& y,
                         const Execution& execution) {
    if (image.empty() && serves_rows(network)) {
        if (y) return gram(FullyConnectedKernel<T>(network, kind, x, *y), execution);
        return gram(FullyConnectedKernel<T>(network, kind, x), execution);
    }
    if (displacement_refusal(network, image).empty()) {
        if (y) return gram_by_pairs(DisplacementKernel<T>(network, kind, image, x, *y), execution);
        return gram_by_pairs(DisplacementKernel<T>(network, kind, image, x), execution);
    }
    if constexpr (std::is_same_v<T, double>) {
        return tensor_kernel(network, kind, image, x, y, execution);
    } else {
        const Matrix<double> wide_x = converted<double>(x);
        std::optional<Matrix<double>> wide_y;
        if (y) wide_y = converted<double>(*y);
        const std::optional<MatrixView<const double>> y_view =
            wide_y ? std::optional(std::as_const(*wide_y).view()) : std::nullopt;
        const Matrix<double> wide = tensor_kernel(network, kind, image, wide_x, y_view, execution);
        return converted<T>(wide.view());
    }
}

template <typename T>
void KernelMatrix<T>::tile(Index first_row, Index first_column, MatrixView<T> out) const {
    const auto block = entries_.view()
                           .middle_rows(first_row, out.rows())
                           .middle_columns(first_column, out.columns());
    for (Index i = 0; i < out.rows(); ++i)
        std::copy(block.row(i).begin(), block.row(i).end(), out.row(i).begin());
}

template Matrix<float> network_kernel(const Network&, KernelKind, const ImageShape&,
                                      MatrixView<const float>,
                                      const std::optional<MatrixView<const float>>&,
                                      const Execution&);
template Matrix<double> network_kernel(const Network&, KernelKind, const ImageShape&,
                                       MatrixView<const double>,
                                       const std::optional<MatrixView<const double>>&,
                                       const Execution&);
template class KernelMatrix<float>;
template class KernelMatrix<double>;

}  // namespace sketchntk
