# cmake --install: headers, libraries, the package description for find_package, and the program.
include_guard()
if(NOT SKETCHNTK_INSTALL)
  return()
endif()
include(CMakePackageConfigHelpers)

set(package_directory "${CMAKE_INSTALL_LIBDIR}/cmake/sketchntk")
install(TARGETS sketchntk_core sketchntk_sketches sketchntk EXPORT sketchntkTargets)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/sketchntk"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp")
install(EXPORT sketchntkTargets NAMESPACE sketchntk:: DESTINATION "${package_directory}")

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/sketchntkConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/sketchntkConfig.cmake"
  INSTALL_DESTINATION "${package_directory}" NO_SET_AND_CHECK_MACRO)
# Before version 1.0 a new minor version may break what was built on an older one.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/sketchntkConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${CMAKE_CURRENT_LIST_DIR}/Findlibsvm.cmake"
  "${PROJECT_BINARY_DIR}/sketchntkConfig.cmake"
  "${PROJECT_BINARY_DIR}/sketchntkConfigVersion.cmake"
  DESTINATION "${package_directory}")

if(SKETCHNTK_TOOLS)
  install(TARGETS sketchntk_program)
endif()
