# The rules of the house itself, and the toy accelerator of docs/add-an-accelerator.md, which is
# compiled and tested as it stands in the documentation.
nonzero_test_room(house nonzero_arch)
target_sources(tests_house PRIVATE
  ${PROJECT_SOURCE_DIR}/docs/toy/src/nonzero/arch/toy/toy.cpp
  ${PROJECT_SOURCE_DIR}/docs/toy/tests/arch/toy.cpp)
target_include_directories(tests_house PRIVATE ${PROJECT_SOURCE_DIR}/docs/toy/src)
