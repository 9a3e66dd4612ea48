/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/limn-engine.h"

G_BEGIN_DECLS

/**
 * limn_tile_choose:
 * @request: its size not open
 *
 * Where @request has a source and no tile, gives it one, for a model that was made for @facts' size: up to one and a half of that along both
 * sides the whole at once, as a tile of the longer side; past that windows of the model's own size that overlap by half.
 * A picture that grows gets windows of one and a half of it that overlap by all of it: each sees old and new, and skies stay of one colour.
 * Only-masked requests work at the model's size anyway: the whole. Without a source nothing changes.
 *
 * One and a half: past that the starter model, and Stable Diffusion likewise, draw their subject twice.
 */
void limn_tile_choose (const LimnEngineFacts *facts,
                       LimnRequest           *request);

G_END_DECLS
