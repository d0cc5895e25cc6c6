# cmake -DSOURCE=web -DWORK=DIR -DOUTPUT=FILE -DNPM=npm -P build.cmake
# Builds a copy of SOURCE in WORK, so that the source tree stays clean, and leaves the page in
# OUTPUT; an empty OUTPUT and a warning where npm fails.
function(give_up what log)
  string(STRIP "${log}" log)
  string(LENGTH "${log}" length)
  if(length GREATER 2000)
    math(EXPR start "${length} - 2000")
    string(SUBSTRING "${log}" ${start} -1 log)
  endif()
  file(WRITE ${OUTPUT} "")
  message(WARNING "The report page could not be built (${what} failed), so --html is not available. "
    "To try again, remove ${OUTPUT}.\n${log}")
endfunction()

file(REMOVE_RECURSE ${WORK}/src ${WORK}/dist)
file(COPY ${SOURCE}/ DESTINATION ${WORK}
  PATTERN node_modules EXCLUDE PATTERN dist EXCLUDE PATTERN test EXCLUDE)

# The installed packages are kept as long as the lock file is the same.
file(SHA256 ${SOURCE}/package-lock.json lock)
set(installed "")
if(EXISTS ${WORK}/node_modules/.nonzero-lock)
  file(READ ${WORK}/node_modules/.nonzero-lock installed)
endif()
if(NOT installed STREQUAL lock)
  execute_process(
    COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --prefer-offline
      --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=4000
    WORKING_DIRECTORY ${WORK} RESULT_VARIABLE status OUTPUT_VARIABLE log ERROR_VARIABLE log TIMEOUT 600)
  if(NOT status EQUAL 0)
    give_up("npm ci" "${log}")
    return()
  endif()
  file(WRITE ${WORK}/node_modules/.nonzero-lock ${lock})
endif()

execute_process(COMMAND ${NPM} run --silent build
  WORKING_DIRECTORY ${WORK} RESULT_VARIABLE status OUTPUT_VARIABLE log ERROR_VARIABLE log TIMEOUT 300)
if(NOT status EQUAL 0 OR NOT EXISTS ${WORK}/dist/index.html)
  give_up("npm run build" "${log}")
  return()
endif()
file(COPY_FILE ${WORK}/dist/index.html ${OUTPUT})
