#include "bindings.hpp"

#include <sketchntk/core/error.hpp>

#include <typeinfo>

namespace sketchntk::python {

namespace {

// The class of sketchntk._errors with the name of the exception's type.
const char* name_of(const Error& error) {
    if (dynamic_cast<const InvalidArgument*>(&error) != nullptr) return "InvalidArgument";
    if (dynamic_cast<const DimensionMismatch*>(&error) != nullptr) return "DimensionMismatch";
    if (dynamic_cast<const FormatError*>(&error) != nullptr) return "FormatError";
    if (dynamic_cast<const IoError*>(&error) != nullptr) return "IoError";
    if (dynamic_cast<const NumericalError*>(&error) != nullptr) return "NumericalError";
    if (dynamic_cast<const ResourceError*>(&error) != nullptr) return "ResourceError";
    if (dynamic_cast<const NotAvailable*>(&error) != nullptr) return "NotAvailable";
    if (dynamic_cast<const Interrupted*>(&error) != nullptr) return "Interrupted";
    return "Error";
}

}  // namespace

void bind_errors() {
    nb::register_exception_translator([](const std::exception_ptr& pointer, void*) {
        try {
            std::rethrow_exception(pointer);
        } catch (const Error& error) {
            const nb::object type = nb::module_::import_("sketchntk._errors").attr(name_of(error));
            PyErr_SetString(type.ptr(), error.what());
        }
    });
}

}  // namespace sketchntk::python
