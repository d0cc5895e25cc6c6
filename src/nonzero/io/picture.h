#pragma once

#include <string>

#include "nonzero/tensor/tile_map.h"

namespace nonzero {

// Pictures of greys as files: binary PGM (netpbm's P5) and PNG (RFC 2083, 8 bits of grey).
std::string to_pgm(const GreyPicture& picture);
std::string to_png(const GreyPicture& picture);

// By suffix, .pgm or .png; all or not at all. Throws InputError on another suffix.
void write_picture(const std::string& path, const GreyPicture& picture);

}  // namespace nonzero
