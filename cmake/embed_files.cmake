# Writes OUTPUT, a C++ source holding the text of each of FILES and GENERATED, byte for byte. A text is
# cut into literals that are joined when first asked for, because compilers bound a literal's length.
string(REPLACE "|" ";" FILES "${FILES}")
string(REPLACE "|" ";" GENERATED "${GENERATED}")
set(source [[
#include "nonzero/base/embedded.h"

#include <initializer_list>
#include <string>
#include <string_view>

namespace nonzero {
namespace {

std::string joined(std::initializer_list<std::string_view> pieces) {
  std::string text;
  for (const std::string_view piece : pieces) text += piece;
  return text;
}

}  // namespace

const std::map<std::string, std::string, std::less<>>& embedded_files() {
  static const std::map<std::string, std::string, std::less<>> files = {
]])
function(append_file name path)
  file(READ ${path} hex HEX)
  string(LENGTH "${hex}" digits)
  set(pieces "")
  set(position 0)
  while(position LESS digits)
    string(SUBSTRING "${hex}" ${position} 16000 piece)
    string(LENGTH "${piece}" length)
    math(EXPR bytes "${length} / 2")
    string(REGEX REPLACE "(..)" "\\\\x\\1" piece "${piece}")
    string(APPEND pieces "\n      {\"${piece}\", ${bytes}},")
    math(EXPR position "${position} + 16000")
  endwhile()
  set(source "${source}    {\"${name}\", joined({${pieces}})},\n" PARENT_SCOPE)
endfunction()
foreach(file ${FILES})
  append_file(${file} ${ROOT}/${file})
endforeach()
foreach(file ${GENERATED})
  if(EXISTS ${file})
    get_filename_component(name ${file} NAME)
    append_file(generated/${name} ${file})
  endif()
endforeach()
file(WRITE ${OUTPUT} "${source}  };\n  return files;\n}\n}  // namespace nonzero\n")
