#include "nonzero/arch/list.h"

#include <fmt/format.h>

#include <algorithm>

#include "nonzero/arch/asadi/machine.h"
#include "nonzero/arch/attention_peers/pim.h"
#include "nonzero/arch/attention_peers/reram.h"
#include "nonzero/arch/bit_peers/peer.h"
#include "nonzero/arch/bitwave/bitwave.h"
#include "nonzero/arch/flexagon/flexagon.h"
#include "nonzero/arch/hottiles/hottiles.h"
#include "nonzero/arch/sat/sat.h"
#include "nonzero/arch/scnn/scnn.h"
#include "nonzero/arch/sigma/sigma.h"
#include "nonzero/arch/systolic/systolic.h"
#include "nonzero/base/suggest.h"

namespace nonzero {

std::span<const Design> accelerators() {
  static const std::vector<Design> all = {
      design<sigma::Sigma>(),
      design<systolic::Systolic>({"tpu"}),
      design<flexagon::Flexagon>(),
      design<flexagon::SigmaLike>(),
      design<flexagon::SparchLike>(),
      design<flexagon::GammaLike>(),
      design<sat::Sat>(),
      design<bitwave::Bitwave>(),
      design<bit_peers::Stripes>(),
      design<bit_peers::Pragmatic>(),
      design<bit_peers::Bitlet>(),
      design<bit_peers::DenseInt8>(),
      design<bit_peers::HuaaLike>(),
      design<scnn::Scnn>(),
      design<scnn::ScnnLike>(),
      design<asadi::Asadi>(),
      design<attention_peers::PimCsr>(),
      design<attention_peers::PimDia>(),
      design<attention_peers::ReramCsr>(),
      design<attention_peers::AsadiDense>(),
      design<hottiles::HotTiles>({"spade-sextans"}),
  };
  return all;
}

const Design& find_accelerator(const std::string& name) {
  std::vector<std::string> names;
  for (const Design& one : accelerators()) {
    if (one.name == name || std::find(one.aliases.begin(), one.aliases.end(), name) != one.aliases.end())
      return one;
    names.push_back(one.name);
    names.insert(names.end(), one.aliases.begin(), one.aliases.end());
  }
  throw InputError(fmt::format("unknown accelerator '{}'{}", name, did_you_mean(name, names)),
                   fmt::format("allowed: {}", fmt::join(names, ", ")));
}

}  // namespace nonzero
