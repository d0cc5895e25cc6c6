# nonzero_embed(ROOM PATTERN... GENERATED FILE...): files the binary carries, as one table
# path -> text, so that an installed nonzero needs nothing beside itself.
function(nonzero_embed room)
  cmake_parse_arguments(EMBED "" "" "GENERATED" ${ARGN})
  set(files)
  foreach(pattern ${EMBED_UNPARSED_ARGUMENTS})
    file(GLOB found CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/${pattern})
    list(APPEND files ${found})
  endforeach()
  set(output ${PROJECT_BINARY_DIR}/embedded.cpp)
  set(absolute)
  foreach(file ${files})
    list(APPEND absolute ${PROJECT_SOURCE_DIR}/${file})
  endforeach()
  string(REPLACE ";" "|" files_argument "${files}")
  string(REPLACE ";" "|" generated_argument "${EMBED_GENERATED}")
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DROOT=${PROJECT_SOURCE_DIR}
      "-DFILES=${files_argument}" "-DGENERATED=${generated_argument}"
      -P ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${absolute} ${EMBED_GENERATED} ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
    VERBATIM)
  target_sources(nonzero_${room} PRIVATE ${output})
endfunction()
