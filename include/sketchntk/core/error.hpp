#pragma once

#include <stdexcept>
#include <string>

namespace sketchntk {

/// Root of every exception this library throws on purpose. The message names the culprit (the
/// argument, or the file, line and column), what was expected and what came.
class Error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// An argument or option has a value outside what the function accepts.
class InvalidArgument : public Error {
  public:
    using Error::Error;
};

/// Two shapes that must agree do not; the message gives both.
class DimensionMismatch : public Error {
  public:
    using Error::Error;
};

/// A file was read but its content is not what its format promises.
class FormatError : public Error {
  public:
    using Error::Error;
};

/// The operating system refused to open, read, write or rename a file.
class IoError : public Error {
  public:
    using Error::Error;
};

/// A computation cannot give a trustworthy number: a matrix that is not positive definite, a
/// statistic that is not finite. The message says what to change.
class NumericalError : public Error {
  public:
    using Error::Error;
};

/// The work would not fit into the machine's memory; found out before allocating.
class ResourceError : public Error {
  public:
    using Error::Error;
};

/// A feature that this build leaves out (an optional library that was not there).
class NotAvailable : public Error {
  public:
    using Error::Error;
};

/// The caller asked a running operation to stop, through its progress observer.
class Interrupted : public Error {
  public:
    using Error::Error;
};

}  // namespace sketchntk
