#pragma once

#include <cstdint>

#include "nonzero/hw/cost.h"

// What the workers of SPADE-Sextans cost (HotTiles, HPCA 2024, section VI-D). Static power is 0 [choice]: SPADE's
// published power is its power at work.
namespace nonzero::hw {

// PEs with their caches, at the published area of one.
Block spade_block(const Technology& tech, double pes);
// The scratchpads of Sextans workers; their multiply-adds are not in the figure [choice].
Block sextans_block(const Technology& tech, double scratchpad_bytes, double workers);
// What adds two private outputs, as a share of one SPADE PE.
Block merger_share_block(const Technology& tech, double share);

// One lane's multiply-add; 64 bytes of L1; 64 bytes of a scratchpad.
Energy simd_mac_energy(const Technology& tech);
Energy l1_line_energy(const Technology& tech);
Energy scratchpad_line_energy(const Technology& tech);

}  // namespace nonzero::hw
