# The report page: web/ built by npm into one HTML file that the binary carries. Without npm there is
# no page, and where npm fails the page is empty; the rest of the build is the same either way.
set(NONZERO_PAGE_HTML "")
if(NONZERO_WEB)
  find_program(NONZERO_NPM npm)
  find_program(NONZERO_NODE NAMES node nodejs)
endif()
if(NONZERO_WEB AND NONZERO_NPM AND NONZERO_NODE)
  set(NONZERO_PAGE_HTML ${PROJECT_BINARY_DIR}/page.html)
  file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/web/src/*)
  set(web_files index.html package.json package-lock.json tsconfig.json vite.config.ts .npmrc)
  list(TRANSFORM web_files PREPEND ${PROJECT_SOURCE_DIR}/web/)
  add_custom_command(OUTPUT ${NONZERO_PAGE_HTML}
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR}/web -DWORK=${PROJECT_BINARY_DIR}/web
      -DOUTPUT=${NONZERO_PAGE_HTML} -DNPM=${NONZERO_NPM} -P ${PROJECT_SOURCE_DIR}/web/build.cmake
    DEPENDS ${web_sources} ${web_files} ${PROJECT_SOURCE_DIR}/web/build.cmake
    COMMENT "Building the report page"
    VERBATIM)
else()
  message(STATUS "The report page is left out (npm and Node.js build it): --html will say so")
endif()
