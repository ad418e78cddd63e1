#pragma once

// Catch2 3 where it is installed, Catch2 2 (Debian 12) otherwise. Tests include this header only.
#if SKETCHNTK_CATCH2_MAJOR >= 3
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
